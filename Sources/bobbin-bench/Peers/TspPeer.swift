/// task-spooler: a daemon that lets one process a job go when its turn comes.
struct TspPeer: Peer {
  let name = "task-spooler, 2 slots"
  let program: String?
  let jobs = 500
  let remark = "keeps what a job printed, its state in memory"
  let depths = [900]
  let depthRemark = "more left out: a process and a connection a job, of which its daemon has 1,000 at most"

  var missing: String? { program == nil ? "tsp (apt: task-spooler)" : nil }
  private var tsp: String { program ?? "" }
  private let setting = "export TS_SOCKET=\"$PWD/socket\" TMPDIR=\"$PWD\" TS_SLOTS=2\n"

  func drain(_ jobs: Int, in place: PeerPlace) throws -> Drain {
    let gate = try Gate(place)
    for _ in 1...2 { try place.run("\(setting)\(tsp) \(gate.quoted)") }
    let queueing = try place.repeat(jobs, "\(tsp) /bin/true", before: setting)
    return try place.drain(jobs, queueing: queueing) {
      try gate.open()
      try place.run("\(setting)\(tsp) -w")
    }
  }

  func latency(_ drops: Int, in place: PeerPlace) throws -> Sample {
    // The first call starts the daemon.
    try place.run("\(setting)\(tsp) -n /bin/true")
    return try place.latency(drops) {
      // Of a job that has not started -c knows no file.
      let job = try place.output("\(setting)exec \(tsp) /bin/date +%s%N")
      return try DateJob.first(try place.output("\(setting)\(tsp) -w \(job) && exec \(tsp) -c \(job)"))
    }
  }

  func memory(waiting: Int, in place: PeerPlace) throws -> Double {
    for _ in 1...2 { try place.run("\(setting)\(tsp) /bin/sleep 1000") }
    _ = try place.repeat(waiting, "\(tsp) /bin/true", before: setting)
    try Family.settle(sleepers: 2)
    return Family.memory()
  }
}
