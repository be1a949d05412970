import Jobs
import Platform

/// Plays a history on a spool, as a person and their programs do; every system call of it and of what it starts may be traced.
public struct Actor {
  private let history: History
  private let bobbin: String
  private let ground: Folder
  private let spool: Folder
  /// Where it says, in lines of `told`, `accepted NUMBER` when it knows, `touched STEM` before it does something by which a
  /// result may vanish or a job become another, `stopped SIGNAL` before a runner is; `over` in it ends the play.
  private let notes: Folder?
  private var runner: Int32 = 0

  /// - Parameter bobbin: the program.
  public init(_ history: History, bobbin: String) throws {
    self.history = history
    self.bobbin = bobbin
    ground = try Folder(path: history.ground)
    notes = try history.notes.map { try Folder(path: $0) }
    guard Children.wait(for: try Self.start([bobbin, "init", history.ground + "/spool"])) == .exited(0) else {
      throw TortureError.machine("'bobbin init' does not work in \(history.ground)")
    }
    try ground.makeFolder("desk")
    spool = try ground.folder("spool")
    if try spool.has("settings.json") { try spool.remove("settings.json") }
    let settings = try spool.create("settings.json")
    try settings.write(Array(history.settings.utf8))
    // Of a person who lives in fear of power losses: without it no runner would start after one.
    try settings.sync()
    try spool.descriptor.sync()
    Self.mark("begin")
  }

  public mutating func play() throws {
    try startRunner()
    for step in history.steps where !isOver {
      // Whoever comes too late finds nothing, and goes on.
      do { try take(step) } catch let error as SystemError { if !error.isMissing, !error.isTaken { throw error } }
    }
    wait(seconds: 20) { waiting == 0 || isOver }
    // A search of a spool in which nothing happens finds nothing.
    guard results > 0 || isOver else { throw TortureError.machine("no runner ran in \(history.ground)") }
    try stopRunner(isOver ? SignalNumber.kill : SignalNumber.terminate)
  }

  // MARK: steps

  private mutating func take(_ step: History.Step) throws {
    let inbox = try spool.folder("inbox")
    switch step {
    case .drop(let drop): try take(drop, inbox)
    case .submit(let drops): try submit(drops)
    case .edit(let drop):
      try tell("touched \(drop.stem)")
      try write(drop.bytes, as: ".edit", in: inbox)
      do {
        guard try inbox.has(drop.stem + ".json") else { throw SystemError(call: "rename", code: 2) }
        try inbox.replace(drop.stem + ".json", with: ".edit")
      } catch { try? inbox.remove(".edit") }  // nobody's any more
    case .message(let name, let json):
      try write(Array(json.utf8), as: name, in: ground.folder("desk"))
      try ground.folder("desk").move(name, to: spool.folder("outbox"), as: name + ".json")
    case .task(let name, let due):
      let time = Timestamp(seconds: (Clock.wall() + due * 1_000_000) / 1_000_000_000).text
      let json = #"{"schedule": {"at": "\#(time)"}, "missed": "once", "job": {"run": "true"}}"#
      try write(Array(json.utf8), as: name, in: ground.folder("desk"))
      try ground.folder("desk").move(name, to: spool.folder("tasks"), as: name + ".json")
    case .cancelRun(let stem):
      let processing = try spool.folder("processing")
      if try processing.has(stem + ".json") { _ = try processing.create(stem + ".cancel") }
    case .cancelWaiting(let stem): try move(stem, from: "inbox", to: "errors")
    case .hold(let stem): try move(stem, from: "inbox", to: "held")
    case .release(let stem): try move(stem, from: "held", to: "inbox")
    case .retry(let stem):
      let errors = try spool.folder("errors")
      guard try errors.has(stem + ".result.json") else { return }
      try tell("touched \(stem)")
      try move(stem, from: "errors", to: "inbox")
    case .pause: _ = try spool.append("paused")
    case .resume: try spool.remove("paused")
    case .kill:
      try stopRunner(SignalNumber.kill)
      try startRunner()
    case .restart:
      try stopRunner(SignalNumber.terminate)
      try startRunner()
    case .rest(let milliseconds): Clock.wait(nanoseconds: milliseconds * 1_000_000)
    case .await(let count): wait(seconds: 3) { results >= count }
    }
  }

  private func take(_ drop: History.Drop, _ inbox: Folder) throws {
    let name = drop.stem + ".json"
    let desk = try ground.folder("desk")
    switch drop.way {
    case .move:
      try write(drop.bytes, as: name, in: desk)
      do { try desk.move(name, to: inbox, as: name) } catch { try? desk.remove(name) }  // one waits under that name
    case .synced:
      let file = try write(drop.bytes, as: name, in: desk)
      try file.sync()
      do { try desk.move(name, to: inbox, as: name) } catch {
        try? desk.remove(name)  // likewise
        return
      }
      try inbox.descriptor.sync()
      try accepted(drop)
    case .slowly:
      let file = try inbox.create(name)
      try file.write(Array(drop.bytes.prefix(drop.bytes.count / 2)))
      Clock.wait(nanoseconds: 3_000_000)
      try file.write(Array(drop.bytes.dropFirst(drop.bytes.count / 2)))
    case .submit: try submit([drop])
    }
  }

  private func submit(_ drops: [History.Drop]) throws {
    let desk = try ground.folder("desk")
    let names = drops.map { $0.stem + ".json" }
    for (drop, name) in zip(drops, names) { try write(drop.bytes, as: name, in: desk) }
    let pid = try Self.start(
      [bobbin, "submit", "--spool", history.ground + "/spool"] + names.map { history.ground + "/desk/" + $0 })
    if Children.wait(for: pid) == .exited(0) { for drop in drops { try accepted(drop) } }
    for name in names { try desk.remove(name) }
  }

  private func accepted(_ drop: History.Drop) throws {
    Self.mark("accepted/\(drop.number)")
    try tell("accepted \(drop.number)")
  }

  private func tell(_ line: String) throws { try notes?.append("told").write(Array((line + "\n").utf8)) }

  private var isOver: Bool { (try? notes?.has("over")) == true }

  private static func mark(_ text: String) {
    // Fails, and is seen.
    _ = try? FileSystem.openForReading(path: Recording.markFolder + text)
  }

  @discardableResult
  private func write(_ bytes: [UInt8], as name: String, in folder: Folder) throws -> Descriptor {
    let file = try folder.create(name)
    try file.write(bytes)
    return file
  }

  private func move(_ stem: String, from: String, to: String) throws {
    try spool.folder(from).move(stem + ".json", to: spool.folder(to), as: stem + ".json")
  }

  // MARK: what is there

  private var results: Int {
    count("done") { $0.hasSuffix(".result.json") } + count("errors") { $0.hasSuffix(".result.json") }
  }

  /// Jobs, messages and tasks that are not at their end.
  private var waiting: Int {
    ["inbox", "processing", "deferred", "outbox", "processing/outbox", "tasks"].reduce(0) { sum, place in
      sum + count(place) { $0.hasSuffix(".json") && !$0.hasPrefix(".") && !$0.hasSuffix(".state.json") }
    }
  }

  private func count(_ place: String, _ counts: (String) -> Bool) -> Int {
    // A folder that is being looked at while it changes is looked at again.
    ((try? Folder(path: history.ground + "/spool/" + place).names()) ?? []).count(where: counts)
  }

  private func wait(seconds: Int64, until isThere: () -> Bool) {
    var patience = Patience(nanoseconds: seconds * 1_000_000_000)
    while !isThere(), !patience.isOver() { Clock.wait(nanoseconds: 5_000_000) }
  }

  // MARK: programs

  private mutating func startRunner() throws {
    runner = try Self.start([bobbin, "run", "--spool", history.ground + "/spool"])
  }

  private mutating func stopRunner(_ signal: Int32) throws {
    try tell("stopped \(signal)")
    ProcessTable.signalChild(runner, signal)
    _ = Children.wait(for: runner)
  }

  /// Starts a program with nothing to read.
  ///
  /// - Parameter more: of its environment, "NAME=value".
  static func start(_ arguments: [String], output: Descriptor? = nil, environment more: [String] = []) throws -> Int32 {
    let null = try FileSystem.openNull()
    let environment = ["PATH=\(Machine.environment("PATH") ?? "/usr/bin:/bin")", "HOME=\(Machine.home)"] + more
    let program = Program(
      paths: arguments.first.map { [$0] } ?? [], arguments: arguments,
      environment: environment + ["SWIFT_BACKTRACE=enable=no"])
    return try program.start(input: null, output: output ?? null, error: output ?? null)
  }
}
