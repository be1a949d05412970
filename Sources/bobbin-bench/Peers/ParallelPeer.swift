/// GNU parallel: one job a line of its input, with more care for each than xargs takes.
struct ParallelPeer: Peer {
  let name = "GNU parallel, `-j2`"
  let program: String?
  let jobs = 1000
  let remark = "keeps nothing; a shell a job"
  let depths = [1000, 100_000]
  let depthRemark = "reads its input as it goes"

  var missing: String? { program == nil ? "parallel (apt: parallel)" : nil }
  // -N0: one line a job, and no argument.
  private var tool: LineTool { LineTool(call: call) }
  private var call: String { "\(program ?? "") --will-cite -j2 -N0" }

  func drain(_ jobs: Int, in place: PeerPlace) throws -> Drain { try tool.drain(jobs, in: place) }

  func latency(_ drops: Int, in place: PeerPlace) throws -> Sample {
    // -u: else it shows what a job printed when it has read a further line.
    try LineTool(call: call + " -u").latency(drops, in: place)
  }

  func memory(waiting: Int, in place: PeerPlace) throws -> Double { try tool.memory(waiting: waiting, in: place) }
}
