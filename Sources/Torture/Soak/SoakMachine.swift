import Platform

/// What a machine does to a runner: its clock is set, its disk fills up, and more happens than the kernel keeps notices of.
struct SoakMachine {
  /// By how much a clock is set, ns: a second, as by NTP, to a day, as by a person.
  private static let steps: [Int64] = [1_000_000_000, 60_000_000_000, 3_600_000_000_000, 86_400_000_000_000]

  /// The file that `BOBBIN_CLOCK` names, read by debug builds.
  private let clock: (folder: Folder, name: String)
  private let mount: String?
  private let inbox: Folder
  private let journal: SoakJournal
  private var random: Seeded
  private var offset: Int64 = 0
  private var latest: Int64 = 0
  private var isFull = false
  private var acts = 0
  private(set) var clockSteps = 0
  private(set) var fillings = 0
  private(set) var overflows = 0

  init(
    _ ground: Folder, mount: String?, inbox: Folder, journal: SoakJournal, seed: UInt64
  ) throws(SystemError) {
    clock = (ground, "clock")
    self.journal = journal
    (self.mount, self.inbox, random) = (mount, inbox, Seeded(seed, 11))
    try set(0)
  }

  /// Perhaps something, to that runner.
  mutating func act(on runner: Int32) throws {
    acts += 1
    if let mount, comes(onceIn: 200) {
      isFull.toggle()
      if isFull {
        fillings += 1
        try journal.note(.full)
      }
      Self.fill(mount, isFull)
      if !isFull { try journal.note(.room) }
    }
    do throws(SystemError) {
      if comes(onceIn: 250) {
        let step = Self.steps.randomElement(using: &random) ?? 0
        clockSteps += 1
        try set(random.once(in: 4) ? 0 : offset + (random.once(in: 2) ? step : -step))
      }
      if comes(onceIn: 1000) { try overflow(runner) }
    } catch {}  // no room on its disk
  }

  /// By chance, and never much more rarely.
  private mutating func comes(onceIn count: Int) -> Bool { acts.isMultiple(of: count) || random.once(in: count) }

  /// Room again, and a time at which whatever was put off is due.
  mutating func calm() throws {
    if let mount {
      Self.fill(mount, false)
      // What people dropped stays, and may fill the disk by itself in an hour.
      let words = ["/bin/mount", "-o", "remount,size=8G", mount]
      if Children.wait(for: try Actor.start(words)) != .exited(0) { throw TortureError.machine("no larger disk") }
      try journal.note(.room)
    }
    try set(latest + 2 * 86_400_000_000_000)
  }

  private mutating func set(_ nanoseconds: Int64) throws(SystemError) {
    offset = nanoseconds
    latest = max(latest, offset)
    let next = clock.name + ".new"
    try clock.folder.create(next).write(Array("\(offset)\n".utf8))
    try clock.folder.replace(clock.name, with: next)
  }

  /// More files than the kernel keeps notices of (inotify(7), `max_queued_events`), while the runner takes none.
  private mutating func overflow(_ runner: Int32) throws(SystemError) {
    let file = try FileSystem.openForReading(path: "/proc/sys/fs/inotify/max_queued_events").readAll(limit: 64)
    let most = Int(String(decoding: file, as: UTF8.self).filter(\.isNumber)) ?? 16_384
    guard most <= 100_000 else { return }  // somebody's own wish, and too many to make
    ProcessTable.signalChild(runner, SignalNumber.stop)
    defer { ProcessTable.signalChild(runner, SignalNumber.go) }
    for index in 0..<(most + 100) {
      let name = ".flood-\(index)"
      _ = try inbox.create(name)
      try inbox.remove(name)
    }
    overflows += 1
  }

  // MARK: a small disk

  static func mount(_ size: String, at path: String) throws {
    try FileSystem.makeFolders(path: path)
    let words = ["/bin/mount", "-t", "tmpfs", "-o", "size=\(size),mode=0700", "bobbin-soak", path]
    guard Children.wait(for: try Actor.start(words)) == .exited(0) else {
      throw TortureError.machine("--disk needs root: no file system of \(size) at \(path)")
    }
  }

  static func unmount(_ path: String) {
    if let pid = try? Actor.start(["/bin/umount", "-l", path]) { _ = Children.wait(for: pid) }
  }

  private static func fill(_ path: String, _ isFull: Bool) {
    let words =
      isFull ? ["/bin/sh", "-c", "cat /dev/zero > '\(path)/fill' 2> /dev/null"] : ["/bin/rm", "-f", path + "/fill"]
    if let pid = try? Actor.start(words) { _ = Children.wait(for: pid) }
  }
}
