import Jobs
import Platform

/// From a drop to the start of its program and to its result, with a runner that has nothing else to do.
///
/// The job is `date +%s%N`: it reads the clock some 0.5 ms after its exec(2), and its output is in the result. A program of
/// our own would load a Swift library first (2.6 ms with the dynamic one), which is no doing of the runner.
struct Latency {
  private static let drops = 300
  private static let command = ["/bin/date", "+%s%N"]

  let bobbin: Bobbin
  let ground: Ground

  init(_ bobbin: Bobbin, _ ground: Ground) {
    self.bobbin = bobbin
    self.ground = ground
  }

  func measure(into table: inout Table) throws {
    let spool = try bobbin.makeSpool(ground.newPath("latency"))
    let beside = ground.newPath("drops")
    try FileSystem.makeFolders(path: beside)
    let drops = try Folder(path: beside)
    let job = Array(#"{"run":["/bin/date","+%s%N"]}"#.utf8)
    for number in 0..<Self.drops { try drops.create("l\(number).json").write(job) }
    try ground.sync()
    let runner = try bobbin.run(spool)
    var (toStart, toResult, base) = (Sample(), Sample(), Sample())
    let watch = try FolderWatch()
    _ = try watch.watch(spool.done)
    let poller = try Poller()
    try poller.add(watch.descriptor, tag: 0)
    ground.calm()
    for number in 0..<Self.drops {
      let result = "l\(number).result.json"
      let dropped = Clock.wall()
      try drops.move("l\(number).json", to: spool.inbox, as: "l\(number).json")
      let limit = Clock.continuous() + 10_000_000_000
      while !spool.done.has(result) {
        guard Clock.continuous() < limit else { throw BenchError.waitedInVain(result) }
        _ = try poller.wait(nanoseconds: 100_000_000)
        _ = try watch.hints()
      }
      toResult.add(Double(Clock.wall() - dropped) / 1e6)
      let record = try JobRecord.decode(try spool.done.open(result).readAll(limit: 1 << 20))
      guard let stamp = record.stdout.flatMap({ Self.stamp($0.text) }) else {
        throw BenchError.program("date", reason: "no time in \(result)")
      }
      toStart.add(Double(stamp - dropped) / 1e6)
      base.add(try bare())
      // The runner is to be idle again, and the drops are not to fall into step with its scans.
      Clock.wait(nanoseconds: .random(in: 10_000_000...30_000_000))
    }
    try bobbin.stop(runner)
    let note =
      "\(Self.drops) drops; bare posix_spawn to the same point p50 \(Figure.text(base.median, 2)) ms, p99 "
      + "\(Figure.text(base.percentile(99), 2)) ms"
    table.add("drop to start, p50", toStart.median, " ms", digits: 2, bar: .atMost(3), note: note)
    table.add(
      "drop to start, p99", toStart.percentile(99), " ms", digits: 2, bar: .atMost(20),
      note: "highest \(Figure.text(toStart.percentile(100), 2)) ms")
    table.add("drop to result, p50", toResult.median, " ms", digits: 2, note: "durable")
    table.add("drop to result, p99", toResult.percentile(99), " ms", digits: 2)
  }

  /// The same program started by ourselves: what no runner can do without, ms.
  private func bare() throws -> Double {
    let ends = try Program.pipe()
    let child = try Child(Self.command, output: ends.write)
    try child.success()
    guard let stamp = Self.stamp(String(decoding: try ends.read.readChunk(100), as: UTF8.self)) else {
      throw BenchError.program("date", reason: "it printed no time")
    }
    return Double(stamp - child.started.wall) / 1e6
  }

  private static func stamp(_ text: String) -> Int64? { Int64(text.prefix { $0 != "\n" }) }
}
