@testable import CLI
import Jobs
import Operations
import Spool
import Testing

@Suite struct RenderingTests {
  private let now = Timestamp(seconds: 4_000_000_000)

  private func entry(
    _ name: String, _ place: SpoolPlace, age: Int64, waiting: Waiting? = nil, result: JobRecord? = nil
  ) -> JobEntry {
    JobEntry(
      name: name, place: place, since: Timestamp(seconds: 4_000_000_000 - age), waiting: waiting, result: result)
  }

  private var listings: [StateListing] {
    get throws {
      let group = try GroupName(validating: "nightly")
      var done = StateListing(place: .done)
      done.entries = [
        entry("report", .done, age: 90_000, result: .ended("report", .succeeded)),
        entry("again", .done, age: 30, result: .ended("again", .succeeded) { $1.sameAs = JobID(unchecked: "report") }),
      ]
      done.more = 41
      var errors = StateListing(place: .errors)
      errors.entries = [
        entry("x~3", .errors, age: 300, result: .ended("x~3", .failed) { $1.exitCode = 3 }),
        entry("killed", .errors, age: 299, result: .ended("killed", .failed) { $1.signal = "SIGKILL" }),
        entry(
          "full", .errors, age: 250,
          result: .ended("full", .failed) { ($1.code, $1.signal) = ("out-of-memory", "SIGKILL") }),
        entry("slow", .errors, age: 200, result: .ended("slow", .timedOut) { $1.reason = "longer than 5m" }),
        entry("bad", .errors, age: 100, result: .ended("bad", .refused) { $1.reason = "unknown key 'timout'" }),
        entry("half", .errors, age: 50),
        entry("gone", .errors, age: 10, waiting: .cancelledResult),
      ]
      var inbox = StateListing(place: .inbox)
      let reasons: [(String, Waiting)] = [
        ("a", .nothing), ("b", .slot), ("c", .notBefore(Timestamp(seconds: 4_000_003_600))),
        ("d", .after([JobID(unchecked: "a"), JobID(unchecked: "b")])),
        ("e", .after((1...5).map { JobID(unchecked: "j\($0)") })), ("f", .afterMissing([JobID(unchecked: "zz")])),
        ("g", .key(heldBy: JobID(unchecked: "a"))), ("h", .group(group, runs: [JobID(unchecked: "y")])),
        ("i", .groupPaused(group, "")), ("j", .spoolPaused("a new\ndisk \u{1b}[31m")),
        ("k", .disk(free: ByteCount(1_700_000_000), needed: ByteCount(2 << 30))), ("l", .beingWritten),
        ("m", .willBeRefused(Refusal(code: .badJSON, reason: "expected a comma"))),
        ("n", .groupSettings(group, Refusal(code: .badJSON, reason: "expected a comma"))),
        ("evil\n\u{1b}[2Jname", .nothing),
        (String(repeating: "long", count: 20), .nothing),
      ]
      inbox.entries = reasons.map { entry($0.0, .inbox, age: 5, waiting: $0.1) }
      inbox.entries[7].group = group
      var deferred = StateListing(place: .deferred)
      deferred.entries = [
        entry(
          "flaky", .deferred, age: 7300,
          waiting: .nextAttempt(
            due: Timestamp(seconds: 4_000_000_090), attempt: 2, of: 5, code: nil, reason: "exit 3")),
        entry("due", .deferred, age: 7300, waiting: .nextAttempt(due: nil, attempt: 7, of: 5, code: "x", reason: nil)),
        entry(
          "alive", .deferred, age: 1,
          waiting: .nextAttempt(due: nil, attempt: 2, of: nil, code: "earlier-run-alive", reason: nil)),
      ]
      var processing = StateListing(place: .processing)
      processing.entries = [entry("y", .processing, age: 3, waiting: .running)]
      return [done, errors, inbox, deferred, processing]
    }
  }

  @Test("a line a job, plain")
  func plain() throws {
    let table = ListTable(now: now, colour: false, width: nil)
    try expectSnapshot(try listings.flatMap(table.lines).joined(separator: "\n") + "\n", "ls.txt")
  }

  @Test("on a terminal lines are coloured and cut to its width")
  func terminal() throws {
    let table = ListTable(now: now, colour: true, width: 60)
    try expectSnapshot(try listings.flatMap(table.lines).joined(separator: "\n") + "\n", "ls-terminal.txt")
  }

  @Test("no job's name or reason reaches a terminal with a control character")
  func hostile() throws {
    let table = ListTable(now: now, colour: false, width: nil)
    for line in try listings.flatMap(table.lines) {
      #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
    }
  }

  @Test("every reason to wait has a sentence")
  func sentences() throws {
    var text = ""
    for listing in try listings {
      for entry in listing.entries {
        guard let waiting = entry.waiting else { continue }
        let (says, cure) = WaitingText.sentence(waiting, id: "ID", now: now)
        text += "\(waiting.code): \(says)\n" + (cure.map { "  \($0)\n" } ?? "")
      }
    }
    try expectSnapshot(text, "sentences.txt")
  }

  @Test("entries as JSON")
  func json() throws {
    let listings = try listings
    let bytes = JSONText.document { writer in
      writer.beginArray()
      for listing in listings { for entry in listing.entries { writer.entry(entry, now: now) } }
      writer.endArray()
    }
    try expectSnapshot(String(decoding: bytes, as: UTF8.self), "ls.json")
  }

  @Test("status, with everything that can be wrong")
  func status() throws {
    var report = StatusReport(
      path: "/srv/spool", runner: RunnerPresence(isAlive: false), free: ByteCount(100 << 20), minFree: .mebibytes(256))
    report.paused = "moving"
    report.pausedGroups = [.init(group: try GroupName(validating: "g"), reason: "")]
    report.states = SpoolPlace.jobStates.map { StatusReport.State(place: $0, count: 3) }
    report.states[0].ignored = [.init(reason: .notJSON, count: 4, names: ["a", "b\n", "c"])]
    report.settingsRefusal = Refusal(code: .unknownKey, reason: "unknown key 'x'", line: 2, column: 3, key: "x")
    report.groupRefusals = ["g.json": Refusal(code: .empty, reason: "the file is empty", line: 1, column: 1)]
    let why = "'/sys/fs/cgroup/x' belongs to root"
    report.limits = [
      HeldLimit("memory", means: "cgroup v1"), HeldLimit("swap", means: nil, reason: why),
      HeldLimit("cpus", means: "cgroup v1"), HeldLimit("pids", means: nil, reason: why),
    ]
    report.failures = [entry("x", .errors, age: 60, result: .ended("x", .failed) { $1.exitCode = 3 })]
    var text = StatusText.lines(report, now: now, colour: false).joined(separator: "\n") + "\n\n"
    var good = StatusReport(
      path: "/srv/spool",
      runner: RunnerPresence(isAlive: true, pid: 7, host: "h", startedAt: Timestamp(seconds: 3_999_990_000)),
      free: ByteCount(5 << 30), minFree: .mebibytes(256))
    good.states = [StatusReport.State(place: .inbox, count: 0)]
    text += StatusText.lines(good, now: now, colour: false).joined(separator: "\n") + "\n"
    good.engines = [.podman, .docker]
    #expect(StatusText.lines(good, now: now, colour: false).contains("engines    podman, docker are installed"))
    try expectSnapshot(text, "status.txt")
    let json = JSONText.document { StatusText.write(report, now: now, to: &$0) }
    try expectSnapshot(String(decoding: json, as: UTF8.self), "status.json")
  }

  @Test(
    "amounts",
    arguments: [
      (0, "0s"), (119, "119s"), (120, "2m"), (7199, "119m"), (7200, "2h"), (172_799, "47h"), (172_800, "2d"),
      (-5, "0s"),
    ] as [(Int64, String)])
  func ages(seconds: Int64, text: String) { #expect(Amounts.age(.seconds(seconds)) == text) }

  @Test("sizes")
  func sizes() {
    #expect(Amounts.size(ByteCount(1)) == "1 byte")
    #expect(Amounts.size(ByteCount(1536)) == "1.5 KiB")
    #expect(Amounts.size(ByteCount(320 << 20)) == "320 MiB")
  }

  @Test(
    "a sentence ends with one mark",
    arguments: [("it runs", "it runs."), ("did you mean 'x'?", "did you mean 'x'?"), ("no.", "no."), ("", "")])
  func closed(sentence: String, text: String) { #expect(WhyText.closed(sentence) == text) }

  @Test("each error has an exit code and a sentence")
  func errors() throws {
    let errors: [any Error] = [
      SpoolError.notASpool("x"), SpoolError.busy("pid 7"),
      SpoolError.notOwnOrWritable(path: "/x", reason: "others may write", cure: "chmod go-w"),
      SpoolError.networkFileSystem(name: "nfs", path: "/x"), SpoolError.otherDevice("done"),
      OperationError.nameTaken(JobID(unchecked: "x")),
      OperationError.settings(Refusal(code: .empty, reason: "empty", line: 1, column: 1), file: "settings.json"),
      Refusal(code: .badName, reason: "no"),
    ]
    let text = errors.map { error in
      let failure = Sentences.failure(for: error)
      return "\(failure.code) \(failure.message)\n" + (failure.hint.map { "  \($0)\n" } ?? "")
    }
    try expectSnapshot(text.joined(), "errors.txt")
  }
}
