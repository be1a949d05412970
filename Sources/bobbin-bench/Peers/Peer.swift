/// A tool that runs jobs which wait for it, used as its manual says. Whatever it starts is over when a call returns.
protocol Peer {
  /// As the table calls it.
  var name: String { get }
  /// What it needs and this machine lacks.
  var missing: String? { get }
  /// Jobs of a round: enough to take some seconds, few enough not to take minutes.
  var jobs: Int { get }
  /// What a reader must know to compare it.
  var remark: String { get }
  /// Drops of a round, of as many as were asked for.
  func drops(of asked: Int) -> Int
  /// How many jobs wait when its memory is looked at.
  var depths: [Int] { get }
  /// Why there are no more of them.
  var depthRemark: String { get }

  /// Runs /bin/true that often, two at a time where it can. All jobs are there before the first one starts.
  func drain(_ jobs: Int, in place: PeerPlace) throws -> Drain
  /// From handing a job over to its start, with nothing else to do, ms.
  func latency(_ drops: Int, in place: PeerPlace) throws -> Sample
  /// What all its processes take, jobs apart, while its slots are busy and this many wait, bytes.
  func memory(waiting: Int, in place: PeerPlace) throws -> Double
}

extension Peer {
  func drops(of asked: Int) -> Int { asked }
  var depthRemark: String { "" }
}

/// How jobs of one round went.
struct Drain {
  let jobs: Int
  /// From letting them go to the end of the last one, ns.
  let wall: Int64
  /// Processor time of the tool and of the jobs meanwhile, ns.
  let processor: Int64
  /// How long queueing them took before; nil where that is no work of the tool, ns.
  let queueing: Int64?

  var rate: Double { Double(jobs) / (Double(wall) / 1e9) }
}
