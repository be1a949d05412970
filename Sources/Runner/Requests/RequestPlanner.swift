import Jobs
import Platform
import Spool

/// What a request that may be carried out comes to on the disk: what is there already is left out, so that one that was
/// carried out and not filed away comes to nothing more. Errors are `Refusal` and `SystemError`.
final class RequestPlanner {
  private let core: Core
  private let files: RequestFiles
  private let homes: JobHomes
  private let settings: (GroupName) -> GroupSettings?

  init(_ core: Core, files: RequestFiles, homes: JobHomes, settings: @escaping (GroupName) -> GroupSettings?) {
    self.core = core
    self.files = files
    self.homes = homes
    self.settings = settings
  }

  /// - Parameter isAgain: some of it may be done, and what came of that be gone: it is no reason to refuse then.
  func plan(
    _ effects: [RequestGate.Effect], of id: String, _ bytes: [UInt8], in group: GroupName, taken: String, isAgain: Bool
  ) throws -> RequestWork {
    var work = RequestWork(group: group, taken: taken, name: JobFile.job(id))
    work.bytes = bytes
    if let before = try files.filed(id, of: group, limit: bytes.count + 1) {
      guard before == bytes else {
        throw Refusal(
          code: .idReused, reason: "the id '\(id)' was another request's; expected one of its own", key: "id")
      }
      return work
    }
    for effect in effects { try plan(effect, group, isAgain: isAgain, &work) }
    return work
  }

  private func plan(
    _ effect: RequestGate.Effect, _ group: GroupName, isAgain: Bool, _ work: inout RequestWork
  ) throws {
    switch effect {
    case .job(let id, let bytes, _):
      switch try isMade(id, bytes, isAgain: isAgain) {
      case nil: work.creations.append(.init(.inbox, JobFile.job(id.text), bytes))
      case true?: return
      case false?:
        throw Refusal(code: .idReused, reason: "another job is called '\(id)'; expected another id", key: "id")
      }
    case .cancelJob(let id, let anyones):
      let home = try homes.home(of: id)
      guard let home, home != .done, home != .errors else {
        // What it ended lies there with its result. One that is nowhere was never ended by anybody.
        if isAgain, home != nil { return }
        throw Refusal(code: .noSuchJob, reason: "no job '\(id)' waits or runs", key: "job")
      }
      // A person's may be called so too.
      let origin = try read(JobFile.job(id.text), in: home) { bytes throws(Refusal) in try Job.read(bytes).origin }
      guard anyones || origin != nil else {
        throw Refusal(code: .notPermitted, reason: "no container asked for the job '\(id)'", key: "job")
      }
      work.cancelled.append(id)
      let file = JobFile.job(id.text)
      if home != .processing, try !core.folders[.errors].has(file) { work.moves.append((file, home, .errors)) }
    case .message(let id, let to, let text, let paths): try plan(id, to, text, paths, group, &work)
    case .task(let name, let bytes, let isUpdate):
      // One whose time has come may be through with it already.
      if isAgain, try isFinished(name, bytes) { return }
      try plan(name, bytes, isUpdate, &work)
    case .pauseTask(let name, let anyones):
      if !anyones { try expectAsked(name) }
      try move(name, from: .tasks, to: .pausedTasks, &work)
    case .resumeTask(let name, let anyones):
      if !anyones { try expectAsked(name) }
      try move(name, from: .pausedTasks, to: .tasks, &work)
    case .runTask(let name, let id, let anyones): try run(name, as: id, anyones: anyones, isAgain: isAgain, &work)
    case .removeTask(let name, let anyones):
      if !anyones { try expectAsked(name) }
      let tasks = try core.folders[.tasks]
      if try !tasks.has(TaskFile.task(name)) {
        if try isAgain && !core.folders[.pausedTasks].has(TaskFile.task(name)) { return }
        try move(name, from: .pausedTasks, to: .tasks, &work)
      }
      work.removedTasks.append(name)
    }
  }

  private func plan(
    _ id: JobID, _ to: String, _ text: String, _ paths: [String], _ group: GroupName, _ work: inout RequestWork
  ) throws {
    let copies = JobFile.files(id.text)
    let names = paths.enumerated().map { Self.copyName($1, number: $0 + 1) }
    let bytes = message(to, text, files: names.map { "\(core.realPath)/outbox/\(copies)/\($0)" }, group)
    // Before its files are looked at, which may be others by now, or gone.
    for place in SpoolPlace.messageHomes where try core.folders[place].has(JobFile.job(id.text)) {
      guard try read(JobFile.job(id.text), in: place, as: { $0 }) == bytes else {
        throw Refusal(code: .idReused, reason: "another message is called '\(id)'; expected another id", key: "id")
      }
      return
    }
    var left = (settings(group)?.requests ?? RequestLimits()).fileBytes.bytes
    work.copiesName = copies
    for (number, path) in paths.enumerated() {
      let source: Descriptor?
      do throws(SystemError) { source = try files.open(path, of: group) } catch {
        if error.isExhausted { throw error }
        throw Refusal(
          code: .fileMissing, reason: "the file cannot be read below the group's folder: \(error.reason)",
          key: "files[\(number)]")
      }
      guard let source, case let status = try source.status(), status.kind == .file else {
        throw Refusal(code: .notAFile, reason: "expected a regular file", key: "files[\(number)]")
      }
      left -= status.size
      guard left >= 0 else {
        throw Refusal(
          code: .tooBig, reason: "the files are larger than the group's 'fileBytes'", key: "files[\(number)]")
      }
      work.copies.append(.init(source, size: status.size, name: names[number]))
    }
    work.creations.append(.init(.outbox, JobFile.job(id.text), bytes))
  }

  private func message(_ to: String, _ text: String, files: [String], _ group: GroupName) -> [UInt8] {
    var json = JSONWriter(.pretty, capacity: 512)
    json.beginObject()
    json.member("to", to)
    json.member("text", text)
    if !files.isEmpty {
      json.key("files")
      json.beginArray()
      for name in files { json.string(name) }
      json.endArray()
    }
    json.member("group", group.text)
    json.member("origin", "ipc")
    json.endObject()
    return json.line()
  }

  /// The name of a copy: a number, for two may be called alike, and as much of its own as a file system takes with that
  /// before it; the end of it, which says what kind of file it is.
  private static func copyName(_ path: String, number: Int) -> String {
    var name = path.split(separator: "/").last.map(Substring.init) ?? "file"
    while name.utf8.count > 200 { name.removeFirst() }
    return "\(number)-\(name)"
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
    // What a person wrote is nobody's to write over, whoever may ask for what.
    try expectAsked(name)
    work.creations.append(.init(place, file, bytes, replaces: true))
  }

  /// All of its name are looked at: retention leaves gaps among the numbers.
  private func isFinished(_ name: String, _ bytes: [UInt8]) throws(SystemError) -> Bool {
    for file in try core.folders[.doneTasks].names() {
      guard let stem = JobFile.stem(of: file), stem == name || JobID(unchecked: stem).numberSplit.stem == name else {
        continue
      }
      if try read(file, in: .doneTasks, as: { $0 }) == bytes { return true }
    }
    return false
  }

  // MARK: whose it is

  /// Whether what has the name of a job is that job; nil: nothing has it.
  private func isMade(_ id: JobID, _ bytes: [UInt8], isAgain: Bool) throws -> Bool? {
    var home = try homes.home(of: id)
    while let place = home {
      if let own = try read(JobFile.job(id.text), in: place, as: { $0 }) { return own == bytes }
      home = try homes.home(of: id)
      // It did not move on meanwhile: its result may be all there is, if it was made before.
      if home == place { return try isAgain && isResult(of: id, in: place, like: bytes) }
    }
    return nil
  }

  /// A person's job may have been called so: then the result is of another group, or of none.
  private func isResult(of id: JobID, in home: SpoolPlace, like bytes: [UInt8]) throws -> Bool {
    guard !(try core.folders[home].has(JobFile.job(id.text))), let group = try? Job.read(bytes).group,
      case .success(let record)? = try homes.result(of: id, in: home)
    else { return false }
    return record.group == group
  }

  /// Of a task that is there: a person's may be called as if it were the group's.
  private func expectAsked(_ name: String) throws {
    for place in [SpoolPlace.tasks, .pausedTasks] where try core.folders[place].has(TaskFile.task(name)) {
      let origin = try read(TaskFile.task(name), in: place) { bytes throws(Refusal) in
        try ScheduledTask.read(bytes) { _ in nil }.job.origin
      }
      guard origin != nil else {
        throw Refusal(
          code: .notPermitted, reason: "no container asked for the task '\(name)', a person made it", key: "name")
      }
    }
  }

  /// What a file says; nil: nothing, or it is no such file.
  private func read<Content>(
    _ name: String, in place: SpoolPlace, as content: ([UInt8]) throws(Refusal) -> Content?
  ) throws(SystemError) -> Content? {
    let folder = try core.folders[place]
    guard let status = try folder.status(name), status.kind == .file else { return nil }
    do throws(SystemError) {
      let bytes = try folder.open(name).readAll(limit: 1 << 26)
      return (try? content(bytes)) ?? nil
    } catch {
      if error.isMissing || error.isLink || error.isNotPermitted { return nil }
      throw error
    }
  }

  /// The job of a task, now. It has the name of the request, so that one that was made is found.
  private func run(_ name: String, as id: JobID, anyones: Bool, isAgain: Bool, _ work: inout RequestWork) throws {
    if try homes.home(of: id) != nil {
      if isAgain { return }
      throw Refusal(code: .idReused, reason: "another job is called '\(id)'; expected another id", key: "id")
    }
    if !anyones { try expectAsked(name) }
    for place in [SpoolPlace.tasks, .pausedTasks] where try core.folders[place].has(TaskFile.task(name)) {
      let job = try read(TaskFile.task(name), in: place) { bytes throws(Refusal) in
        try ScheduledTask.read(bytes) { _ in nil }.occurrence(of: name, at: nil)
      }
      guard let job else {
        throw Refusal(code: .noSuchTask, reason: "the file of the task '\(name)' is not good", key: "name")
      }
      return work.creations.append(.init(.inbox, JobFile.job(id.text), job))
    }
    throw Self.noTask(name)
  }

  private func move(_ name: String, from: SpoolPlace, to: SpoolPlace, _ work: inout RequestWork) throws {
    let file = TaskFile.task(name)
    if try core.folders[from].has(file) {
      guard try !core.folders[to].has(file) else {
        throw Refusal(
          code: .taskExists, reason: "there are two tasks '\(name)', one of them is paused; a person has to choose",
          key: "name")
      }
      work.moves.append((file, from, to))
    } else if try !core.folders[to].has(file) {
      throw Self.noTask(name)
    }
  }

  private static func noTask(_ name: String) -> Refusal {
    Refusal(code: .noSuchTask, reason: "there is no task '\(name)'", key: "name")
  }
}
