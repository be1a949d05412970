import Platform

/// Whether anything grows in a runner that lives long: very many jobs of every kind by one of them, and what it holds whenever
/// it has come to rest.
struct Leaks {
  /// A runner at rest.
  private struct Station {
    let jobs: Int
    let descriptors: Int
    let threads: Int
    let processes: Int
    let resident: Double
    /// Names in `processing/` and below, and hidden ones elsewhere.
    let files: Int
    let containers: Int
  }

  private static let slots = 8
  private static let stations = 10

  let bobbin: Bobbin
  let ground: Ground
  private let perStation: Int
  private let engines: [BareEngine]

  init(_ bobbin: Bobbin, _ ground: Ground, _ options: BenchOptions) throws {
    (self.bobbin, self.ground) = (bobbin, ground)
    perStation = options.jobs * 2
    engines = try BareEngine.all(options)
  }

  func measure(into table: inout Table) throws {
    let spool = try bobbin.makeSpool(ground.newPath("leaks"))
    let runner = try bobbin.run(spool, slots: Self.slots)
    let begin = Clock.continuous()
    var stations: [Station] = []
    for _ in 0..<Self.stations {
      let jobs = (stations.last?.jobs ?? 0) + perStation
      for number in (stations.last?.jobs ?? 0)..<jobs { try drop(number, in: spool) }
      try wait("\(jobs) jobs", seconds: 3600, every: 200_000_000) { try Self.isAtRest(spool) }
      _ = try runner.untilQuiet()
      let station = try station(jobs, runner, spool)
      stations.append(station)
      Bench.say(
        "\(jobs) jobs: \(station.descriptors) descriptors, \(station.threads) threads, \(station.processes) processes, "
          + "\(Figure.text(station.resident, 1)) MiB, \(station.files) files, \(station.containers) containers")
    }
    let seconds = Double(Clock.continuous() - begin) / 1e9
    try bobbin.stop(runner)
    report(stations, seconds, try Self.ends(spool), &table)
  }

  /// One by one, as people do. What fails does so on purpose: one in a hundred each.
  private func drop(_ number: Int, in spool: BenchSpool) throws {
    let name = "j\(10_000_000 + number).json"
    try spool.root.create(".\(name)").write(Array(job(number).utf8))
    try spool.root.move(".\(name)", to: spool.inbox, as: name)
  }

  private func job(_ number: Int) -> String {
    if number % 1000 == 500, !engines.isEmpty {
      return #"{"run":["true"],\#(engines[number / 1000 % engines.count].job)}"#
    }
    return switch number % 100 {
    case 5: #"{"run":["/bin/true"],"runtime":"sandbox"}"#
    case 15: #"{"run":["/bin/sleep","1"],"timeout":"20ms","grace":"20ms"}"#
    case 25: #"{"run":"echo out; echo err >&2; touch left; echo 1 > $BOBBIN_RESULT"}"#
    case 35: #"{"run":["/bin/false"],"retry":{"attempts":2,"delay":"10ms"}}"#
    case 45: #"{"run":"(setsid sleep 0.02 &)"}"#
    case 55: #"{"run":"head -c 100000 /dev/zero"}"#
    case 65: #"{"run":["/no/such/program"]}"#
    case 75: #"{"run":5}"#
    case 85: #"{"run":["/bin/true"],"group":"g\#(number / 100 % 5)","key":"k\#(number)"}"#
    case 95: #"{"run":["/bin/cat"],"stdin":"in","after":["j\#(10_000_000 + number - 1)"]}"#
    default: BenchSpool.trueJob
    }
  }

  private static func isAtRest(_ spool: BenchSpool) throws -> Bool {
    for place in ["inbox", "deferred", "processing"] {
      var isEmpty = true
      try spool.root.folder(place).forEachName { name, isFolder in
        if name.first != UInt8(ascii: "."), isFolder != true { isEmpty = false }
      }
      if !isEmpty { return false }
    }
    return true
  }

  private func station(_ jobs: Int, _ runner: Child, _ spool: BenchSpool) throws -> Station {
    let process = try Folder(path: "/proc/\(runner.pid)")
    // Each thread has its own: those of a slot's thread are not the main thread's.
    let children = try process.folder("task").names().reduce(0) { count, thread in
      count + ProcFacts.text("/proc/\(runner.pid)/task/\(thread)/children").split(separator: " ").count
    }
    var files = try Self.names(below: spool.root.folder("processing")) { _ in true }
    for place in ["inbox", "deferred", "done", "errors", "state", "outbox"] {
      files += try Self.names(below: spool.root.folder(place)) { $0.first == UInt8(ascii: ".") }
    }
    return Station(
      jobs: jobs, descriptors: try process.folder("fd").names().count,
      threads: try process.folder("task").names().count, processes: children,
      resident: ProcFacts.memory("VmRSS", of: runner.pid) / 1_048_576, files: files,
      containers: try engines.reduce(0) { try $0 + $1.containers(of: spool, ground) })
  }

  private static func names(below folder: Folder, where counts: ([UInt8]) -> Bool) throws -> Int {
    var count = 0
    var folders: [String] = []
    try folder.forEachName { name, isFolder in
      if counts(Array(name)) { count += 1 }
      if isFolder == true, let text = String(validating: name, as: UTF8.self) { folders.append(text) }
    }
    return try folders.reduce(count) { try $0 + names(below: folder.folder($1), where: counts) }
  }

  private static func ends(_ spool: BenchSpool) throws -> (done: Int, errors: Int) {
    var errors = 0
    try spool.root.folder("errors").forEachName { name, _ in
      if name.suffix(12).elementsEqual(".result.json".utf8) { errors += 1 }
    }
    return (try spool.doneCount, errors)
  }

  private func report(
    _ stations: [Station], _ seconds: Double, _ ends: (done: Int, errors: Int), _ table: inout Table
  ) {
    guard let first = stations.first, let last = stations.last else { return }
    let what = "\(Figure.text(Double(last.jobs), 0)) jobs by one runner"
    func row(_ name: String, _ unit: String, _ digits: Int, _ most: Double, _ value: (Station) -> Double) {
      table.add(
        "\(what): \(name) more than after \(Figure.text(Double(first.jobs), 0))", value(last) - value(first), unit,
        digits: digits, bar: .atMost(most),
        note: "after each tenth: " + stations.map { Figure.text(value($0), digits) }.joined(separator: ", "))
    }
    // One place to run in more or less, of the eight that are used again, is two names and two descriptors.
    row("descriptors", "", 0, 4) { Double($0.descriptors) }
    row("threads", "", 0, 0) { Double($0.threads) }
    row("children", "", 0, 0) { Double($0.processes) }
    row("temporary files", "", 0, 4) { Double($0.files) }
    if !engines.isEmpty { row("containers", "", 0, 0) { Double($0.containers) } }
    // What an allocator keeps for its threads goes up and down by as much.
    row("resident", " MiB", 1, 2, \.resident)
    table.add(
      "– that many results", Double(ends.done + ends.errors), "", digits: 0, bar: .atLeast(Double(last.jobs)),
      note: "\(Figure.text(Double(ends.done), 0)) in `done`, \(Figure.text(Double(ends.errors), 0)) in `errors`; in "
        + "\(Figure.text(seconds, 0)) s with \(Self.slots) slots"
        + (engines.isEmpty ? "; no containers" : ""))
  }
}

extension BareEngine {
  /// Containers of a spool that are there, in whatever state.
  fileprivate func containers(of spool: BenchSpool, _ ground: Ground) throws -> Int {
    let status = try spool.root.descriptor.status()
    let identity = String(status.device, radix: 16) + "-" + String(status.inode, radix: 16)
    let name = ground.newPath("list")
    let slash = name.lastIndex(of: "/") ?? name.startIndex
    let above = try Folder(path: String(name[..<slash]))
    let output = try above.create(String(name[name.index(after: slash)...]))
    try Child([program, "ps", "-aq", "--filter", "label=bobbin.spool=\(identity)"], output: output).success()
    return ProcFacts.text(name).split(separator: "\n").count
  }
}
