/// nq: every job that waits is a process which waits for the locks of those before it.
struct NqPeer: Peer {
  let name = "nq"
  let program: String?
  let jobs = 500
  let remark = "one at a time, each looks at all before it; keeps what a job printed, without a sync"
  let depths = [1000]
  let depthRemark = "more left out: a process a job"

  var missing: String? { program == nil ? "nq (apt: nq)" : nil }
  private var nq: String { "export NQDIR=queue; \(program ?? "")" }

  func drain(_ jobs: Int, in place: PeerPlace) throws -> Drain {
    let gate = try Gate(place)
    try place.run("\(nq) -q \(gate.quoted)")
    let queueing = try place.repeat(jobs - 1, "\(program ?? "") -q /bin/true", before: "export NQDIR=queue")
    let last = try place.output("\(nq) /bin/true")
    return try place.drain(jobs, queueing: queueing) {
      try gate.open()
      try place.run("\(nq) -w '\(last)'")
    }
  }

  func latency(_ drops: Int, in place: PeerPlace) throws -> Sample {
    try place.latency(drops) {
      let job = try place.output("\(nq) /bin/date +%s%N")
      try place.run("\(nq) -w '\(job)'")
      return try DateJob.first(ProcFacts.text("\(place.path)/queue/\(job)"))
    }
  }

  func memory(waiting: Int, in place: PeerPlace) throws -> Double {
    try place.run("\(nq) -q /bin/sleep 1000")
    _ = try place.repeat(waiting, "\(program ?? "") -q /bin/true", before: "export NQDIR=queue")
    try Family.settle(sleepers: 1)
    return Family.memory()
  }
}
