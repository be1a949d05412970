import Jobs
import Platform

/// bobbin, whose results are on the disk before they show, or are left to the system to write.
struct BobbinPeer: Peer {
  let isRelaxed: Bool
  let jobs: Int
  let depths: [Int]

  let missing: String? = nil
  var name: String { isRelaxed ? "bobbin, relaxed, 2 slots" : "bobbin, durable, 2 slots" }
  var remark: String { isRelaxed ? "keeps results, without a sync" : "keeps results, synced before they show" }

  private func spool(_ place: PeerPlace) throws -> BenchSpool {
    try place.bobbin.makeSpool(place.path + "/spool", settings: isRelaxed ? #"{"durability":"relaxed"}"# : nil)
  }

  func drain(_ jobs: Int, in place: PeerPlace) throws -> Drain {
    let spool = try spool(place)
    try spool.drop(jobs, BenchSpool.trueJob)
    let drain = try place.drain(jobs) {
      try Child([place.bobbin.path, "run", "--spool", spool.path, "--drain", "--slots", "2"]).success()
    }
    guard try spool.doneCount == jobs else { throw BenchError.waitedInVain("\(jobs) results") }
    return drain
  }

  func latency(_ drops: Int, in place: PeerPlace) throws -> Sample {
    let spool = try spool(place)
    let ways = try Drops(spool, place.ground)
    let runner = try place.bobbin.run(spool)
    var sample = Sample()
    for _ in 0..<drops {
      let trip = try ways.run(DateJob.json)
      sample.add(Double(try DateJob.first(trip.record.stdout?.text ?? "") - trip.dropped) / 1e6)
      ways.pause()
    }
    try place.bobbin.stop(runner)
    return sample
  }

  func memory(waiting: Int, in place: PeerPlace) throws -> Double {
    let spool = try spool(place)
    for number in 1...2 {
      try spool.inbox.create("first-\(number).json").write(Array(#"{"run":["/bin/sleep","1000"],"priority":9}"#.utf8))
    }
    try spool.drop(waiting, BenchSpool.trueJob)
    try place.ground.sync()
    let runner = try place.bobbin.run(spool)
    try RunnerLog(runner, spool).untilRead(waiting, seconds: 900)
    _ = try runner.untilQuiet()
    let memory = Family.memory()
    // The second one does not wait for the jobs.
    runner.signal(SignalNumber.terminate)
    Clock.wait(nanoseconds: 300_000_000)
    try place.bobbin.stop(runner)
    return memory
  }
}
