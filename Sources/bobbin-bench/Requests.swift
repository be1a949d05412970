import Jobs
import Platform

/// From a group's request to its answer, with a runner that has nothing else to do, and while another group has asked for
/// 10,000 things at once: they come by rename out of a folder beside, within some tenths of a second.
struct Requests {
  private static let flood = 10_000
  /// Requests of the quiet group in each half of a round, at least.
  private static let samples = 40
  private static let patience: Int64 = 120_000_000_000

  /// What both groups ask for.
  private enum Kind: CaseIterable {
    /// A message for a file; the loud group may ask 60 times a minute, as by default, and is refused beyond.
    case refused
    /// The same, and each of the 10,000 is carried out.
    case carriedOut
    /// A job in a sandbox, with its result; the limits are the defaults, the slots two.
    case job

    var folder: String { self == .job ? "jobs" : "messages" }

    var body: String {
      self == .job
        ? #"{"type":"job","job":{"run":["/bin/true"]},"wait":true}"#
        : #"{"type":"message","to":"log:all","text":"hello"}"#
    }

    var title: String {
      switch self {
      case .refused: "a message beside 10,000 of which most are refused"
      case .carriedOut: "a message beside 10,000 that are carried out"
      case .job: "a sandboxed job beside 10,000 requests for one, most refused"
      }
    }
  }

  let bobbin: Bobbin
  let ground: Ground
  let rounds: Int

  func measure(into table: inout Table) throws {
    for kind in Kind.allCases { try measure(kind, into: &table) }
  }

  private func measure(_ kind: Kind, into table: inout Table) throws {
    let path = ground.newPath("requests")
    let spool = try bobbin.makeSpool(
      path, settings: #"{"channels":{"log":{"file":{"folder":"\#(path)/told"}}}}"#)
    try FileSystem.makeFolders(path: path + "/told")
    let most = kind == .carriedOut ? #","requests":{"perMinute":100000,"waiting":20000}"# : ""
    let own = #","requests":{"perMinute":100000}"#
    for (group, limits) in [("loud", most), ("quiet", own)] {
      try spool.root.folder("groups").create(group + ".json", mode: 0o600).write(
        Array(#"{"channels":["log"]\#(limits)}"#.utf8))
      for folder in [kind.folder, "answers"] { try FileSystem.makeFolders(path: "\(path)/ipc/\(group)/\(folder)") }
    }
    let (quiet, loud) = (try Asker(spool, "quiet", kind.folder, ground), try Asker(spool, "loud", kind.folder, ground))
    let runner = try bobbin.run(spool)
    var (idle, busy, spans) = (Sample(), Sample(), Sample())
    for _ in 0..<rounds {
      let names = try (0..<Self.flood).map { _ in try loud.make(kind.body) }
      try ground.sync()
      ground.calm()
      for _ in 0..<Self.samples { idle.add(try ask(quiet, kind)) }
      let begun = Clock.continuous()
      for name in names { try loud.publish(name) }
      var count = 0
      while try count < Self.samples || loud.hasWaiting() {
        busy.add(try ask(quiet, kind))
        count += 1
      }
      spans.add(Double(Clock.continuous() - begun) / 1e9)
    }
    try bobbin.stop(runner)
    let note =
      "p50 \(Figure.text(idle.median, 1)) ms alone, \(Figure.text(busy.median, 1)) ms beside them; p99 "
      + "\(Figure.text(idle.percentile(99), 1)) and \(Figure.text(busy.percentile(99), 1)) ms; \(busy.values.count) asked in "
      + "\(rounds) rounds, until they were done with after \(Figure.text(spans.median, 1)) s"
    table.add(
      "request to answer, \(kind.title), of its time alone", busy.median / idle.median, "", digits: 2, bar: .atMost(2),
      note: note)
  }

  /// One request to its answer, ms, and a pause.
  private func ask(_ asker: Asker, _ kind: Kind) throws -> Double {
    let name = try asker.make(kind.body)
    let begun = Clock.continuous()
    try asker.publish(name)
    let answer = name + (kind == .job ? ".result.json" : ".json")
    while try !asker.answers.has(answer) {
      guard Clock.continuous() - begun < Self.patience else { throw BenchError.waitedInVain("the answer \(answer)") }
      _ = try asker.poller.wait(nanoseconds: 100_000_000)
      _ = try asker.watch.hints()
    }
    let whole = Clock.continuous() - begun
    Clock.wait(nanoseconds: .random(in: 10_000_000...30_000_000))
    return Double(whole) / 1e6
  }

  /// The container's side of a group's folder.
  private final class Asker {
    let answers: Folder
    let watch: FolderWatch
    let poller: Poller
    private let requests: Folder
    private let beside: Folder
    private var made = 0

    init(_ spool: BenchSpool, _ group: String, _ folder: String, _ ground: Ground) throws {
      let own = try spool.root.folder("ipc").folder(group)
      requests = try own.folder(folder)
      answers = try own.folder("answers")
      let path = ground.newPath(group)
      try FileSystem.makeFolders(path: path)
      beside = try Folder(path: path)
      watch = try FolderWatch()
      _ = try watch.watch(answers)
      poller = try Poller()
      try poller.add(watch.descriptor, tag: 0)
    }

    func make(_ body: String) throws -> String {
      made += 1
      let name = "r\(made)"
      try beside.create(name + ".json", mode: 0o644).write(Array(body.utf8))
      return name
    }

    func publish(_ name: String) throws { try beside.move(name + ".json", to: requests, as: name + ".json") }

    func hasWaiting() throws -> Bool { try requests.names().contains { $0.hasSuffix(".json") } }
  }
}
