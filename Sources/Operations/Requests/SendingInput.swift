import Jobs
import Platform
import Spool

/// What became of a message to a group's running jobs.
public enum SendOutcome: Equatable, Sendable {
  /// It is on the disk under this name in `ipc/GROUP/input/`.
  case sent(name: String)
  /// Its jobs were asked to finish before.
  case closedBefore
  /// So many messages wait there already.
  case full(Int)
  /// This is no folder of the host's, as a link: nothing was written.
  case noFolder(String)
  /// Its jobs have no folder of requests: it is a lane, a group of processes, or its settings are bad.
  case noFolders(GroupEntry.Kind)
}

/// What a person who sends should know.
public struct Recipients: Equatable, Sendable {
  /// Jobs of the group that run now; the first that takes it has it.
  public var running: [JobID] = []
  /// Whether the group's settings say what is run for messages.
  public var hasAgent = false
}

extension SpoolAccess {
  /// The longest text that is sent, bytes: in JSON, where one may become six, it is within what the runner reads.
  public static let longestText = 160 << 10

  /// Puts a message where the running jobs of a group look for one, durably. What none takes becomes a job of the group
  /// when the next one ends.
  /// - Throws: `system`.
  public func send(_ message: InputMessage, to group: GroupName) throws(OperationError) -> SendOutcome {
    try addInput(message.encode(), as: message.id, to: group)
  }

  /// Asks the running jobs of a group to finish.
  /// - Throws: `system`.
  public func close(_ group: GroupName) throws(OperationError) -> SendOutcome {
    var writer = JSONWriter(.pretty, capacity: 64)
    writer.beginObject()
    writer.member("id", RequestFiles.closeName)
    writer.member("at", now())
    writer.endObject()
    return try addInput(writer.line(), as: RequestFiles.closeName, to: group)
  }

  private func addInput(
    _ bytes: [UInt8], as name: String, to group: GroupName
  ) throws(OperationError) -> SendOutcome {
    do throws(SystemError) {
      let entry = try groupEntry(group)
      guard entry.kind == .isolated, let settings = entry.good else { return .noFolders(entry.kind) }
      if try readable(.ipc) == nil { try folders.reopen(.ipc) }
      let files = RequestFiles(folders: folders, disk: disk)
      // However many messages wait, its jobs can be asked to finish.
      let most = name == RequestFiles.closeName ? Int.max : settings.requests.waiting
      switch try files.addInput(bytes, as: name, of: group, atMost: most) {
      case .added(let file): return .sent(name: file)
      case .taken where name == RequestFiles.closeName: return .closedBefore
      case .taken: throw SystemError(call: "open", code: SystemError.taken, path: "ipc/\(group)/input/\(name).json")
      case .full(let count): return .full(count)
      case .noFolder(let path): return .noFolder(path)
      }
    } catch { throw .system(error) }
  }

  /// Who would get a message to this group.
  public func recipients(in group: GroupName) throws(SystemError) -> Recipients {
    var recipients = Recipients()
    var ids: [JobID] = []
    try forEachJob(in: .processing) { ids.append($0) }
    for id in ids.sorted() {
      var own = try record(id, in: .processing)?.group
      if own == nil, case .success(let job)? = try job(id, in: .processing, limit: 64 << 20) { own = job.group }
      if own == group { recipients.running.append(id) }
    }
    if case .success(let settings)? = try groupSettings(group) { recipients.hasAgent = settings.agent != nil }
    return recipients
  }
}

extension GeneratedID {
  /// The id of a message, sorted by time among those of all senders: `20261120T110203.123456789Z-k4m7xq`.
  public static func input(at time: Timestamp, using generator: inout some RandomNumberGenerator) -> String {
    // Always nine digits, or a whole second would stand after its parts.
    let (second, rest) = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let day = Timestamp(seconds: second).text.utf8.prefix(19).filter {
      $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ":")
    }
    let digits = String(abs(rest))
    return String(decoding: day, as: UTF8.self) + "." + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
      + "Z-" + letters(6, using: &generator)
  }
}
