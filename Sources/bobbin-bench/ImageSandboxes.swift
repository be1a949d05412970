import Platform
import Runtimes

/// Jobs in a sandbox on an image of the spool, against bwrap(1) with the same options on the same root, in turns: one at a
/// time from the drop to the result, and many with two slots.
struct ImageSandboxes {
  private static let slots = 2
  private static let job = #"{"run":["/bin/true"],"runtime":"sandbox","image":"bench"}"#

  let bobbin: Bobbin
  let ground: Ground
  let options: BenchOptions

  init(_ bobbin: Bobbin, _ ground: Ground, _ options: BenchOptions) {
    (self.bobbin, self.ground, self.options) = (bobbin, ground, options)
  }

  func measure(into table: inout Table) throws {
    guard let archive = try archive() else {
      return Bench.say("image: skipped, there is no archive (--archive) and no engine that has the image (--image)")
    }
    let spool = try bobbin.makeSpool(ground.newPath("image"))
    do { try Child([bobbin.path, "image", "add", archive, "--name", "bench", "--spool", spool.path]).success() } catch {
      return Bench.say("image: skipped, it cannot be added: \(error)")
    }
    let bare = try Bare(spool, ground)
    try latency(spool, bare, &table)
    try throughput(spool, bare, &table)
  }

  /// What was named, or what an engine has under the image's name.
  private func archive() throws -> String? {
    if let archive = options.archive { return archive }
    guard let engine = try BareEngine.all(options).first else { return nil }
    let path = ground.newPath("image.tar")
    try Child([engine.program, "save", "-o", path, engine.image]).success()
    return path
  }

  /// bwrap on the image's root.
  private struct Bare {
    private let sandbox: BareSandbox
    private let files: [String]

    init(_ spool: BenchSpool, _ ground: Ground) throws {
      let path = ground.newPath("bare")
      for name in ["work", "out"] { try FileSystem.makeFolders(path: path + "/" + name) }
      let images = spool.path + "/state/images"
      guard let image = try Folder(path: images).names().first(where: { $0.hasPrefix("sha256-") }) else {
        throw BenchError.waitedInVain("an image")
      }
      let root = "\(images)/\(image)/root"
      sandbox = try BareSandbox(
        work: (Folder(path: path + "/work"), path + "/work"), result: (Folder(path: path + "/out"), path + "/out"),
        root: (Folder(path: root), root))
      files = sandbox.files.map { "/proc/self/fd/\($0.number)" }
    }

    func run(times: Int, threads: Int) throws -> (wall: Int64, processor: Int64) {
      // The files are open as long as somebody holds them.
      try withExtendedLifetime(sandbox) {
        try BareLoop.run(
          ["/usr/bin/bwrap"] + sandbox.options + ["--", "/bin/true"], times: times, threads: threads,
          files: files, from: BareSandbox.firstNumber)
      }
    }
  }

  private func latency(_ spool: BenchSpool, _ bare: Bare, _ table: inout Table) throws {
    let drops = try Drops(spool, ground)
    let runner = try bobbin.run(spool)
    ground.calm()
    _ = try drops.run(Self.job)
    var (own, base, ratio) = (Sample(), Sample(), Sample())
    let pairs = options.pairs * 5
    for pair in 0..<pairs {
      var times = [0.0, 0]
      for way in [0, 1].map({ ($0 + pair) % 2 }) {
        drops.pause()
        times[way] = Double(try way == 0 ? bare.run(times: 1, threads: 1).wall : drops.run(Self.job).whole) / 1e6
      }
      base.add(times[0])
      own.add(times[1])
      ratio.add(times[1] / times[0])
    }
    try bobbin.stop(runner)
    table.add(
      "image in the sandbox, drop to result, in the time of bare bwrap on its root", ratio.median, "", digits: 2,
      bar: .atMost(1.5),
      note: "median of \(pairs) pairs, half of them \(ratio.middle(digits: 2)), all \(ratio.spread(digits: 2)); "
        + "\(own.figure(digits: 1)) ms against \(base.figure(digits: 1)) ms")
  }

  private func throughput(_ spool: BenchSpool, _ bare: Bare, _ table: inout Table) throws {
    let jobs = max(50, options.jobs / 10)
    var (own, base, ratio, ownCost, baseCost) = (Sample(), Sample(), Sample(), Sample(), Sample())
    for round in 0..<options.rounds {
      var rates = [0.0, 0]
      for way in [0, 1].map({ ($0 + round) % 2 }) {
        let (wall, processor) = try way == 0 ? bare.run(times: jobs, threads: Self.slots) : drain(spool, jobs)
        rates[way] = Double(jobs) / (Double(wall) / 1e9)
        let cost = Double(processor) / Double(jobs) / 1e6
        if way == 0 { baseCost.add(cost) } else { ownCost.add(cost) }
      }
      base.add(rates[0])
      own.add(rates[1])
      ratio.add(rates[1] / rates[0])
      Bench.say("round \(round + 1): bare bwrap \(Figure.text(rates[0], 0))/s, bobbin \(Figure.text(rates[1], 0))/s")
    }
    table.add(
      "image in the sandbox, draining \(jobs) with 2 slots, share of bare bwrap's rate", ratio.median, "", digits: 2,
      bar: .atLeast(0.75),
      note: "median of \(options.rounds), \(ratio.spread(digits: 2)); \(own.figure(digits: 0))/s against "
        + "\(base.figure(digits: 0))/s; CPU a job \(ownCost.figure(digits: 1)) ms against "
        + "\(baseCost.figure(digits: 1)) ms; the runner's start and its trial are in it")
  }

  private func drain(_ spool: BenchSpool, _ jobs: Int) throws -> (wall: Int64, processor: Int64) {
    let before = try spool.doneCount
    try spool.drop(jobs, Self.job, from: before)
    try ground.sync()
    let end = try Child([bobbin.path, "run", "--spool", spool.path, "--drain", "--slots", "\(Self.slots)"]).success()
    guard try spool.doneCount == before + jobs else { throw BenchError.waitedInVain("\(jobs) results") }
    return (end.wall, end.processor)
  }
}
