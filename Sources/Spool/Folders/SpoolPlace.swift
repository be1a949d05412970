import Jobs
import Platform

/// The folders of a spool (DESIGN §2), by their names on the disk.
public enum SpoolPlace: String, CaseIterable, Sendable {
  case inbox, held, tasks, ipc, processing, deferred, done, errors, outbox, groups, keys, logs, state
  case jobLogs = "logs/jobs"
  /// Tasks that a person put aside.
  case pausedTasks = "tasks/paused"
  /// Tasks that have no further time, or were removed.
  case doneTasks = "done/tasks"
  /// Requests of containers, a folder a group: taken, carried out, refused. Evidence, never jobs.
  case processingRequests = "processing/ipc"
  case doneRequests = "done/ipc"
  case failedRequests = "errors/ipc"
  /// Messages that are being delivered.
  case sending = "processing/outbox"
  /// Messages that a channel took.
  case doneMessages = "done/outbox"
  /// Messages that were given up or refused.
  case failedMessages = "errors/outbox"

  /// Its place in `allCases`: folders are looked up some thirty times a job, and a name would be hashed each time.
  var index: Int {
    switch self {
    case .inbox: 0
    case .held: 1
    case .tasks: 2
    case .ipc: 3
    case .processing: 4
    case .deferred: 5
    case .done: 6
    case .errors: 7
    case .outbox: 8
    case .groups: 9
    case .keys: 10
    case .logs: 11
    case .state: 12
    case .jobLogs: 13
    case .pausedTasks: 14
    case .doneTasks: 15
    case .processingRequests: 16
    case .doneRequests: 17
    case .failedRequests: 18
    case .sending: 19
    case .doneMessages: 20
    case .failedMessages: 21
    }
  }

  /// Where a message to the outside can be.
  public static let messageHomes: [SpoolPlace] = [.outbox, .sending, .doneMessages, .failedMessages]

  /// The folder it lies in; nil: the spool's own.
  public var parent: SpoolPlace? {
    switch self {
    case .jobLogs: .logs
    case .pausedTasks: .tasks
    case .doneTasks, .doneRequests, .doneMessages: .done
    case .processingRequests, .sending: .processing
    case .failedRequests, .failedMessages: .errors
    default: nil
    }
  }

  /// Names of folders of the spool within it.
  public var children: [String] { Self.allChildren[index] }

  private static let allChildren = allCases.map { $0.listChildren() }

  private func listChildren() -> [String] {
    Self.allCases.filter { $0.parent == self }.map { String($0.rawValue.dropFirst(rawValue.utf8.count + 1)) }
  }

  /// The six a job file can lie in.
  public static let jobStates: [SpoolPlace] = [.inbox, .held, .processing, .deferred, .done, .errors]

  /// The four in which `NAME.json` holds its id: a drop of the same name gets a number.
  public static let idHolders: [SpoolPlace] = [.processing, .deferred, .done, .errors]

  /// The three in which a message's file holds its name.
  public static let messageHolders: [SpoolPlace] = [.sending, .doneMessages, .failedMessages]
}

/// The files that belong to one task, made from its name.
public enum TaskFile {
  public static func task(_ name: String) -> String { name + ".json" }
  /// What became of it.
  public static func state(_ name: String) -> String { name + stateEnding }
  /// The last version that was good: in force while the file is not.
  public static func good(_ name: String) -> String { ".\(name).good.json" }

  /// Why a task's file is not gone by: others may write to it, and would run what they like. Nil: only its owner may.
  ///
  /// - Parameter owner: the runner's user.
  public static func refusal(of status: FileStatus, owner: UInt32) -> Refusal? {
    guard status.kind == .file else { return nil }  // said by the reader
    if status.owner != owner, status.owner != 0 {
      return Refusal(
        code: .notPermitted, reason: "the file belongs to \(Machine.userName(status.owner)); expected the runner's user"
      )
    }
    if status.mode & 0o002 != 0 {
      return Refusal(code: .notPermitted, reason: "others may write to the file; expected none (chmod o-w)")
    }
    return nil
  }

  private static let stateEnding = ".state.json"

  /// The stem of a name that a task file has; nil for states, hidden names and others.
  public static func stem(of name: [UInt8]) -> [UInt8]? {
    guard name.count > 5, name.first != UInt8(ascii: "."), name.suffix(5).elementsEqual(".json".utf8),
      !name.suffix(11).elementsEqual(stateEnding.utf8)
    else { return nil }
    return Array(name.dropLast(5))
  }

  /// The task whose state this is; nil: it is none.
  public static func stateStem(of name: String) -> String? {
    guard name.hasSuffix(stateEnding), !name.hasPrefix("."), name.utf8.count > 11 else { return nil }
    return String(name.dropLast(11))
  }
}

/// The files that belong to one job, made from its id. Those of a message are named alike.
public enum JobFile {
  public static func job(_ id: String) -> String { id + ".json" }
  /// The run record while the job is in `processing` or `deferred`.
  public static func record(_ id: String) -> String { id + ".run.json" }
  /// What the record becomes when the job ends.
  public static func result(_ id: String) -> String { id + ".result.json" }
  /// `touch` of this cancels the run.
  public static func cancel(_ id: String) -> String { id + ".cancel" }
  /// The id whose run this asks to end; nil if it asks for nothing.
  public static func cancelledID(of name: String) -> String? {
    let ending = cancel("")
    guard name.hasSuffix(ending), !name.hasPrefix("."), name.utf8.count > ending.utf8.count else { return nil }
    return String(name.dropLast(ending.count))
  }
  /// What the job left in its scratch folder.
  public static func files(_ id: String) -> String { id + ".files" }

  /// The sidecar's name in a folder; nil where jobs have none.
  public static func sidecar(_ id: String, in place: SpoolPlace) -> String? {
    switch place {
    case .processing, .deferred, .sending, .outbox: record(id)
    case .done, .errors, .doneMessages, .failedMessages: result(id)
    default: nil
    }
  }

  private static let sidecarEndings = [".result.json", ".run.json", ".state.json"]

  /// The stem of a name that a job file can have in a state folder; nil for sidecars, hidden names and others.
  public static func stem(of name: String) -> String? {
    guard name.hasSuffix(".json"), !name.hasPrefix("."), name.utf8.count > 5 else { return nil }
    for ending in sidecarEndings where name.hasSuffix(ending) { return nil }
    return String(name.dropLast(5))
  }

  /// The id whose sidecar this is in a folder; nil if it is none.
  public static func sidecarID(of name: String, in place: SpoolPlace) -> String? {
    guard let ending = sidecar("", in: place), name.hasSuffix(ending), !name.hasPrefix("."),
      name.utf8.count > ending.utf8.count
    else { return nil }
    return String(name.dropLast(ending.count))
  }

  /// `.NAME.after.json` in the inbox: what a runner found the `after` of a job that waits to mean.
  public static func afterNote(_ name: String) -> String { ".\(name).after.json" }

  /// The name of the job that such a note is of; nil: it is none.
  public static func afterNoted(_ name: UnsafeBufferPointer<UInt8>) -> String? {
    let ending = ".after.json".utf8
    guard name.first == UInt8(ascii: "."), name.count > ending.count + 1,
      name.suffix(ending.count).elementsEqual(ending)
    else { return nil }
    return String(validating: name.dropFirst().dropLast(ending.count), as: UTF8.self)
  }
}
