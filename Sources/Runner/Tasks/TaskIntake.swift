import Jobs
import Observability
import Platform
import Scheduling
import Spool

/// Reads `tasks/`: which there are, which version of each is in force, which are put aside or gone. Decides nothing about
/// times.
final class TaskIntake {
  /// Looks a turn: some milliseconds.
  private static let looksPerTurn = 256

  private let machinery: TaskMachinery
  private let files: TaskFiles
  private let table: TaskTable
  private(set) var reader: TaskReader
  private var policy = ScanPolicy()
  private var lastLooked: Int64?
  /// Names still to be looked at, the last first.
  private var toLook: [[UInt8]] = []
  private var unsettled = UnsettledFiles()
  private var badNames: Set<[UInt8]> = []
  /// A task is there for the first time, or another version of it is in force, or its file is bad now.
  /// `passed`: the times that it lay aside for.
  var changed: (TaskEntry, _ good: [UInt8]?, _ passed: OccurrencePlan.Skip?) -> Void = { _, _, _ in }
  /// The file of a task is no longer in `tasks/`.
  var left: (TaskEntry, _ isPaused: Bool) -> Void = { _, _ in }

  init(_ machinery: TaskMachinery, files: TaskFiles, table: TaskTable, reader: TaskReader) {
    self.machinery = machinery
    self.files = files
    self.table = table
    self.reader = reader
  }

  var isCaughtUp: Bool { toLook.isEmpty }

  /// When an unsettled file is to be looked at again, continuous clock.
  var nextLook: Int64? { unsettled.nextLook(quiet: machinery.quiet) }
  /// Whole files that settle by themselves when they stay quiet.
  var hasUnsettled: Bool { unsettled.hasSettling }

  func hint(_ name: [UInt8]) { if TaskFile.stem(of: name) != nil { toLook.append(name) } }
  func doubt() { policy.doubt() }

  /// Reads the zones anew, and each task by them.
  func forgetZones() {
    reader.forgetZones()
    for entry in table.all { entry.wasRead = false }
    lastLooked = nil
  }

  /// Lists the folder if it may have changed; all files are looked at every minute all the same, for one that is written to
  /// in place changes no folder.
  func scan() throws(SystemError) {
    let folder = try machinery.folders[.tasks]
    let times = try folder.descriptor.status()
    let start = machinery.now()
    toLook += unsettled.heldOpen
    let looksAtAll = lastLooked.map { start - $0 >= ScanPolicy.longest } ?? true
    guard looksAtAll || policy.shouldList(times, continuous: start, wall: machinery.wall()) else { return }
    var seen: Set<[UInt8]> = []
    var states: [String] = []
    try folder.forEachName { bytes, _ in
      let bytes = Array(bytes)
      if let stem = TaskFile.stem(of: bytes) {
        seen.insert(stem)
        let isKnown = String(validating: stem, as: UTF8.self).map { table[$0] != nil } ?? false
        if looksAtAll || !isKnown { toLook.append(bytes) }
      } else if lastLooked == nil, let text = String(validating: bytes, as: UTF8.self),
        let stem = TaskFile.stateStem(of: text)
      {
        states.append(stem)
      }
    }
    for entry in table.all where entry.isPresent && !seen.contains(Array(entry.name.utf8)) { try look(forGone: entry) }
    for name in states where !seen.contains(Array(name.utf8)) {
      // Left behind by a task that was taken away while nobody looked.
      if let entry = try table.meet(name, files, machinery) { try look(forGone: entry) }
    }
    badNames.formIntersection(seen)
    if looksAtAll { lastLooked = start }
    policy.listed(times, at: machinery.now(), took: machinery.now() - start)
  }

  /// Looks at some of what was named.
  func look() throws(SystemError) {
    toLook += unsettled.unchanged(for: machinery.quiet, now: machinery.now())
    for _ in 0..<min(Self.looksPerTurn, toLook.count) {
      let name = toLook.removeLast()
      do throws(SystemError) { try look(at: name) } catch {
        machinery.log.write(.warn, "look-failed", "a task's file cannot be looked at now: \(error)")
        policy.doubt()
        lastLooked = nil
        if error.isExhausted { return }
      }
    }
  }

  /// A task that is due: what its file says now is what counts.
  func lookAgain(at entry: TaskEntry) throws(SystemError) {
    guard entry.isPresent else { return }
    try look(at: Array(TaskFile.task(entry.name).utf8))
  }

  /// A task as a version says it; nil: it says none.
  func task(_ bytes: [UInt8], _ name: String) -> ScheduledTask? { try? reader.read(bytes, name: name).task }

  /// The version that is in force, read anew; nil: there is none, or it is gone this very moment.
  func inForce(_ entry: TaskEntry) -> ScheduledTask? {
    let name = entry.problem == nil ? TaskFile.task(entry.name) : TaskFile.good(entry.name)
    for name in [name, TaskFile.good(entry.name)] {
      if name == TaskFile.good(entry.name), let good = entry.newGood {
        if let task = task(good, entry.name) { return task }
      }
      guard let bytes = (try? files.bytes(of: name, limit: machinery.maxBytes)) ?? nil else { continue }
      if let task = task(bytes, entry.name) { return task }
    }
    return nil
  }

  private func look(at file: [UInt8]) throws(SystemError) {
    guard let stem = TaskFile.stem(of: file) else { return }
    let name: String
    do throws(Refusal) { name = try TaskName.read(stem) } catch {
      if badNames.insert(stem).inserted {
        machinery.log.write(.error, "task-bad-name", "a file in tasks/ is left alone: \(error.reason)")
      }
      return
    }
    let folder = try machinery.folders[.tasks]
    guard let status = try folder.status(file) else {
      unsettled.forget(file)
      if let entry = table[name], entry.isPresent { try look(forGone: entry) }
      return
    }
    let mark = TaskProgress.FileMark(status)
    if let entry = table[name], entry.wasRead, entry.isPresent, entry.progress.file == mark, !unsettled.contains(file) {
      return
    }
    let isQuiet = unsettled.isQuiet(file, status, for: machinery.quiet, now: machinery.now())
    var reading: TaskReader.Reading?
    let refusal: Refusal?
    var bytes: [UInt8] = []
    if let foreign = machinery.refusal(of: status) {
      refusal = foreign
    } else {
      let drop = DropReader(maxBytes: machinery.maxBytes)
      let found = try drop.look(at: file, in: folder, isQuiet: isQuiet) { (content) throws(Refusal) in
        bytes = content
        let reading = try reader.read(content, name: name)
        if let refusal = reading.task.refusal(of: name, limit: machinery.maxBytes) { throw refusal }
        return reading
      }
      switch found.reading {
      case .ready(let read):
        reading = read
        refusal = nil
      case .refused(let problem): refusal = problem
      case .beingWritten: return unsettled.wait(for: file, status, isHeldOpen: true, now: machinery.now())
      case .unsettled: return unsettled.wait(for: file, status, isHeldOpen: false, now: machinery.now())
      case .gone: return
      }
    }
    unsettled.forget(file)
    try take(name, mark, reading, bytes, refusal)
  }

  private func take(
    _ name: String, _ mark: TaskProgress.FileMark, _ reading: TaskReader.Reading?, _ bytes: [UInt8], _ problem: Refusal?
  ) throws(SystemError) {
    let arrival = min(mark.changed, machinery.wall()) / 1_000_000_000
    let met = try table.meet(name, files, machinery)
    let entry = met ?? table.add(TaskState(task: name, progress: TaskProgress(handled: arrival)))
    let old = entry.progress.file
    let isEdited = old?.inode != mark.inode || old?.modified != mark.modified
    // Put aside and back: what was due meanwhile does not count.
    let handled = entry.progress.handled
    let cameBack = try cameBack(entry, mark)
    let wasAside = !entry.isPresent || (!entry.wasRead && cameBack)
    if wasAside {
      entry.progress.handled = max(entry.progress.handled, arrival)
      if entry.progress.boot != nil, mark.changed > machinery.bootTime { entry.progress.boot = machinery.boot }
    }
    var (good, passed): ([UInt8]?, OccurrencePlan.Skip?) = (nil, nil)
    if let reading {
      // Another schedule counts from its arrival. What was due by the one before and nobody saw is not made up for.
      var before = met == nil ? nil : entry.rule
      if met != nil, before == nil { before = isEdited ? try lastGood(name)?.rule : reading.rule }
      if wasAside, let before { passed = OccurrencePlan.passed(before, after: handled, through: arrival) }
      if before?.recurrence != reading.rule.recurrence {
        if met != nil { entry.progress.handled = max(entry.progress.handled, arrival) }
        // One that was dropped after its time is made up for: nobody drops what is not to be done.
        if case .at(let time) = reading.rule.recurrence {
          entry.progress.handled = min(entry.progress.handled, time - 1)
        }
      }
      // A runner may have been killed between its state and our copy.
      // Of a copy that was on its way when the last runner ended nobody knows whether it came.
      var isUncopied = !entry.wasRead && entry.progress.awaitsGood
      if isUncopied { isUncopied = try files.bytes(of: TaskFile.good(name), limit: machinery.maxBytes) != bytes }
      if met == nil || isEdited || isUncopied || before != reading.rule { good = bytes }
      (entry.rule, entry.zone) = (reading.rule, reading.zone)
    } else if entry.rule == nil, let kept = try lastGood(name) {
      (entry.rule, entry.zone) = (kept.rule, kept.zone)
    }
    entry.wasRead = true
    entry.isPresent = true
    entry.afterwards = .stays
    entry.progress.file = mark
    entry.problem = problem
    changed(entry, good, passed)
  }

  /// Whether the file was put aside and back while nobody looked.
  private func cameBack(_ entry: TaskEntry, _ mark: TaskProgress.FileMark) throws(SystemError) -> Bool {
    let paused = try machinery.folders[.pausedTasks].descriptor.status().modified
    return entry.progress.cameBack(as: mark, pausedChanged: paused, grain: Clock.fileTimeGrain)
  }

  /// The last good version; nil: there is none, or it is not understood any more.
  private func lastGood(_ name: String) throws(SystemError) -> TaskReader.Reading? {
    guard let bytes = try files.bytes(of: TaskFile.good(name), limit: machinery.maxBytes) else { return nil }
    return try? reader.read(bytes, name: name)
  }

  /// Whether the file is the version that was read last.
  func isAsRead(_ entry: TaskEntry) throws(SystemError) -> Bool {
    guard let status = try machinery.folders[.tasks].status(TaskFile.task(entry.name)) else { return false }
    return entry.progress.file == TaskProgress.FileMark(status)
  }

  private func look(forGone entry: TaskEntry) throws(SystemError) {
    guard try machinery.folders[.tasks].status(TaskFile.task(entry.name)) == nil else { return }
    entry.isPresent = false
    left(entry, try machinery.folders[.pausedTasks].status(TaskFile.task(entry.name)) != nil)
  }
}

extension TaskProgress.FileMark {
  fileprivate init(_ status: FileStatus) {
    self.init(inode: status.inode, modified: status.modified, changed: status.changed)
  }
}
