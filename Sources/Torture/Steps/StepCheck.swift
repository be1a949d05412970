import Platform

/// What the folders tell after a call went wrong, and after the next runner. Knows the design's names and nothing of the store.
struct StepCheck {
  let scenario: StepScenario
  let spool: Folder
  /// What may not be read is refused (DESIGN §2), and not tried again.
  let mayRefuse: Bool
  /// The first runner came to its own end.
  var isFirstOwn = false
  /// What `submit` said is accepted, in the order of its lines.
  var submitted: [String] = []

  init(scenario: StepScenario, _ fault: CallFault, spool: Folder) {
    (self.scenario, self.spool) = (scenario, spool)
    mayRefuse = fault.what == "EACCES"
  }

  /// A text of the scenario as it stands in the spool.
  static func filled(_ text: String, spool: String) -> String {
    text.split(separator: "SPOOL", omittingEmptySubsequences: false).joined(separator: spool)
  }

  /// The spool at one moment.
  private struct Seen {
    let volume: Volume
    let jobs: SpoolView
    let messages: SpoolView
    var families: [SpoolView] { [jobs, messages] }
  }

  private func look() throws -> Seen {
    let volume = try Volume(reading: spool, path: "") { Self.isLeftOut($0) }
    return Seen(
      volume: volume, jobs: SpoolView(volume, .jobs, spool: Volume.root),
      messages: SpoolView(volume, .messages, spool: Volume.root))
  }

  private var tasks: TaskCheck {
    var bytes: [String: [UInt8]] = [:]
    for name in scenario.tasks.keys {
      for (path, text) in scenario.files where TaskCheck.homes.contains(where: { path == "\($0)/\(name).json" }) {
        bytes[name] = Array(Self.filled(text, spool: spool.path).utf8)
      }
    }
    return TaskCheck(expected: scenario.tasks, bytes: bytes, mayRefuse: mayRefuse)
  }

  private var requests: RequestCheck {
    let own = scenario.files.filter { $0.path.hasPrefix("ipc/") && $0.path.hasSuffix(".json") }.map {
      (String($0.path.dropFirst(4)), Array(Self.filled($0.text, spool: spool.path).utf8))
    }
    return RequestCheck(
      expected: scenario.requests, bytes: Dictionary(uniqueKeysWithValues: own), mayRefuse: mayRefuse)
  }

  private var deliveries: DeliveryCheck {
    DeliveryCheck(expected: scenario.told, mayRefuse: mayRefuse, isFirstOwn: isFirstOwn)
  }

  /// The folder that channels write in.
  private func told() throws -> Folder { try Folder(path: spool.path + "/../told") }

  private static func isLeftOut(_ path: String) -> Bool {
    path.hasPrefix("logs/") || path.hasPrefix("processing/.") || path.hasPrefix("state/")
  }

  /// What is dropped, by stem: the bytes that are never altered.
  private func dropped(_ family: SpoolView.Family) -> [String: [UInt8]] {
    var dropped: [String: [UInt8]] = [:]
    for (path, text) in scenario.files {
      guard let place = family.homes.first(where: { path.hasPrefix($0 + "/") }), path.hasSuffix(".json"),
        !path.hasSuffix(".result.json")
      else { continue }
      dropped[String(path.dropFirst(place.utf8.count + 1).dropLast(5))] = Array(
        Self.filled(text, spool: spool.path).utf8)
    }
    return dropped
  }

  /// Before any other runner: nothing is lost, nothing doubled, nothing torn where it shows.
  func midway() throws -> [Finding] {
    var findings: [Finding] = []
    let seen = try look()
    for view in seen.families {
      findings += homes(view)
      for (stem, sidecars) in view.sidecars {
        for sidecar in sidecars where view.family.ends.contains(sidecar.place) && !sidecar.content.facts.isFinal {
          findings.append(Finding(.torn, "\(sidecar.place)/\(stem).result.json"))
        }
      }
    }
    if !scenario.tasks.isEmpty { findings += tasks.midway(seen.volume, seen.jobs) }
    findings += requests.midway(seen.volume, seen.jobs, seen.messages)
    return try findings + deliveries.midway(seen.messages, told: told())
  }

  private func homes(_ view: SpoolView) -> [Finding] {
    var findings: [Finding] = []
    for (stem, bytes) in dropped(view.family) {
      let own = view.homes.filter { $0.content.bytes == bytes }
      if own.isEmpty { findings.append(Finding(.jobLost, "\(stem) is nowhere")) }
      if own.count > 1 { findings.append(Finding(.twoHomes, "\(stem) is in \(own.map(\.place))")) }
    }
    if view.family == .jobs { findings += submissions(view) }
    return findings
  }

  /// A job's file without its line breaks.
  private static func line(of home: SpoolView.Home) -> [UInt8] { home.content.bytes.filter { $0 != 0x0A } }

  /// Each line that was accepted is one job of its very bytes; what was made beside them is one of the others.
  private func submissions(_ view: SpoolView) -> [Finding] {
    var findings: [Finding] = []
    let lines = scenario.input.split(separator: "\n").map { Array($0.utf8) }
    for (stem, line) in zip(submitted, lines) {
      guard let home = view.homes.first(where: { $0.stem == stem }) else {
        findings.append(Finding(.jobLost, "\(stem) was submitted and is nowhere"))
        continue
      }
      if Self.line(of: home) != line {
        findings.append(Finding(.torn, "\(stem) is not its line"))
      }
    }
    for line in lines {
      let count = view.homes.count { Self.line(of: $0) == line }
      if count > 1 {
        findings.append(Finding(.twoHomes, "'\(String(decoding: line, as: UTF8.self))' is \(count) jobs"))
      }
    }
    guard !lines.isEmpty else { return findings }
    for home in view.homes where !lines.contains(Self.line(of: home)) {
      findings.append(Finding(.torn, "\(home.place)/\(home.stem).json is no line that was given"))
    }
    return findings
  }

  /// After a runner had the time to put all of it in order.
  func atEnd(in ground: Folder) throws -> [Finding] {
    let trace = try ground.has("trace") ? ground.open("trace").readAll(limit: 1 << 20) : []
    let runs = trace.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    var findings: [Finding] = []
    let seen = try look()
    let untouched = requests.untouched(seen.volume)
    for view in seen.families {
      findings += homes(view)
      for (stem, end) in view.family == .jobs ? scenario.jobs : scenario.messages where !untouched.contains(stem) {
        findings += check(stem, end, view, runs: runs.count { $0 == stem })
      }
      findings += rest(view, stays: scenario.stays.union(untouched))
    }
    if !scenario.tasks.isEmpty { findings += tasks.atEnd(seen.volume, seen.jobs) }
    findings += requests.atEnd(seen.volume, seen.jobs, seen.messages)
    findings += try deliveries.atEnd(seen.messages, told: told(), untouched)
    for name in try ground.names() where name.hasPrefix("lock.") {
      do throws(SystemError) { try ground.open(name).lockExclusively() } catch {
        findings.append(Finding(.ranAgain, "\(name.dropFirst(5)) is alive after its result"))
      }
    }
    // A process that may not be looked at is somebody else's (DESIGN §6): of EACCES nothing is said.
    if try ground.has("overlap"), !mayRefuse {
      findings.append(Finding(.ranAgain, "two runs of a job were alive at the same time"))
    }
    // Those of inbox, tasks and outbox may be of somebody who is about to publish: swept when they are an hour old.
    for place in ["processing", "deferred", "done", "errors"] {
      for name in try spool.folder(place).names() where name.hasPrefix(".") && name.hasSuffix(".new") {
        findings.append(Finding(.notRecovered, "\(place)/\(name) is left"))
      }
    }
    return findings
  }

  private func check(_ stem: String, _ end: StepScenario.End, _ view: SpoolView, runs: Int) -> [Finding] {
    let results = view.sidecars[stem] ?? []
    guard let result = results.first, results.count == 1 else {
      return [Finding(.notRecovered, "\(stem) has results in \(results.map(\.place))")]
    }
    var findings: [Finding] = []
    let status = result.content.facts.status ?? "none"
    if !end.statuses.contains(status), !mayRefuse {
      let reason = String(decoding: result.content.bytes.prefix(400), as: UTF8.self)
      findings.append(Finding(.notRecovered, "\(stem) came to '\(status)': \(reason)"))
    }
    if !view.has(stem, in: result.place) {
      findings.append(Finding(.notRecovered, "\(result.place)/\(stem).json is not beside its result"))
    }
    if let facts = end.runs, !expected(facts).contains(runs) {
      findings.append(Finding(.ranAgain, "\(stem) ran \(runs) times"))
    }
    // What a person cancels is told as that alone.
    if runs > result.content.facts.attempts, status != "cancelled", !mayRefuse {
      findings.append(
        Finding(.historyLost, "\(stem) ran \(runs) times and tells of \(result.content.facts.attempts)"))
    }
    if result.content.facts.id != stem { findings.append(Finding(.torn, "\(stem) has the result of another")) }
    if result.content.facts.attempts < end.attempts, !mayRefuse {
      findings.append(Finding(.historyLost, "\(stem) has \(result.content.facts.attempts) attempts"))
    }
    return findings
  }

  private func expected(_ runs: ClosedRange<Int>) -> ClosedRange<Int> {
    if mayRefuse { return 0...runs.upperBound }
    return isFirstOwn && runs.lowerBound > 0 ? runs.lowerBound...runs.lowerBound : runs
  }

  /// Nothing is left on its way, and everything that ended has a whole result.
  private func rest(_ view: SpoolView, stays: Set<String>) -> [Finding] {
    var findings: [Finding] = []
    for home in view.homes where !view.family.ends.contains(home.place) {
      if view.family == .jobs, home.place == "inbox", stays.contains(home.stem) { continue }
      findings.append(Finding(.notRecovered, "\(home.place)/\(home.stem).json is left"))
    }
    for home in view.homes where view.family.ends.contains(home.place) {
      if view.sidecar(home.stem, in: home.place)?.facts.isFinal != true {
        findings.append(Finding(.notRecovered, "\(home.place)/\(home.stem).json has no result"))
      }
      let known = view.family == .jobs ? scenario.jobs : scenario.messages
      if scenario.made.first == "job-", view.sidecar(home.stem, in: home.place)?.facts.status != "succeeded", !mayRefuse
      {
        findings.append(Finding(.notRecovered, "\(home.stem) was submitted and did not succeed"))
      }
      let isMade = scenario.made.contains { home.stem.hasPrefix($0) } || home.stem.hasPrefix("failed.")
      if known[home.stem] == nil, !isMade {
        findings.append(Finding(.twoHomes, "\(home.place)/\(home.stem).json is nobody's"))
      }
    }
    return findings
  }
}
