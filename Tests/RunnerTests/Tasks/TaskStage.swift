import Jobs
import Observability
import Platform
import Scheduling
import Spool
import Synchronization
import TestSupport
import Testing

@testable import Runner

/// The kernel's disk until a chosen step; from there on nothing happens any more, as after SIGKILL.
final class DyingDisk: Disk {
  private let real = KernelDisk()
  private let left: Mutex<Int>
  let stepsTaken = Mutex(0)

  /// - Parameter steps: how many succeed.
  init(steps: Int) { left = Mutex(steps) }

  var isDead: Bool { left.withLock { $0 <= 0 } }

  private func step() throws(SystemError) {
    stepsTaken.withLock { $0 += 1 }
    let isAlive = left.withLock { left in
      left -= 1
      return left >= 0
    }
    if !isAlive { throw SystemError(call: "killed", code: SystemError.inputOutput) }
  }

  func create(_ name: String, in folder: Folder) throws(SystemError) -> Descriptor {
    try step()
    return try real.create(name, in: folder)
  }
  func write(_ bytes: [UInt8], to file: Descriptor) throws(SystemError) {
    try step()
    try real.write(bytes, to: file)
  }
  func sync(_ file: Descriptor) throws(SystemError) { try step() }
  func syncEntries(of folder: Folder) throws(SystemError) { try step() }
  func syncAll(_ folder: Folder) throws(SystemError) { try step() }
  func move(_ name: String, from: Folder, to: Folder, as newName: String) throws(SystemError) {
    try step()
    try real.move(name, from: from, to: to, as: newName)
  }
  func move(_ name: [UInt8], from: Folder, to: Folder, as newName: String) throws(SystemError) {
    try step()
    try real.move(name, from: from, to: to, as: newName)
  }
  func replace(_ name: String, with other: String, in folder: Folder) throws(SystemError) {
    try step()
    try real.replace(name, with: other, in: folder)
  }
  func remove(_ name: String, in folder: Folder) throws(SystemError) {
    try step()
    try real.remove(name, in: folder)
  }
  func makeFolder(_ name: String, in folder: Folder) throws(SystemError) {
    try step()
    try real.makeFolder(name, in: folder)
  }
  func setModified(_ name: String, in folder: Folder, to nanoseconds: Int64) throws(SystemError) {
    try step()
    try real.setModified(name, in: folder, to: nanoseconds)
  }
}

/// A scheduler over a real spool with a clock that is set by hand, and somebody who runs its jobs: each one that is in the
/// inbox gets a result in `done/`.
final class TaskStage {
  let place: TemporaryFolder
  let folders: SpoolFolders
  var settings = Settings()
  /// ns since 1970; the continuous clock goes along unless `setClock` moves this one alone.
  private(set) var wall: Int64
  private(set) var continuous: Int64 = 1_000_000_000_000
  var boot = "boot-1"
  private(set) var disk = DyingDisk(steps: .max)
  private(set) var scheduler: TaskScheduler?
  /// How often a job of each id came to the inbox.
  private(set) var made: [String: Int] = [:]
  /// Ids that were cancelled by the scheduler.
  private(set) var cancelled: [String] = []
  /// Whether jobs end at once.
  var runsJobs = true
  private static let zones = ZoneTable(read: { ZoneFiles().read($0) }, machine: { .utc })

  init(at time: String) throws {
    place = try TemporaryFolder()
    try SpoolFolders.make(path: place.path + "/spool")
    folders = try SpoolFolders(path: place.path + "/spool", makingMissing: true)
    wall = try #require(Timestamp(rfc3339: time)).nanoseconds
    settings.quiet = .zero
  }

  var now: String { Timestamp(nanoseconds: wall).secondsText() }

  /// Starts a scheduler as a new runner would, after `steps` of which the disk is dead.
  func start(steps: Int = .max) {
    disk = DyingDisk(steps: steps)
    let machinery = TaskMachinery(
      folders: folders, disk: disk, log: Log(level: .silent, now: { 0 }), boot: boot,
      settings: { [unowned self] in settings },
      wall: { [unowned self] in wall }, now: { [unowned self] in continuous })
    let scheduler = TaskScheduler(
      machinery, commit: GroupCommit(inline: disk, folders: folders, isDurable: true),
      reader: TaskReader(zones: Self.zones))
    scheduler.cancel = { [unowned self] (id: JobID) in cancelled.append(id.text) }
    self.scheduler = scheduler
    scheduler.scan()
    settle()
  }

  /// The runner is no longer there.
  func stop() { scheduler = nil }

  /// Goes through everything that is due at this moment, with the jobs that come of it.
  func settle() {
    guard let scheduler else { return }
    for _ in 0..<10_000 {
      scheduler.proceed(mayMake: true)
      let ran = runJobs()
      if disk.isDead { return }
      if !ran, !scheduler.hasWork { return }
    }
    Issue.record("the scheduler does not come to rest at \(now)")
  }

  private func runJobs() -> Bool {
    guard let inbox = try? folders[.inbox], let done = try? folders[.done], let names = try? inbox.names() else {
      return false
    }
    var ran = false
    for name in names where name.hasSuffix(".json") && !name.hasPrefix(".") {
      let id = String(name.dropLast(5))
      if !seen.contains(id) {
        seen.insert(id)
        made[id, default: 0] += 1
      }
      guard runsJobs else { continue }
      ran = true
      end(id, inbox, done)
    }
    return ran
  }

  private var seen: Set<String> = []

  /// Ends a job of the inbox well.
  func end(_ id: String) throws { end(id, try folders[.inbox], try folders[.done]) }

  private func end(_ id: String, _ inbox: Folder, _ done: Folder) {
    var record = JobRecord(id: JobID(unchecked: id))
    record.state = .finished(Outcome(.succeeded))
    record.finishedAt = Timestamp(nanoseconds: wall)
    seen.remove(id)
    do {
      try done.create(id + ".result.json").write(record.encode())
      try inbox.move(id + ".json", to: done, as: id + ".json")
    } catch { Issue.record("\(id) has run before: \(error)") }
    if !disk.isDead { scheduler?.ended(record) }
  }

  // MARK: time

  /// Lets the time come to a moment, and everything on the way to it happen.
  func go(to end: Int64) {
    while let due = scheduler?.nextDue, due <= end, !disk.isDead {
      pass(max(wall, due) - wall)
      settle()
    }
    // A runner that is dead does not see what comes later.
    if !disk.isDead { pass(max(0, end - wall)) }
  }

  func go(by span: Duration) { go(to: wall + span.wholeNanoseconds) }

  /// Time in which nobody looks: the runner is down, or the machine sleeps.
  func sleep(_ span: Duration) { pass(span.wholeNanoseconds) }

  /// Somebody sets the time of day.
  func setClock(by span: Duration) { wall += span.wholeNanoseconds }

  private func pass(_ nanoseconds: Int64) {
    wall += nanoseconds
    continuous += nanoseconds
  }

  /// A scan, as the loop makes one a second.
  func scan() {
    scheduler?.scan()
    settle()
  }

  // MARK: files

  /// Puts a task into the spool, whole.
  func put(_ name: String, _ json: String, in folder: SpoolPlace = .tasks) throws {
    let file = try place.folder.create("task")
    try file.write(Array(json.utf8))
    // Its arrival is the stage's time, as far as a file's time can be set.
    try place.folder.setModified("task", to: wall)
    let target = try folders[folder]
    if target.has(name + ".json") { try target.remove(name + ".json") }
    try place.folder.move("task", to: target, as: name + ".json")
  }

  func state(_ name: String, in folder: SpoolPlace = .tasks) throws -> TaskState {
    try TaskState.decode(folders[folder].open(name + ".state.json").readAll(limit: 1 << 20))
  }

  func has(_ name: String, in folder: SpoolPlace) throws -> Bool { try folders[folder].has(name) }

  /// The ids of a task's jobs in `done/`, oldest first.
  func ids(of task: String) throws -> [String] {
    try folders[.done].names().filter { $0.hasPrefix(task + "@") && !$0.hasSuffix(".result.json") }
      .map { String($0.dropLast(5)) }.sorted()
  }
}
