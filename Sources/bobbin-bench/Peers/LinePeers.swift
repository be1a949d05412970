/// `xargs -P`: one job a line of its input, nothing is kept.
struct XargsPeer: Peer {
  let name = "`xargs -P2`"
  let program: String?
  let jobs: Int
  let remark = "keeps nothing"
  let depths = [1000, 100_000]
  let depthRemark = "reads its input as it goes"

  var missing: String? { program == nil ? "xargs" : nil }
  // -I with a word that does not occur: one line a run, and no argument.
  private var start: String { "exec \(program ?? "") -P2 -I{}" }

  func drain(_ jobs: Int, in place: PeerPlace) throws -> Drain {
    try place.lines("lines", jobs) { "\($0)" }
    return try place.drain(jobs) { try place.run("\(start) /bin/true < lines") }
  }

  func latency(_ drops: Int, in place: PeerPlace) throws -> Sample {
    try feed(drops, "\(start) /bin/date +%s%N", place)
  }

  func memory(waiting: Int, in place: PeerPlace) throws -> Double {
    try hold(waiting, "\(start) /bin/sleep 1000", place)
  }
}

/// GNU parallel: the same with more care for each job.
struct ParallelPeer: Peer {
  let name = "GNU parallel, `-j2`"
  let program: String?
  let jobs = 1000
  let remark = "keeps nothing; a shell a job"
  let depths = [1000, 100_000]
  let depthRemark = "reads its input as it goes"

  var missing: String? { program == nil ? "parallel (apt: parallel)" : nil }
  // -N0: one line a job, and no argument.
  private var start: String { "exec \(program ?? "") --will-cite -j2 -N0" }

  func drain(_ jobs: Int, in place: PeerPlace) throws -> Drain {
    try place.lines("lines", jobs) { "\($0)" }
    return try place.drain(jobs) { try place.run("\(start) /bin/true < lines") }
  }

  func latency(_ drops: Int, in place: PeerPlace) throws -> Sample {
    // -u: else it shows what a job printed when it has read a further line.
    try feed(drops, "\(start) -u /bin/date +%s%N", place)
  }

  func memory(waiting: Int, in place: PeerPlace) throws -> Double {
    try hold(waiting, "\(start) /bin/sleep 1000", place)
  }
}

extension Peer {
  /// Of a tool that takes one job a line.
  fileprivate func feed(_ drops: Int, _ script: String, _ place: PeerPlace) throws -> Sample {
    let feed = try LineFeed(place)
    let tool = try place.start("\(script) < feed > starts")
    // The first one waits for the start of the tool.
    _ = try feed.hand("1")
    let sample = try place.latency(drops) { try feed.hand("1") }
    tool.signal(15)
    _ = try tool.end()
    return sample
  }

  fileprivate func hold(_ waiting: Int, _ script: String, _ place: PeerPlace) throws -> Double {
    // Two of them run.
    try place.lines("lines", waiting + 2) { "\($0)" }
    _ = try place.start("\(script) < lines")
    try Family.settle(sleepers: 2)
    return Family.memory()
  }
}
