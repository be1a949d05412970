import Jobs
import Platform

/// One call of one scenario that goes wrong: the spool is made, the command meets the fault, a fresh runner puts it in order, and
/// the folders are looked at. Everything of it lies in one folder.
struct StepCase: Sendable {
  let scenario: StepScenario
  let fault: CallFault
  /// Which call of its kinds.
  let number: Int
  let bobbin: String
  /// `CFault`, to be loaded before libc.
  let library: String

  /// How long a runner may take for what needs some hundredths of a second, ns: a fault that comes once is over soon, and what
  /// is tried again is within a second or some.
  private static let patience: Int64 = 60_000_000_000

  struct Outcome: Sendable {
    /// There was such a call.
    var fired = false
    var findings: [Finding] = []
  }

  /// - Parameter ground: an empty folder.
  func run(in ground: Folder) throws -> Outcome {
    let path = ground.path + "/spool"
    try make(path, ground)
    let output = try ground.create("out")
    let pid = try start(scenario.words, path, ground, output: output, faulty: true)
    let end = Children.wait(for: pid, atMost: Self.patience)
    var outcome = try Outcome(fired: ground.has("fired"))
    if end == nil {
      let what = "the command goes on after \(fault.plan(at: number)); its log ends with\n\(Self.lastWords(in: ground))"
      kill(pid, &outcome, what)
    }
    if case .signalled(let signal)? = end, signal != SignalNumber.kill || fault.what != "kill" {
      outcome.findings.append(Finding(.notRecovered, "the command ended by signal \(signal)"))
    }
    guard outcome.fired else { return outcome }
    var check = StepCheck(scenario: scenario, fault, spool: try Folder(path: path))
    // Whoever lives to its end runs nothing twice, whatever it is refused (DESIGN §3 "Settle").
    if fault.what != "kill", case .exited(0...1)? = end { check.isFirstOwn = true }
    if scenario.words.first == "submit" {
      let text = String(decoding: try ground.open("out").readAll(limit: 1 << 20), as: UTF8.self)
      check.submitted = text.split(separator: "\n").map(String.init).filter { $0.hasPrefix("job-") }
      if end == .exited(0), check.submitted.count != scenario.lines {
        outcome.findings.append(Finding(.jobLost, "submit said that all is well of \(check.submitted)"))
      }
    }
    outcome.findings += try check.midway()
    let next = try start(["run", "--drain"], path, ground, output: try ground.create("next"), faulty: false)
    switch Children.wait(for: next, atMost: Self.patience) {
    case .exited(0)?, .exited(1)?: break
    case nil: kill(next, &outcome, "the next runner goes on")
    case let end?: outcome.findings.append(Finding(.notRecovered, "the next runner's end: \(end)"))
    }
    outcome.findings += try check.atEnd(in: ground)
    return outcome
  }

  /// How many calls of these kinds the command makes when nothing goes wrong.
  func countCalls(in ground: Folder) throws -> Int {
    let path = ground.path + "/spool"
    try make(path, ground)
    let pid = try start(scenario.words, path, ground, output: try ground.create("out"), faulty: true)
    let end = Children.wait(for: pid, atMost: Self.patience)
    guard case .exited(0...1)? = end else {
      ProcessTable.signalChild(pid, SignalNumber.kill)
      let command = "'bobbin \(scenario.words.joined(separator: " "))' of '\(scenario.name)'"
      let how = end.map { "ends as \($0)" } ?? "does not end"
      throw TortureError.machine("\(command) \(how) without a fault; its log ends with\n\(Self.lastWords(in: ground))")
    }
    let text = try ground.has("count") ? ground.open("count").readAll(limit: 100) : []
    return Int(String(decoding: text, as: UTF8.self)) ?? 0
  }

  /// For what nobody can look at any more.
  private static func lastWords(in ground: Folder) -> String {
    let log =
      (try? FileSystem.openForReading(path: ground.path + "/spool/logs/bobbin.log").readAll(limit: 1 << 20)) ?? []
    return String(decoding: log.suffix(2000), as: UTF8.self)
  }

  private func kill(_ pid: Int32, _ outcome: inout Outcome, _ what: String) {
    ProcessTable.signalChild(pid, SignalNumber.kill)
    _ = Children.wait(for: pid)
    outcome.findings.append(Finding(.notRecovered, what))
  }

  func make(_ path: String, _ ground: Folder) throws {
    let pid = try start(["init"], path, ground, output: nil, faulty: false)
    guard Children.wait(for: pid) == .exited(0) else { throw TortureError.machine("'\(bobbin) init' does not work") }
    try FileSystem.makeFolders(path: ground.path + "/told")
    for (name, text) in [("settings.json", StepScenario.settings)] + scenario.files {
      let file = path + "/" + name
      try FileSystem.makeFolders(path: String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)]))
      if file.hasSuffix("/") { continue }
      let place = file.lastIndex(of: "/").map { file.index(after: $0) } ?? file.startIndex
      let folder = try Folder(path: String(file[..<place]))
      let own = String(file[place...])
      if try folder.has(own) { try folder.remove(own) }
      try folder.create(own).write(Array(StepCheck.filled(text, spool: path).utf8))
    }
    if scenario.runsBefore > 0 { try cutShort(path, ground) }
  }

  /// A runner before, which is killed when so many jobs run: what it left is the command's to put in order.
  private func cutShort(_ path: String, _ ground: Folder) throws {
    let pid = try start(["run"], path, ground, output: nil, faulty: false)
    var patience = Patience(nanoseconds: Self.patience)
    func running() throws -> Int {
      guard try ground.has("trace") else { return 0 }
      return try ground.open("trace").readAll(limit: 1 << 20).count { $0 == UInt8(ascii: "\n") }
    }
    while try running() < scenario.runsBefore, !patience.isOver() { Clock.wait(nanoseconds: 5_000_000) }
    ProcessTable.signalChild(pid, SignalNumber.kill)
    _ = Children.wait(for: pid)
    guard try running() == scenario.runsBefore else {
      throw TortureError.machine("the runner before '\(scenario.name)' does not start its jobs")
    }
  }

  private func start(
    _ words: [String], _ spool: String, _ ground: Folder, output: Descriptor?, faulty: Bool
  ) throws -> Int32 {
    let null = try FileSystem.openNull()
    var environment = [
      "PATH=\(Machine.environment("PATH") ?? "/usr/bin:/bin")", "HOME=\(ground.path)", "SWIFT_BACKTRACE=enable=no",
    ]
    if faulty {
      environment += [
        "LD_PRELOAD=\(library)", "BOBBIN_CALL_FAULT=\(fault.plan(at: number))",
        "BOBBIN_CALL_FIRED=\(ground.path)/fired", "BOBBIN_CALL_COUNT=\(ground.path)/count",
      ]
    }
    let arguments = words.first == "init" ? [bobbin, "init", spool] : [bobbin] + words + ["--spool", spool]
    let program = Program(paths: [bobbin], arguments: arguments, environment: environment)
    let input = scenario.input.isEmpty ? null : try FileSystem.memoryFile(Array(scenario.input.utf8))
    return try program.start(input: input, output: output ?? null, error: try ground.append("errors"))
  }
}
