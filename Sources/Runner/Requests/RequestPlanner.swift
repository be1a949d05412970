import Jobs
import Platform
import Spool

/// What a request that may be carried out comes to on the disk: what is there already is left out, so that one that was
/// carried out and not filed away comes to nothing more. Errors are `Refusal` and `SystemError`.
final class RequestPlanner {
  private let core: Core
  private let files: RequestFiles
  private let homes: TaskFiles
  private let settings: (GroupName) -> GroupSettings?

  init(_ core: Core, files: RequestFiles, homes: TaskFiles, settings: @escaping (GroupName) -> GroupSettings?) {
    self.core = core
    self.files = files
    self.homes = homes
    self.settings = settings
  }

  func plan(
    _ effects: [RequestGate.Effect], of id: String, _ bytes: [UInt8], in group: GroupName, taken: String
  ) throws -> RequestWork {
    var work = RequestWork(group: group, taken: taken, name: JobFile.job(id))
    if let before = try files.filed(id, of: group, limit: bytes.count + 1) {
      guard before == bytes else {
        throw Refusal(
          code: .idReused, reason: "the id '\(id)' was another request's; expected one of its own", key: "id")
      }
      return work
    }
    for effect in effects { try plan(effect, group, &work) }
    return work
  }

  private func plan(_ effect: RequestGate.Effect, _ group: GroupName, _ work: inout RequestWork) throws {
    switch effect {
    case .job(let id, let bytes, _):
      guard let home = try homes.home(of: id) else {
        work.creations.append(.init(.inbox, JobFile.job(id.text), bytes))
        return
      }
      let folder = try core.folders[home]
      // Its result may be all there is.
      let own = try? folder.open(JobFile.job(id.text)).readAll(limit: bytes.count + 1)
      guard own == nil || own == bytes else {
        throw Refusal(code: .idReused, reason: "another job is called '\(id)'; expected another id", key: "id")
      }
    case .cancelJob(let id):
      guard let home = try homes.home(of: id), home != .done, home != .errors else {
        throw Refusal(code: .noSuchJob, reason: "no job '\(id)' waits or runs", key: "job")
      }
    case .message(let id, let to, let text, let paths): try plan(id, to, text, paths, group, &work)
    case .task(let name, let bytes, let isUpdate): try plan(name, bytes, isUpdate, &work)
    case .pauseTask(let name): try move(name, from: .tasks, to: .pausedTasks, &work)
    case .resumeTask(let name): try move(name, from: .pausedTasks, to: .tasks, &work)
    case .removeTask(let name):
      let tasks = try core.folders[.tasks]
      if !tasks.has(TaskFile.task(name)) { try move(name, from: .pausedTasks, to: .tasks, &work) }
      work.removedTasks.append(name)
    }
  }

  private func plan(
    _ id: JobID, _ to: String, _ text: String, _ paths: [String], _ group: GroupName, _ work: inout RequestWork
  ) throws {
    var left = (settings(group)?.requests ?? RequestLimits()).fileBytes.bytes
    work.copiesName = JobFile.files(id.text)
    var names: [String] = []
    for (number, path) in paths.enumerated() {
      let source: Descriptor
      do throws(SystemError) { source = try files.open(path, of: group) } catch {
        if error.isExhausted { throw error }
        throw Refusal(
          code: .fileMissing, reason: "the file cannot be read below the group's folder: \(error.reason)",
          key: "files[\(number)]")
      }
      let status = try source.status()
      guard status.kind == .file else {
        throw Refusal(code: .notAFile, reason: "expected a regular file", key: "files[\(number)]")
      }
      left -= status.size
      guard left >= 0 else {
        throw Refusal(
          code: .tooBig, reason: "the files are larger than the group's 'fileBytes'", key: "files[\(number)]")
      }
      let name = "\(number + 1)-\(path.split(separator: "/").last.map(String.init) ?? "file")"
      work.copies.append(.init(source, size: status.size, name: name))
      names.append("\(core.realPath)/outbox/\(work.copiesName)/\(name)")
    }
    var json = JSONWriter(.pretty, capacity: 512)
    json.beginObject()
    json.member("to", to)
    json.member("text", text)
    if !names.isEmpty {
      json.key("files")
      json.beginArray()
      for name in names { json.string(name) }
      json.endArray()
    }
    json.member("group", group.text)
    json.member("origin", "ipc")
    json.endObject()
    let bytes = json.line()
    for place in SpoolPlace.messageHomes where try core.folders[place].has(JobFile.job(id.text)) {
      let folder = try core.folders[place]
      let own = try folder.open(JobFile.job(id.text)).readAll(limit: bytes.count + 1)
      guard own == bytes else {
        throw Refusal(code: .idReused, reason: "another message is called '\(id)'; expected another id", key: "id")
      }
      work.copies = []
      return
    }
    work.creations.append(.init(.outbox, JobFile.job(id.text), bytes))
  }

  private func plan(_ name: String, _ bytes: [UInt8], _ isUpdate: Bool, _ work: inout RequestWork) throws {
    let file = TaskFile.task(name)
    let place = try [SpoolPlace.tasks, .pausedTasks].first { (place) throws(SystemError) in
      try core.folders[place].has(file)
    }
    guard let place else {
      if isUpdate { throw Self.noTask(name) }
      work.creations.append(.init(.tasks, file, bytes))
      return
    }
    let own = try core.folders[place].open(file).readAll(limit: bytes.count + 1)
    if own == bytes { return }
    guard isUpdate else {
      throw Refusal(
        code: .taskExists, reason: "there is a task '\(name)'; expected another name, or \"type\": \"update\"",
        key: "name")
    }
    work.creations.append(.init(place, file, bytes, replaces: true))
  }

  private func move(_ name: String, from: SpoolPlace, to: SpoolPlace, _ work: inout RequestWork) throws {
    let file = TaskFile.task(name)
    if try core.folders[from].has(file) {
      work.moves.append((file, from, to))
    } else if try !core.folders[to].has(file) {
      throw Self.noTask(name)
    }
  }

  private static func noTask(_ name: String) -> Refusal {
    Refusal(code: .noSuchTask, reason: "there is no task '\(name)'", key: "name")
  }
}

extension RefusalCode {
  static let noSuchJob = RefusalCode(rawValue: "no-such-job")
  static let noSuchTask = RefusalCode(rawValue: "no-such-task")
  static let taskExists = RefusalCode(rawValue: "task-exists")
  static let fileMissing = RefusalCode(rawValue: "file-missing")
}
