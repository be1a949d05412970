import Platform

/// A spool that people use badly while its runner is killed again and again; and what the ledger says at the end.
struct Soak {
  struct Outcome {
    let figures: SoakFigures
    let findings: [Finding]
    var isClean: Bool { findings.isEmpty }
  }

  private let options: SoakOptions

  init(_ options: SoakOptions) { self.options = options }

  func run() throws -> Outcome {
    let work = try Workplace("soak", in: options.folder, inMemory: false)
    let ground = work.folder
    let mount = options.disk.map { _ in work.path + "/disk" }
    if let mount, let size = options.disk { try SoakMachine.mount(size, at: mount) }
    defer { if let mount { SoakMachine.unmount(mount) } }
    let spool = try makeSpool(mount ?? work.path)
    // On the spool's own file system: mv.
    try FileSystem.makeFolders(path: (mount ?? work.path) + "/beside")
    let journal = try SoakJournal(in: ground)
    let runtimes = try SoakRuntimes(for: spool, ground: ground, image: options.image)
    var producer = SoakProducer(
      spool, beside: try Folder(path: (mount ?? work.path) + "/beside"), ground: ground, journal: journal,
      isolation: runtimes.choices, seed: options.seed)
    var machine = try SoakMachine(
      ground, mount: mount, inbox: spool.folder("inbox"), journal: journal, seed: options.seed)
    var life = SoakLife(program: options.program, spool: spool.path, ground: ground, journal: journal)
    let history = {
      SoakHistory(try ground.folder(SoakJournal.folderName).open(SoakJournal.name).readAll(limit: 1 << 28))
    }
    let missing = { (figures: SoakFigures, isOver: Bool) in
      figures.missing(
        in: options.seconds, maxInterruptions: options.maxInterruptions, hasDisk: mount != nil,
        hasIsolation: !runtimes.choices.isEmpty, isOver: isOver)
    }
    let samples = try live(&life, &producer, &machine) { producer, machine in
      missing(producer.figures.with(nil, try history(), producer.ledger, machine), false).isEmpty
    }
    try producer.finish()
    var findings: [Finding] = []
    switch try life.drain() {
    case .exited(0)?, .exited(1)?: break
    case nil: findings.append(Finding(.notRecovered, "the last drain goes on"))
    case let end?: findings.append(Finding(.notRecovered, "the last drain's end: \(end)"))
    }
    findings += try runtimes.findings()
    findings += try SoakStrays(spool: spool, ground: ground, widows: producer.widows, retried: producer.retried)
      .findings()
    let all = try history()
    let report = try producer.ledger.report(spool, all, maxInterruptions: options.maxInterruptions)
    findings += report.findings
    let figures = producer.figures.with(report, all, producer.ledger, machine)
    findings += missing(figures, true).map { Finding(.tooLittle, $0) }
    tell(figures, samples, findings)
    if findings.isEmpty {
      // The spool is in a file system that goes now.
      if let mount { SoakMachine.unmount(mount) }
      work.clear()
    } else {
      // What lies on a disk of its own goes with it.
      if let mount {
        _ = Children.wait(for: try Actor.start(["/bin/cp", "-a", mount + "/spool", work.path + "/spool"]))
      }
      Terminal.output("the spool and its journal are in \(work.path)\n")
    }
    return Outcome(figures: figures, findings: findings)
  }

  private func makeSpool(_ place: String) throws -> Folder {
    let path = place + "/spool"
    guard Children.wait(for: try Actor.start([options.program, "init", path])) == .exited(0) else {
      throw TortureError.machine("'\(options.program) init' does not work")
    }
    let spool = try Folder(path: path)
    try? spool.remove("settings.json")  // there may be none
    try spool.create("settings.json").write(
      Array(
        #"{"slots": \#(options.slots), "quiet": "50ms", "grace": "1s", "minFree": 0, "maxInterruptions": \#(options.maxInterruptions), "scanInterval": "200ms", "env": ["SOAK_LIFE"]}"#
          .utf8))
    return spool
  }

  /// - Parameter isEnough: whether enough has come about. On a busy machine it takes longer, at most thrice the time or three
  ///   minutes.
  private func live(
    _ life: inout SoakLife, _ producer: inout SoakProducer, _ machine: inout SoakMachine,
    isEnough: (SoakProducer, SoakMachine) throws -> Bool
  ) throws -> [SoakSample] {
    var random = Seeded(options.seed, 3)
    var samples: [SoakSample] = []
    let start = Clock.continuous()
    var end = start + Int64(options.seconds) * 1_000_000_000
    let latest = start + Int64(max(options.seconds * 3, 180)) * 1_000_000_000
    while true {
      if Clock.continuous() >= end {
        if try end >= latest || isEnough(producer, machine) { break }
        end = min(latest, end + 5_000_000_000)
      }
      let pid = try life.start()
      // Exponential: half of them before `killAfter`; each tenth lives long enough to come to rest.
      let uniform = Double.random(in: 0.001..<1, using: &random)
      var wait = Double(options.killAfter) * Self.halvings(uniform)
      if random.once(in: 10) { wait += 3000 }
      let until = Clock.continuous() + Int64(wait * 1e6)
      while Clock.continuous() < min(until, end) {
        producer.act()
        try machine.act(on: pid)
        if random.once(in: 100), let sample = SoakSample(of: pid) { samples.append(sample) }
        Clock.wait(nanoseconds: Int64.random(in: 1_000_000...15_000_000, using: &random))
      }
      // A planned end once in a while.
      try life.end(pid, isPlanned: random.once(in: 8))
      try producer.witnessEnds()
    }
    try machine.calm()
    return samples
  }

  /// -log2, without libm: by halving until it fits, and a line between.
  private static func halvings(_ uniform: Double) -> Double {
    var (left, count) = (uniform, 0.0)
    while left < 0.5 { (left, count) = (left * 2, count + 1) }
    return count + (1 - left) * 2
  }

  private func tell(_ figures: SoakFigures, _ samples: [SoakSample], _ findings: [Finding]) {
    let most = { (key: KeyPath<SoakSample, Int>) in samples.map { $0[keyPath: key] }.max() ?? 0 }
    Terminal.output(figures.text)
    Terminal.output(
      "a runner at most: \(most(\.descriptors)) descriptors, \(most(\.threads)) threads, \(most(\.residentKiB) / 1024) MiB\n"
    )
    for finding in findings.prefix(50) { Terminal.output("\(finding.code.rawValue): \(finding.what)\n") }
    Terminal.output("\(findings.count) findings\n")
  }
}
