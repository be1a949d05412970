import Jobs
import Platform

/// From the moment at which a task is due to the start of its program: tasks of every second, and a runner that has nothing
/// else to do. Each second must have one job of each task.
///
/// In the middle of each second as many `date` are started here, all at once: what a program that only waits and starts can
/// do on this machine at that time.
struct DueTasks {
  private static let tasks = 5

  let bobbin: Bobbin
  let ground: Ground
  let seconds: Int

  init(_ bobbin: Bobbin, _ ground: Ground, _ options: BenchOptions) {
    self.bobbin = bobbin
    self.ground = ground
    seconds = options.seconds
  }

  func measure(into table: inout Table) throws {
    let spool = try bobbin.makeSpool(ground.newPath("due"))
    let names = (1...Self.tasks).map { "tick\($0)" }
    for name in names {
      // All that were missed are made up for: on a busy machine a job is late, and none is passed over.
      try spool.tasks.create(name + ".json", mode: 0o600).write(
        Array(
          #"{"schedule":"* * * * * *","overlap":"allow","missed":"all","job":{"run":["/bin/date","+%s%N"]}}"#.utf8))
    }
    let runner = try bobbin.run(spool, slots: Self.tasks)
    try wait("the tasks' states", seconds: 30) { try names.allSatisfy { try spool.tasks.has($0 + ".state.json") } }
    ground.calm()
    let first = Clock.wall() / 1_000_000_000 + 2
    let due = first..<first + Int64(seconds)
    var bare = Sample()
    for second in due { try startBare(at: second * 1_000_000_000 + 500_000_000, into: &bare) }
    Clock.wait(nanoseconds: due.upperBound * 1_000_000_000 - Clock.wall())
    let starts = try settled(spool, due)
    try bobbin.stop(runner)

    let expected = seconds * Self.tasks
    let latencies = Sample(starts.map { Double($0.stamp - $0.due * 1_000_000_000) / 1e6 })
    table.add(
      "due to start, p50", latencies.median, " ms", digits: 2,
      note:
        "\(Self.tasks) tasks of every second, \(seconds) s, \(Self.tasks) slots; as many bare posix_spawn at the half "
        + "second to the same point p50 \(Figure.text(bare.median, 2)) ms, p99 \(Figure.text(bare.percentile(99), 2)) ms"
    )
    table.add(
      "due to start, p99", latencies.percentile(99), " ms", digits: 2, bar: .atMost(50),
      note: "highest \(Figure.text(latencies.percentile(100), 2)) ms")
    var counts: [String: Int] = [:]
    for start in starts { counts["\(start.task)@\(start.due)", default: 0] += 1 }
    table.add(
      "seconds with exactly one job of a task, of all",
      Double(counts.values.count { $0 == 1 }) / Double(expected) * 100,
      " %", digits: 2, bar: .atLeast(100),
      note: "of \(expected), none: \(expected - counts.count), several: \(counts.values.count { $0 > 1 })")
  }

  private struct Start {
    let task: String
    /// Seconds since 1970.
    let due: Int64
    /// What the job printed, ns since 1970.
    let stamp: Int64
  }

  /// The jobs of these seconds, once all have ended or two seconds brought no other. Each run counts: a result that tells
  /// of two is two.
  private func settled(_ spool: BenchSpool, _ due: Range<Int64>) throws -> [Start] {
    var known = -1
    var changed = Clock.continuous()
    var starts: [Start] = []
    try wait("the jobs of the tasks", seconds: 60, every: 100_000_000) {
      starts = try Self.starts(spool, due)
      if starts.count != known { (known, changed) = (starts.count, Clock.continuous()) }
      return Clock.continuous() - changed > 2_000_000_000
    }
    return starts
  }

  private static func starts(_ spool: BenchSpool, _ due: Range<Int64>) throws -> [Start] {
    var starts: [Start] = []
    for name in try spool.done.names() where name.hasSuffix(".result.json") {
      let record = try JobRecord.decode(try spool.done.open(name).readAll(limit: 1 << 20))
      guard let (task, time, _) = OccurrenceID.read(record.id) else { continue }
      let second = time.nanoseconds / 1_000_000_000
      guard due.contains(second) else { continue }
      guard let stamp = record.stdout.flatMap({ DateJob.stamp($0.text) }) else {
        throw BenchError.program("date", reason: "no time in the result of \(name)")
      }
      for _ in 0..<max(1, record.attempts.count) { starts.append(Start(task: task, due: second, stamp: stamp)) }
    }
    return starts
  }

  private func startBare(at moment: Int64, into sample: inout Sample) throws {
    let pipes = try (0..<Self.tasks).map { _ in try Program.pipe() }
    Clock.wait(nanoseconds: max(0, moment - Clock.wall()))
    let children = try pipes.map { try Child(DateJob.command, output: $0.write) }
    for (child, pipe) in zip(children, pipes) {
      try child.success()
      guard let stamp = DateJob.stamp(String(decoding: try pipe.read.readChunk(100), as: UTF8.self)) else {
        throw BenchError.program("date", reason: "it printed no time")
      }
      sample.add(Double(stamp - moment) / 1e6)
    }
  }
}
