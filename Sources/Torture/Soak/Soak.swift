import Platform

/// A spool that people use badly while its runner is killed again and again; and what the ledger says at the end.
struct Soak {
  /// What the runner held, now and then.
  private struct Sample {
    let descriptors: Int
    let threads: Int
    let residentKiB: Int
  }

  private let options: SoakOptions

  init(_ options: SoakOptions) { self.options = options }

  /// False: something was found.
  func run() throws -> Bool {
    let work = try Workplace("soak", in: options.folder, inMemory: false)
    let ground = work.path
    let mount = options.disk.map { _ in ground + "/disk" }
    if let mount, let size = options.disk { try SoakMachine.mount(size, at: mount) }
    defer { if let mount { SoakMachine.unmount(mount) } }
    let path = (mount ?? ground) + "/spool"
    guard Children.wait(for: try Actor.start([options.program, "init", path])) == .exited(0) else {
      throw TortureError.machine("'\(options.program) init' does not work")
    }
    let spool = try Folder(path: path)
    try? spool.remove("settings.json")  // there may be none
    try spool.create("settings.json").write(
      Array(
        #"{"slots": \#(options.slots), "quiet": "50ms", "grace": "1s", "minFree": 0, "maxInterruptions": \#(options.maxInterruptions), "scanInterval": "200ms"}"#
          .utf8))
    // On the spool's own file system: mv.
    try FileSystem.makeFolders(path: (mount ?? ground) + "/beside")
    let runtimes = try SoakRuntimes(for: spool, image: options.image)
    var producer = SoakProducer(
      spool, beside: try Folder(path: (mount ?? ground) + "/beside"), ground: ground, isolation: runtimes.choices,
      seed: options.seed)
    var machine = try SoakMachine(work.folder, mount: mount, inbox: spool.folder("inbox"), seed: options.seed)
    let environment = SoakRuntimes.environment + ["BOBBIN_CLOCK=\(ground)/clock"]
    let start = { (more: [String]) in
      try Actor.start([options.program, "run", "--spool", path] + more, environment: environment)
    }
    let samples = try live({ try start([]) }, &producer, &machine)
    try producer.finish()
    let last = try start(["--drain"])
    var findings: [Finding] = []
    switch Children.wait(for: last, atMost: 300_000_000_000) {
    case .exited(0)?, .exited(1)?: break
    case nil:
      ProcessTable.signalChild(last, SignalNumber.kill)
      findings.append(Finding(.notRecovered, "the last drain goes on"))
    case let end?: findings.append(Finding(.notRecovered, "the last drain's end: \(end)"))
    }
    findings += try runtimes.findings()
    let place = work.folder
    let trace = place.has("trace") ? try place.open("trace").readAll(limit: 1 << 28) : []
    let report = try producer.ledger.report(spool, trace: trace, overlap: place.has("overlap"))
    tell(report, producer.ledger, samples, machine, findings + report.findings)
    let isClean = findings.isEmpty && report.findings.isEmpty
    if isClean, mount == nil { work.clear() }
    return isClean
  }

  private func live(
    _ start: () throws -> Int32, _ producer: inout SoakProducer, _ machine: inout SoakMachine
  ) throws -> [Sample] {
    var random = Seeded(options.seed, 3)
    var samples: [Sample] = []
    let end = Clock.continuous() + Int64(options.seconds) * 1_000_000_000
    while Clock.continuous() < end {
      let pid = try start()
      // Exponential: half of them before `killAfter`; each tenth lives long enough to come to rest.
      let uniform = Double.random(in: 0.001..<1, using: &random)
      var wait = Double(options.killAfter) * Self.halvings(uniform)
      if random.once(in: 10) { wait += 3000 }
      let until = Clock.continuous() + Int64(wait * 1e6)
      while Clock.continuous() < min(until, end) {
        producer.act()
        machine.act(on: pid)
        if random.once(in: 100), let sample = Self.sample(pid) { samples.append(sample) }
        Clock.wait(nanoseconds: Int64.random(in: 1_000_000...15_000_000, using: &random))
      }
      // A planned end once in a while.
      ProcessTable.signalChild(pid, random.once(in: 8) ? SignalNumber.terminate : SignalNumber.kill)
      if Children.wait(for: pid, atMost: 30_000_000_000) == nil {
        ProcessTable.signalChild(pid, SignalNumber.kill)
        _ = Children.wait(for: pid)
      }
      producer.noteKill()
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

  private func tell(
    _ report: SoakLedger.Report, _ ledger: SoakLedger, _ samples: [Sample], _ machine: SoakMachine,
    _ findings: [Finding]
  ) {
    let ends = report.ends.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    Terminal.output("\(ledger.drops.count) dropped: \(ends)\n")
    Terminal.output("\(ledger.kills.count) ends of runners, \(report.runs) runs, \(report.repeats) of them again\n")
    let isolated = ledger.drops.values.count { $0.isIsolated }
    Terminal.output("\(isolated) of the drops in isolation, whose runs are not seen\n")
    Terminal.output(
      "the clock was set \(machine.clockSteps) times, the disk full \(machine.fillings) times, "
        + "\(machine.overflows) times there were more notices than are kept\n")
    let most = { (key: KeyPath<Sample, Int>) in samples.map { $0[keyPath: key] }.max() ?? 0 }
    Terminal.output(
      "a runner at most: \(most(\.descriptors)) descriptors, \(most(\.threads)) threads, \(most(\.residentKiB) / 1024) MiB\n"
    )
    for finding in findings.prefix(50) { Terminal.output("\(finding.code.rawValue): \(finding.what)\n") }
    Terminal.output("\(findings.count) findings\n")
  }

  private static func sample(_ pid: Int32) -> Sample? {
    guard let fds = try? Folder(path: "/proc/\(pid)/fd").names().count,
      let status = try? FileSystem.openForReading(path: "/proc/\(pid)/status").readChunk(8192)
    else { return nil }
    func value(_ key: String) -> Int {
      let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(key) }
      return Int(line?.drop { !$0.isNumber }.prefix { $0.isNumber } ?? "") ?? 0
    }
    return Sample(descriptors: fds, threads: value("Threads:"), residentKiB: value("VmRSS:"))
  }
}
