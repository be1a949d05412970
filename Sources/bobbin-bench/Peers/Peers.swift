import Platform

/// Bobbin beside the tools that somebody else would take: rate, latency, cost and memory, all in turns in one run.
struct Peers {
  /// Long enough to tell the machine's pace of the moment.
  private static let loopJobs = 2000

  /// All rounds of one.
  private struct Figures {
    let peer: any Peer
    var ratio = Sample()
    var rate = Sample()
    /// CPU a job, µs.
    var processor = Sample()
    var queueing = Sample()
    var latency = Sample()
    var memory: [(waiting: Int, bytes: Double)] = []
  }

  private let bobbin: Bobbin
  private let ground: Ground
  private let options: BenchOptions
  private let peers: [any Peer]

  init(_ bobbin: Bobbin, _ ground: Ground, _ options: BenchOptions) {
    (self.bobbin, self.ground, self.options) = (bobbin, ground, options)
    let programs = PeerPrograms(options)
    let depths = [1000, 100_000] + (options.isMillion ? [1_000_000] : [])
    peers = [
      BarePeer(jobs: options.jobs),
      XargsPeer(program: programs.path("xargs"), jobs: options.jobs),
      ParallelPeer(program: programs.path("parallel")),
      NqPeer(program: programs.path("nq")),
      TspPeer(program: programs.path("tsp")),
      FsplPeer(program: programs.path("fspl")),
      DirqPeer(python: programs.python(with: "dirq")),
      CeleryPeer(python: programs.python(with: "celery"), celery: programs.path("celery")),
      BobbinPeer(isRelaxed: false, jobs: options.jobs, depths: depths),
      BobbinPeer(isRelaxed: true, jobs: options.jobs, depths: []),
    ]
  }

  func measure(into table: inout Table) throws {
    try Family.adopt()
    var figures = peers.filter { $0.missing == nil }.map { Figures(peer: $0) }
    for round in 0..<options.rounds {
      ground.calm()
      // Another one first each time.
      for index in figures.indices.map({ ($0 + round) % figures.count }) { try measure(&figures[index], round) }
    }
    for index in figures.indices {
      let peer = figures[index].peer
      for waiting in peer.depths {
        Bench.say("\(peer.name): \(Figure.text(Double(waiting), 0)) waiting")
        let bytes = try peer.memory(waiting: waiting, in: try PeerPlace(bobbin, ground, "\(type(of: peer))"))
        try Family.end()
        figures[index].memory.append((waiting, bytes))
      }
    }
    for figure in figures { report(figure, &table) }
    for peer in peers {
      guard let missing = peer.missing else { continue }
      table.add(peer.name, .nan, "", digits: 0, note: "skipped: \(missing) is not here")
    }
  }

  private func measure(_ figure: inout Figures, _ round: Int) throws {
    let peer = figure.peer
    let loop = try BareLoop.run(["/bin/true"], times: Self.loopJobs, threads: 2)
    let loopRate = Double(Self.loopJobs) / (Double(loop.wall) / 1e9)
    let drain = try peer.drain(peer.jobs, in: try PeerPlace(bobbin, ground, "\(type(of: peer))"))
    try Family.end()
    figure.ratio.add(drain.rate / loopRate)
    figure.rate.add(drain.rate)
    figure.processor.add(Double(drain.processor) / Double(drain.jobs) / 1000)
    if let queueing = drain.queueing { figure.queueing.add(Double(drain.jobs) / (Double(queueing) / 1e9)) }
    let drops = peer.drops(of: options.pairs)
    for value in try peer.latency(drops, in: try PeerPlace(bobbin, ground, "\(type(of: peer))")).values {
      figure.latency.add(value)
    }
    try Family.end()
    Bench.say(
      "round \(round + 1), \(peer.name): \(Figure.text(drain.rate, 0))/s, loop \(Figure.text(loopRate, 0))/s, start after "
        + "\(Figure.text(figure.latency.median, 2)) ms")
  }

  private func report(_ figure: Figures, _ table: inout Table) {
    let peer = figure.peer
    let queued = figure.queueing.values.isEmpty ? "" : "; queued at \(Figure.text(figure.queueing.median, 0))/s"
    table.add(
      "\(peer.name): share of the loop's rate", figure.ratio.median, "", digits: 2,
      note:
        "median of \(options.rounds), \(figure.ratio.spread(digits: 2)); \(Figure.text(figure.rate.median, 0))/s of "
        + "\(Figure.text(Double(peer.jobs), 0)) jobs, \(figure.rate.spread(digits: 0))\(queued); \(peer.remark)")
    table.add(
      "– CPU a job", figure.processor.median, " µs", digits: 0,
      note: "of all its processes and the job's, \(figure.processor.spread(digits: 0))")
    table.add(
      "– handed over to start, p50", figure.latency.median, " ms", digits: 2,
      note: "p95 \(Figure.text(figure.latency.percentile(95), 2)) ms of \(figure.latency.values.count)")
    for (waiting, bytes) in figure.memory {
      table.add(
        "– memory, \(Figure.text(Double(waiting), 0)) wait", bytes / 1_048_576, " MiB", digits: 1,
        note: peer.depthRemark)
    }
  }
}
