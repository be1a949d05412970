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
  private var tool: LineTool { LineTool(call: "\(program ?? "") -P2 -I{}") }

  func drain(_ jobs: Int, in place: PeerPlace) throws -> Drain { try tool.drain(jobs, in: place) }
  func latency(_ drops: Int, in place: PeerPlace) throws -> Sample { try tool.latency(drops, in: place) }
  func memory(waiting: Int, in place: PeerPlace) throws -> Double { try tool.memory(waiting: waiting, in: place) }
}
