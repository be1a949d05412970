import Platform
import Runtimes

/// Sandboxed jobs that were dropped before, against a bare loop of bwrap(1) with the same arguments, in turns; and what a
/// loop of plain processes does, to see what isolation costs.
struct Sandboxes {
  private static let slots = 2
  private static let job = #"{"run":["/bin/true"],"runtime":"sandbox"}"#

  let bobbin: Bobbin
  let ground: Ground
  let jobs: Int
  let rounds: Int

  init(_ bobbin: Bobbin, _ ground: Ground, _ options: BenchOptions) {
    (self.bobbin, self.ground) = (bobbin, ground)
    (jobs, rounds) = (max(50, options.jobs / 5), options.rounds)
  }

  func measure(into table: inout Table) throws {
    var (bare, own, ratio, plain) = (Sample(), Sample(), Sample(), Sample())
    for round in 0..<rounds {
      var rates = [0.0, 0.0, 0.0]
      for way in [0, 1, 2].map({ ($0 + round) % 3 }) {
        let wall =
          switch way {
          case 0: try bareLoop()
          case 1: try drain()
          default: try BareLoop.run(["/bin/true"], times: jobs, threads: Self.slots).wall
          }
        rates[way] = Double(jobs) / (Double(wall) / 1e9)
      }
      bare.add(rates[0])
      own.add(rates[1])
      plain.add(rates[2])
      ratio.add(rates[1] / rates[0])
      Bench.say(
        "round \(round + 1): bare bwrap \(Figure.text(rates[0], 0))/s, bobbin \(Figure.text(rates[1], 0))/s, "
          + "plain processes \(Figure.text(rates[2], 0))/s")
    }
    table.add(
      "draining \(jobs) sandboxed jobs, share of bare bwrap's rate", ratio.median, "", digits: 2, bar: .atLeast(0.75),
      note: "median of \(rounds), \(ratio.spread(digits: 2))")
    table.add("rate: bare bwrap, 2 threads", bare.median, "/s", digits: 0, note: bare.spread(digits: 0))
    table.add("rate: bobbin, sandbox, 2 slots", own.median, "/s", digits: 0, note: own.spread(digits: 0))
    table.add("rate: bare loop of processes", plain.median, "/s", digits: 0, note: plain.spread(digits: 0))
  }

  private func bareLoop() throws -> Int64 {
    let path = ground.newPath("bare")
    for name in ["work", "out"] { try FileSystem.makeFolders(path: path + "/" + name) }
    let bare = try BareSandbox(
      work: (Folder(path: path + "/work"), path + "/work"), result: (Folder(path: path + "/out"), path + "/out"))
    ground.calm()
    // The files are open as long as somebody holds them.
    return try withExtendedLifetime(bare) {
      try BareLoop.run(
        ["/usr/bin/bwrap"] + bare.options + ["--", "/bin/true"], times: jobs, threads: Self.slots,
        files: bare.files.map { "/proc/self/fd/\($0.number)" }, from: BareSandbox.firstNumber
      ).wall
    }
  }

  private func drain() throws -> Int64 {
    let spool = try bobbin.makeSpool(ground.newPath("sandboxed"))
    try spool.drop(jobs, Self.job)
    try ground.sync()
    ground.calm()
    let end = try Child([bobbin.path, "run", "--spool", spool.path, "--drain", "--slots", "\(Self.slots)"]).success()
    guard try spool.doneCount == jobs else { throw BenchError.waitedInVain("\(jobs) results") }
    return end.wall
  }
}
