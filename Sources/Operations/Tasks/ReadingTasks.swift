import Jobs
import Platform
import Scheduling
import Spool

extension SpoolAccess {
  /// Where a task's file can lie, the one that counts first.
  static let taskPlaces: [SpoolPlace] = [.tasks, .pausedTasks, .doneTasks]

  /// A task by its name; nil: there is none. Of several homes the one where its times count.
  public func task(_ name: String, zones: TaskZones) throws(SystemError) -> TaskEntry? {
    for place in Self.taskPlaces {
      if let entry = try taskEntry(Array(name.utf8), in: place, zones: zones) { return entry }
      if place == .pausedTasks, try has(TaskFile.state(name), in: .tasks) { return try goneEntry(name) }
    }
    return nil
  }

  /// The places that have a file of a task of this name.
  func homes(ofTask name: String) throws(SystemError) -> [SpoolPlace] {
    var homes: [SpoolPlace] = []
    for place in Self.taskPlaces where try has(TaskFile.task(name), in: place) { homes.append(place) }
    return homes
  }

  /// A task's file and what stands beside it; nil: there is no such file.
  func taskEntry(
    _ stem: [UInt8], in place: SpoolPlace, zones: TaskZones
  ) throws(SystemError) -> TaskEntry? {
    guard let (content, status) = try taskContent(stem, in: place, zones: zones) else { return nil }
    let name = String(decoding: stem, as: UTF8.self)
    var entry = TaskEntry(name: name, place: place, status: .scheduled, content: content)
    entry.state = try taskState(name, near: place)
    try entry.last = last(of: entry.state)
    entry.handled = now().nanoseconds / 1_000_000_000
    switch place {
    case .pausedTasks: entry.status = .paused
    case .doneTasks: entry.status = entry.state?.status == .finished ? .finished : .removed
    default:
      let kept = try earlierVersion(name, zones: zones)
      if case .good = content {} else { entry.earlier = kept }
      entry.handled = try handled(entry, status, before: kept)
      addTimes(to: &entry)
    }
    return entry
  }

  /// A task whose file was taken away and whose state the runner has yet to put aside.
  func goneEntry(_ name: String) throws(SystemError) -> TaskEntry {
    var entry = TaskEntry(name: name, place: .tasks, status: .removed, content: .gone)
    entry.state = try taskState(name, near: .tasks)
    try entry.last = last(of: entry.state)
    return entry
  }

  /// Reads a task's file as the runner does, never through a link; nil: it is not there.
  func taskContent(
    _ stem: [UInt8], in place: SpoolPlace, zones: TaskZones
  ) throws(SystemError) -> (content: TaskEntry.Content, status: FileStatus)? {
    guard let folder = try readable(place) else { return nil }
    let reader = DropReader(maxBytes: Int(try settingsOrDefaults().maxJobBytes.bytes))
    // As after the quiet that only a runner can observe: what is whole counts.
    let look = try reader.look(at: stem + Array(".json".utf8), in: folder, isQuiet: true) {
      (bytes) throws(Refusal) in try zones.read(bytes, name: try TaskName.read(stem))
    }
    guard let status = look.status else { return nil }
    if let refusal = TaskFile.refusal(of: status, owner: try folders.root.descriptor.status().owner) {
      return (.bad(refusal), status)
    }
    switch look.reading {
    case .ready(let reading): return (.good(reading), status)
    case .refused(let refusal): return (.bad(refusal), status)
    case .beingWritten, .unsettled: return (.beingWritten, status)
    case .gone: return nil
    }
  }

  /// What the runner wrote about a task. It lies in `tasks/`, wherever the file is, until the task is done.
  private func taskState(_ name: String, near place: SpoolPlace) throws(SystemError) -> TaskState? {
    for place in place == .pausedTasks ? [.tasks, .pausedTasks] : [place] {
      if let bytes = try bytes(of: TaskFile.state(name), in: readable(place)),
        let state = try? TaskState.decode(bytes)  // half written or foreign: there is none then
      {
        return state
      }
    }
    return nil
  }

  private func earlierVersion(_ name: String, zones: TaskZones) throws(SystemError) -> TaskReading? {
    guard let bytes = try bytes(of: TaskFile.good(name), in: readable(.tasks)) else { return nil }
    return try? zones.read(bytes, name: name)  // no longer good either: none is in force
  }

  /// Up to which second its times are done with, as the runner's intake would take it if it looked now: a new task and
  /// another schedule count from their arrival, and what was due while a task was put aside does not count.
  private func handled(
    _ entry: TaskEntry, _ status: FileStatus, before: TaskReading?
  ) throws(SystemError) -> Int64 {
    let now = now().nanoseconds
    let arrival = min(status.changed, now) / 1_000_000_000
    guard let state = entry.state else { return Self.untilDropped(entry, arrival) }
    let progress = state.progress
    var handled = progress.handled
    let cameBack = try cameBack(progress, status)
    if state.status == .paused || cameBack { handled = max(handled, arrival) }
    let isEdited = progress.file?.inode != status.inode || progress.file?.modified != status.modified
    if isEdited {
      if case .good(let reading) = entry.content, before?.times.rule.recurrence != reading.times.rule.recurrence {
        handled = Self.untilDropped(entry, max(handled, arrival))
      }
    }
    // A state from a time when the clock was an hour ahead or more is not gone by.
    return handled > now / 1_000_000_000 + 3600 ? now / 1_000_000_000 : handled
  }

  /// Whether the file was put aside and back since the runner saw it.
  private func cameBack(_ progress: TaskProgress, _ status: FileStatus) throws(SystemError) -> Bool {
    guard let paused = try readable(.pausedTasks)?.descriptor.status().modified else { return false }
    let mark = TaskProgress.FileMark(inode: status.inode, modified: status.modified, changed: status.changed)
    return progress.cameBack(as: mark, pausedChanged: paused, grain: Clock.fileTimeGrain)
  }

  /// Nobody drops what is not to be done: a single time before the arrival is made up for.
  private static func untilDropped(_ entry: TaskEntry, _ arrival: Int64) -> Int64 {
    guard case .at(let time)? = entry.task?.schedule else { return arrival }
    return min(arrival, time.nanoseconds / 1_000_000_000 - 1)
  }

  private func addTimes(to entry: inout TaskEntry) {
    guard let reading = entry.reading else {
      entry.status = .bad
      return
    }
    let (task, times, now) = (reading.task, reading.times, now())
    let isFull = task.maxRuns.map { entry.state?.counts.runs ?? 0 >= $0 } ?? false
    if !isFull { entry.next = times.next(after: entry.handled) }
    if let next = entry.next, next.due <= now {
      entry.passed = max(
        1,
        times.rule.recurrence.count(
          after: entry.handled, through: (now.nanoseconds - times.rule.jitter) / 1_000_000_000,
          limit: TaskEntry.countLimit))
    }
    // Jobs that wait or run, and times that wait for them, are still to come to their end.
    let isIdle = entry.state.map { $0.progress.queued.isEmpty && $0.progress.active.isEmpty } ?? true
    var isOver = entry.next == nil
    if case .reboot = task.schedule { isOver = isFull || task.until.map { now > $0 } ?? false }
    if isOver, isIdle { entry.status = .finished }
  }

  /// How the newest job came out, by its result where the state does not know yet.
  private func last(of state: TaskState?) throws(SystemError) -> TaskEntry.Last? {
    guard let state else { return nil }
    guard let newest = state.occurrences.first(where: { $0.id != nil }) else {
      return state.lastStatus.map { TaskEntry.Last(id: nil, status: $0, at: nil) }
    }
    let known = try settled(newest)
    return TaskEntry.Last(id: known.id, status: known.status, at: known.finishedAt ?? known.scheduled)
  }

  /// An occurrence with how its job ended, where that is known by now.
  func settled(_ occurrence: Occurrence) throws(SystemError) -> Occurrence {
    guard let id = occurrence.id, occurrence.status == nil else { return occurrence }
    guard let sighting = try sightings(of: id).first, sighting.hasEnded else { return occurrence }
    var known = occurrence
    let record = try record(id, in: sighting.place)
    known.status = record?.status
    known.finishedAt = record?.finishedAt
    return known
  }
}
