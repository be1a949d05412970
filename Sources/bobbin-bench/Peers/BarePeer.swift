/// The loop of posix_spawn(3) and waitpid(2): what the others are held against. Against itself it tells the noise.
struct BarePeer: Peer {
  let name = "bare loop in C, 2 threads"
  let jobs: Int
  let missing: String? = nil
  let remark = "no queue, nothing is kept; 1 but for the noise"
  let depths: [Int] = []

  func drain(_ jobs: Int, in place: PeerPlace) throws -> Drain {
    let (wall, processor) = try BareLoop.run(["/bin/true"], times: jobs, threads: 2)
    return Drain(jobs: jobs, wall: wall, processor: processor, queueing: nil)
  }

  func latency(_ drops: Int, in place: PeerPlace) throws -> Sample {
    var sample = Sample()
    for _ in 0..<drops { sample.add(try DateJob.bare()) }
    return sample
  }

  func memory(waiting: Int, in place: PeerPlace) throws -> Double { .nan }
}
