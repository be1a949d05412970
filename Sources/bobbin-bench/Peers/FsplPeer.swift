import Platform

/// filespooler: a file a job, of one command; a call runs all that wait and ends.
struct FsplPeer: Peer {
  let name = "filespooler"
  let program: String?
  let jobs = 300
  let remark = "one at a time; keeps nothing"
  let depths = [1000, 100_000]
  let depthRemark = "copies of one packet, in the order of their times"

  var missing: String? { program == nil ? "fspl (apt: filespooler)" : nil }
  private var fspl: String { program ?? "" }
  private var queue: String { "\(fspl) prepare -s sent | \(fspl) queue-write -q queue" }

  func drain(_ jobs: Int, in place: PeerPlace) throws -> Drain {
    try place.run("\(fspl) queue-init -q queue")
    let queueing = try place.repeat(jobs, queue)
    return try place.drain(jobs, queueing: queueing) {
      try place.run("exec \(fspl) -l ERROR queue-process -q queue /bin/true")
    }
  }

  func latency(_ drops: Int, in place: PeerPlace) throws -> Sample {
    try place.run("\(fspl) queue-init -q queue")
    return try place.latency(drops) {
      try DateJob.first(
        try place.output("\(queue) && exec \(fspl) -l ERROR queue-process -q queue /bin/date -- +%s%N"))
    }
  }

  func memory(waiting: Int, in place: PeerPlace) throws -> Double {
    try place.run("\(fspl) queue-init -q queue && \(fspl) prepare -s sent > packet")
    let packet = try place.folder.open("packet").readAll(limit: 65_536)
    let folder = try place.folder.folder("queue").folder("jobs")
    for number in 0...waiting {
      let digits = String(number + 1_000_000_000_000).suffix(12)
      try folder.create("fspl-00000000-0000-4000-8000-\(digits).fspl").write(packet)
    }
    _ = try place.start("exec \(fspl) -l ERROR queue-process --order-by Timestamp -q queue /bin/sleep -- 1000")
    try Family.settle(sleepers: 1)
    return Family.memory()
  }
}
