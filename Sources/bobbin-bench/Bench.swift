import Platform

/// The program: what was asked for is measured and the table goes to standard output, what happens meanwhile to standard
/// error. A bar that is not met is a line of the table and no failure.
enum Bench {
  static func run(_ words: [String]) -> Int32 {
    do {
      let options = try BenchOptions(words)
      if options.wantsHelp {
        Terminal.output(BenchOptions.help)
        return 0
      }
      try measure(options)
      return 0
    } catch let error as BenchError {
      Terminal.error("bobbin-bench: \(error)\n")
      if case .usage = error { return 64 }
    } catch { Terminal.error("bobbin-bench: \(error)\n") }
    return 70
  }

  private static func measure(_ options: BenchOptions) throws {
    let bobbin = try Bobbin.besideUs()
    let ground = try Ground(base: options.folder, keeps: options.keeps)
    // Everything is removed at the very end: ext4 makes files several times slower for minutes after many were removed.
    defer { ground.clear() }
    var table = Table()
    let machine = try MachineLine(bobbin, ground)
    Terminal.output(machine.text + "\n\n" + Table.head)
    Family.mark()
    var failure: (any Error)?
    for measurement in options.measurements {
      say("\(measurement.rawValue) …")
      // At once, and whatever becomes of the others: it may have taken an hour.
      defer { Terminal.output(table.newRows()) }
      do { try measure(measurement, bobbin, ground, options, &table) } catch {
        failure = error
        say("\(measurement.rawValue): \(error)")
        // A runner that is left would write while its spool is removed.
        try Family.end()
      }
    }
    if let failure { throw failure }
  }

  private static func measure(
    _ measurement: BenchOptions.Measurement, _ bobbin: Bobbin, _ ground: Ground, _ options: BenchOptions,
    _ table: inout Table
  ) throws {
    switch measurement {
    case .start: try StartTimes(bobbin, ground).measure(into: &table)
    case .latency: try Latency(bobbin, ground).measure(into: &table)
    case .throughput: try Throughput(bobbin, ground, options).measure(into: &table)
    case .peers: try Peers(bobbin, ground, options).measure(into: &table)
    case .submit: try Submits(bobbin: bobbin, ground: ground, rounds: options.rounds).measure(into: &table)
    case .sandbox: try Sandboxes(bobbin, ground, options).measure(into: &table)
    case .image: try ImageSandboxes(bobbin, ground, options).measure(into: &table)
    case .container: try Containers(bobbin, ground, options).measure(into: &table)
    case .kept: try KeptContainers(bobbin, ground, options).measure(into: &table)
    case .tasks:
      try CronTimes(options).measure(into: &table)
      try DueTasks(bobbin, ground, options).measure(into: &table)
      try ManyTasks(bobbin, ground).measure(into: &table)
    case .requests: try Requests(bobbin: bobbin, ground: ground, rounds: options.rounds).measure(into: &table)
    case .idle: try Idle(bobbin, ground).measure(into: &table)
    case .leaks: try Leaks(bobbin, ground, options).measure(into: &table)
    case .grow: try Growth(bobbin: bobbin, ground: ground, options: options).measure(into: &table)
    case .full: try FullDone(bobbin: bobbin, ground: ground, options: options).measure(into: &table)
    case .depth: try Depth(bobbin, ground, options).measure(into: &table)
    }
  }

  /// For a person who waits.
  static func say(_ text: String) { Terminal.error("bobbin-bench: \(text)\n") }
}
