import Jobs
import Observability
import Platform
import Scheduling
import Spool
import SpoolTestSupport
import TestSupport
import Testing

@testable import Runner

/// The kernel's disk until a chosen step; from there on nothing happens any more, as after SIGKILL. Or one that fails at a
/// single step.
final class DyingDisk: TestDisk {
  private let left: Locked<Int>
  private let failing: Int?
  private let code: Int32
  let stepsTaken = Locked(0)

  /// - Parameters:
  ///   - steps: how many succeed; - failing: one that fails with `code`, and life goes on.
  init(steps: Int, failing: Int? = nil, code: Int32 = SystemError.inputOutput) {
    left = Locked(steps)
    self.failing = failing
    self.code = code
  }

  var isDead: Bool { left.withLock { $0 <= 0 } }

  private func step() throws(SystemError) {
    let number = stepsTaken.withLock { number in
      number += 1
      return number
    }
    if number == failing { throw SystemError(call: "failing", code: code) }
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
    do throws(SystemError) { try step() } catch {
      try real.write(Array(bytes.prefix(bytes.count / 2)), to: file)  // a torn file
      throw error
    }
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

/// Which zone a machine is set to.
final class MachineZoneName: Sendable {
  private let value = Locked<String?>(nil)
  var name: String? { value.withLock { $0 } }
  func set(_ name: String) { value.withLock { $0 = name } }
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
  /// The zone that the machine is set to; nil: UTC.
  let machineZone = MachineZoneName()
  private let zones: ZoneTable

  /// - Parameter place: of a test that needs a spool hundreds of times; nil: a new one.
  init(at time: String, in place: TemporaryFolder? = nil) throws {
    zones = ZoneTable(
      read: { ZoneFiles().read($0) }, machine: { [machineZone] in machineZone.name.map { .named($0) } ?? .utc })
    self.place = try place ?? TemporaryFolder()
    let path = self.place.path + "/spool-\(UInt64.random(in: 0 ... .max))"
    try SpoolFolders.make(path: path)
    folders = try SpoolFolders(path: path, makingMissing: true)
    wall = try #require(Timestamp(rfc3339: time)).nanoseconds
    settings.quiet = .zero
  }

  var now: String { Timestamp(nanoseconds: wall).secondsText() }

  /// Starts a scheduler as a new runner would, after `steps` of which the disk is dead.
  ///
  /// - Parameters:
  ///   - failing: a step that fails with `code` without killing anything.
  ///   - before: what the runner is told before it has looked at its tasks.
  func start(
    steps: Int = .max, failing: Int? = nil, code: Int32 = SystemError.inputOutput,
    before: (TaskScheduler) -> Void = { _ in }
  ) {
    disk = DyingDisk(steps: steps, failing: failing, code: code)
    let machinery = TaskMachinery(
      folders: folders, disk: disk, log: Log(level: .silent, now: { 0 }), boot: boot,
      settings: { [unowned self] in settings },
      wall: { [unowned self] in wall }, now: { [unowned self] in continuous })
    let scheduler = TaskScheduler(
      machinery, commit: GroupCommit(inline: disk, folders: folders, isDurable: true),
      reader: TaskReader(zones: zones))
    scheduler.cancel = { [unowned self] (id: JobID) in cancelled.append(id.text) }
    self.scheduler = scheduler
    before(scheduler)
    scheduler.scan()
    // The inbox is read before the tasks are.
    for name in (try? folders[.inbox].names()) ?? [] where Self.isJob(name) {
      count(name)
      notice(name)
    }
    settle()
  }

  /// The runner is no longer there.
  func stop() { scheduler = nil }
  /// It did not look for a while.
  func resume(_ scheduler: TaskScheduler) { self.scheduler = scheduler }

  /// Goes through everything that is due at this moment, with the jobs that come of it.
  func settle() {
    guard let scheduler else { return }
    for _ in 0..<10_000 {
      scheduler.proceed(mayMake: true)
      let ran = runJobs()
      if disk.isDead { return }
      // What the disk refused is tried again later, and a file that is held open looked at: also by the child of another
      // test, between its fork and its exec.
      let waits = scheduler.nextLook.map { $0 > continuous } ?? false
      let isDue = scheduler.nextDue.map { $0 <= wall } ?? false
      if !ran, !isDue, scheduler.isIdle && !scheduler.intake.hasUnsettled || waits { return }
    }
    Issue.record("the scheduler does not come to rest at \(now)")
  }

  private func runJobs() -> Bool {
    guard let inbox = try? folders[.inbox], let done = try? folders[.done], let names = try? inbox.names() else {
      return false
    }
    var ran = false
    for name in names where Self.isJob(name) {
      let id = String(name.dropLast(5))
      if count(name), !disk.isDead { notice(name) }
      guard runsJobs else { continue }
      ran = true
      end(id, inbox, done)
    }
    return ran
  }

  private var seen: Set<String> = []

  private static func isJob(_ name: String) -> Bool { name.hasSuffix(".json") && !name.hasPrefix(".") }

  /// Counts a job that came; false: it was there before.
  @discardableResult
  private func count(_ name: String) -> Bool {
    let id = String(name.dropLast(5))
    guard seen.insert(id).inserted else { return false }
    made[id, default: 0] += 1
    return true
  }

  /// The inbox tells of each job that says whose it is.
  private func notice(_ name: String) {
    guard let bytes = try? folders[.inbox].open(name).readAll(limit: 1 << 20),
      let task = (try? Job.read(bytes))?.task
    else { return }
    scheduler?.noticed(JobID(unchecked: String(name.dropLast(5))), of: task)
  }

  /// Ends a job of the inbox well, and lets what follows happen.
  func end(_ id: String) throws {
    end(id, try folders[.inbox], try folders[.done])
    settle()
  }

  /// Jobs of the inbox, oldest first.
  func waiting() throws -> [String] {
    try folders[.inbox].names().filter(Self.isJob).map { String($0.dropLast(5)) }.sorted()
  }

  /// How a job of this moment ends.
  func record(_ id: String) -> JobRecord {
    var record = JobRecord(id: JobID(unchecked: id))
    record.state = .finished(Outcome(.succeeded))
    record.finishedAt = Timestamp(nanoseconds: wall)
    return record
  }

  private func end(_ id: String, _ inbox: Folder, _ done: Folder) {
    let record = record(id)
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

  /// The same with the scans in between, one a second, by which what failed is found again.
  func goScanning(by span: Duration) {
    let end = wall + span.wholeNanoseconds
    while wall < end, !disk.isDead {
      pass(min(1_000_000_000, end - wall))
      scan()
    }
  }

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
    // The clock by which a folder's times are young is not the one that they are of.
    scheduler?.intake.doubt()
    scheduler?.scan()
    settle()
  }

  /// Tells of a name in `tasks/`, as a notification does.
  func hint(_ name: String) {
    scheduler?.intake.hint(Array((name + ".json").utf8))
    settle()
  }

  /// Puts another version of a task in its place.
  func edit(_ name: String, _ json: String) throws {
    try put(name, json)
    hint(name)
  }

  // MARK: files

  /// Puts a task into the spool, whole.
  func put(_ name: String, _ json: String, in folder: SpoolPlace = .tasks) throws {
    let file = try place.folder.create("task")
    try file.write(Array(json.utf8))
    // Its arrival is the stage's time, as far as a file's time can be set.
    try place.folder.setModified("task", to: wall)
    let target = try folders[folder]
    if try target.has(name + ".json") { try target.remove(name + ".json") }
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
