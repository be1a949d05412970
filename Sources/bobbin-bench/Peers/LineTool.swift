/// A tool that takes one job a line of its input, which all run one command, as two peers do.
struct LineTool {
  /// All of the call but the command.
  let call: String

  func drain(_ jobs: Int, in place: PeerPlace) throws -> Drain {
    try place.lines("lines", jobs) { "\($0)" }
    return try place.drain(jobs) { try place.run("exec \(call) /bin/true < lines") }
  }

  func latency(_ drops: Int, in place: PeerPlace) throws -> Sample {
    let feed = try LineFeed(place)
    let tool = try place.start("exec \(call) /bin/date +%s%N < feed > starts")
    // The first one waits for the start of the tool.
    _ = try feed.hand("1")
    let sample = try place.latency(drops) { try feed.hand("1") }
    tool.signal(15)
    _ = try tool.end()
    return sample
  }

  func memory(waiting: Int, in place: PeerPlace) throws -> Double {
    // Two of them run.
    try place.lines("lines", waiting + 2) { "\($0)" }
    _ = try place.start("exec \(call) /bin/sleep 1000 < lines")
    try Family.settle(sleepers: 2)
    return Family.memory()
  }
}
