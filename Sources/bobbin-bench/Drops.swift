import Jobs
import Platform

/// Jobs dropped one by one into the spool of a runner that has nothing else to do, each after the last one's result: by a
/// rename into `inbox`, and watched as a person would, by what shows in `done`.
final class Drops {
  /// What became of one.
  struct Trip {
    /// Right before the drop, wall clock, ns.
    let dropped: Int64
    /// From then until the result showed, ns.
    let whole: Int64
    let record: JobRecord
  }

  private static let patience: Int64 = 60_000_000_000

  let spool: BenchSpool
  private let beside: Folder
  private let watch: FolderWatch
  private let poller: Poller
  private var made = 0

  init(_ spool: BenchSpool, _ ground: Ground) throws {
    self.spool = spool
    let path = ground.newPath("drops")
    try FileSystem.makeFolders(path: path)
    beside = try Folder(path: path)
    watch = try FolderWatch()
    _ = try watch.watch(spool.done)
    _ = try watch.watch(try spool.root.folder("errors"))
    poller = try Poller()
    try poller.add(watch.descriptor, tag: 0)
  }

  /// Makes a job file that is not dropped yet. Answers its name.
  func make(_ json: String) throws -> String {
    made += 1
    let name = "l\(made)"
    try beside.create(name + ".json").write(Array(json.utf8))
    return name
  }

  /// Drops it and waits for its result, which must be a success.
  func drop(_ name: String) throws -> Trip {
    let result = name + ".result.json"
    let errors = try spool.root.folder("errors")
    let (dropped, begun) = (Clock.wall(), Clock.continuous())
    try beside.move(name + ".json", to: spool.inbox, as: name + ".json")
    while try !spool.done.has(result) {
      guard Clock.continuous() - begun < Self.patience else { throw BenchError.waitedInVain(result) }
      if try errors.has(result) {
        throw BenchError.program(name, reason: ProcFacts.text("\(spool.path)/errors/\(result)"))
      }
      _ = try poller.wait(nanoseconds: 100_000_000)
      _ = try watch.hints()
    }
    let whole = Clock.continuous() - begun
    return Trip(
      dropped: dropped, whole: whole,
      record: try JobRecord.decode(try spool.done.open(result).readAll(limit: 1 << 20)))
  }

  /// The runner is to be idle again, and the drops are not to fall into step with its scans.
  func pause() { Clock.wait(nanoseconds: .random(in: 10_000_000...30_000_000)) }

  /// A new one, dropped.
  func run(_ json: String) throws -> Trip { try drop(make(json)) }
}
