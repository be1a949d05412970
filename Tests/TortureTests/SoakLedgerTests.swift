import Platform
import TestSupport
import Testing

@testable import Torture

/// The checks of a soak, each on a history that is made up: it lets pass what may be, and finds what may not.
@Suite(.timeLimit(.minutes(60))) struct SoakLedgerTests {
  /// A job, its end, and what is to be found.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let journal: String
    var status = "succeeded"
    var place: String?
    var code: String?
    var attempts = ["x"]
    var maxInterruptions = 0
    var drop: @Sendable (inout SoakDrop) -> Void = { _ in }
    /// Part of a finding; nil: there is none.
    var finds: String?
    var reasons: [SoakRuns.Reason: Int] = [:]

    init(_ name: String, _ journal: String, _ change: (inout Case) -> Void = { _ in }) {
      (testDescription, self.journal) = (name, journal)
      change(&self)
    }
  }

  private static let once = "start 1, drop 1, begin 1 1 a, end 1 1 a"

  private static func again(_ middle: String, _ change: (inout Case) -> Void) -> Case {
    Case(middle, "start 1, drop 1, begin 1 1 a, \(middle), begin 1 2 b, end 1 2 b, gone 2") { one in
      one.attempts = ["x", "x"]
      change(&one)
    }
  }

  static let histories: [Case] = [
    Case("it ran once", once),
    again("kill 1, gone 1, start 2") { $0.reasons = [.cut: 1] },
    // The kill comes some time after it was noted.
    again("kill 1, end 1 1 a, gone 1, start 2") { $0.reasons = [.late: 1] },
    again("kill 1, gone 1, end 1 1 a, start 2") { one in
      (one.attempts, one.finds, one.reasons) = (["x"], "tells of 1", [.cut: 1])
    },
    again("end 1 1 a, kill 1, gone 1, start 2") { $0.reasons = [.late: 1] },
    again("end 1 1 a, kill 1, gone 1, start 2") { one in
      (one.attempts, one.finds, one.reasons) = (["x"], "tells of 1", [.late: 1])
    },
    again("stop 1, gone 1, start 2") { $0.reasons = [.stopped: 1] },
    again("disk full, end 1 1 a, stop 1, gone 1, disk room, start 2") { $0.reasons = [.unwritten: 1] },
    again("disk full, stop 1, gone 1, disk room, start 2") { one in
      (one.attempts, one.finds, one.reasons) = (["x"], "tells of 1", [.unwritten: 1])
    },
    again("disk full, disk room, stop 1, gone 1, start 2") { one in
      (one.attempts, one.finds, one.reasons) = (["x"], "tells of 1", [.stopped: 1])
    },
    again("end 1 1 a, shown 1, retry 1, gone 1, start 2") { $0.reasons = [.person: 1] },
    // A runner had its time to end it, and to write it down.
    again("end 1 1 a, stop 1, gone 1, start 2") { $0.finds = "without a reason" },
    again("end 1 1 a, disk full, disk room, gone 1, start 2") { $0.finds = "without a reason" },
    // No kill, whatever else was killed.
    again("gone 1, start 3, kill 3, gone 3, start 2") { $0.finds = "without a reason" },
    // Its end had shown.
    again("kill 1, gone 1, shown 1, start 2") { $0.finds = "without a reason" },
    again("end 1 1 a, shown 1, undone shown 1, retry 1, undone retry 1, gone 1, start 2") {
      $0.finds = "without a reason"
    },
    Case("twice in one life", once + ", begin 1 1 b, end 1 1 b, kill 1, gone 1") { one in
      (one.attempts, one.finds) = (["x", "x"], "without a reason")
    },
    Case("by its rule", once + ", begin 1 1 b, end 1 1 b, begin 1 1 c, end 1 1 c") { one in
      (one.attempts, one.reasons, one.status) = (["x", "x", "x"], [.rule: 2], "failed")
      one.drop = { ($0.attempts, $0.status) = (3, "failed") }
    },
    again("kill 1, gone 1, start 2, end 1 2 x") { ($0.finds, $0.reasons) = ("the journal has", [.cut: 1]) },
    Case(
      "the earlier goes on", "start 1, drop 1, begin 1 1 a, kill 1, gone 1, start 2, begin 1 2 b, end 1 1 a, end 1 2 b"
    ) { one in (one.attempts, one.finds, one.reasons) = (["x", "x"], "while an earlier run went on", [.cut: 1]) },
    Case("the lock was held", once + ", overlap 1 1 b") { $0.finds = "alive at the same time" },
    Case(
      "cancelled as it began, which it notes when its runner is gone",
      "start 1, drop 1, cancel 1, cancel-stood 1, kill 1, gone 1, begin 1 1 a, end 1 1 a, start 2"),
    Case(
      "cancelled, and run by the next runner",
      "start 1, drop 1, begin 1 1 a, cancel 1, cancel-stood 1, kill 1, gone 1, start 2, begin 1 2 b, end 1 2 b"
    ) { one in
      (one.attempts, one.finds, one.reasons) = (["x", "x"], "in a later life than it was cancelled in", [.cut: 1])
    },
    again("kill 1, gone 1, start 2") { one in
      (one.drop, one.finds, one.reasons) = ({ $0.isOnce = true }, "ran 2 times and is not to", [.cut: 1])
    },
    Case("held, and run", "start 1, drop 1, hold 1, begin 1 1 a, end 1 1 a, release 1") {
      $0.finds = "ran after 'hold'"
    },
    again("kill 1, gone 1, start 2") { ($0.attempts, $0.finds, $0.reasons) = (["x"], "tells of 1", [.cut: 1]) },
  ]

  static let results: [Case] = [
    Case("it failed, and is to succeed", once) { ($0.status, $0.finds) = ("failed", "not as succeeded") },
    Case("it fails as it is to", once) { ($0.status, $0.drop) = ("failed", { $0.status = "failed" }) },
    Case("in the wrong folder", once) { ($0.place, $0.finds) = ("errors", "in errors") },
    Case("it never ran", "drop 1") { ($0.attempts, $0.finds) = ([], "came to their end") },
    Case("nobody cancelled it", once) { ($0.status, $0.finds) = ("cancelled", "not as succeeded") },
    Case("cancelled", once + ", cancel 1") { $0.status = "cancelled" },
    Case("cancelled and retried", once + ", cancel 1, shown 1, retry 1, begin 1 1 b, end 1 1 b") { one in
      (one.status, one.attempts, one.finds, one.reasons) = ("cancelled", ["x", "x"], "not as succeeded", [.person: 1])
    },
    Case("a cancel that did not come about", once + ", cancel 1, undone cancel 1") { one in
      (one.status, one.finds) = ("cancelled", "not as succeeded")
    },
    Case("moved to errors", "drop 1, discard 1") { ($0.status, $0.attempts) = ("cancelled", []) },
    Case("moved to errors, and run", once + ", discard 1") { $0.finds = "not as cancelled" },
    Case("refused", "drop 1") { one in
      (one.status, one.code, one.attempts) = ("refused", "bad-json", [])
      one.drop = { ($0.status, $0.code) = ("refused", "bad-json") }
    },
    Case("refused for another reason", "drop 1") { one in
      (one.status, one.code, one.attempts, one.finds) = ("refused", "empty", [], "not as 'bad-json'")
      one.drop = { ($0.status, $0.code) = ("refused", "bad-json") }
    },
    Case("good, and refused", "drop 1") { ($0.status, $0.attempts, $0.finds) = ("refused", [], "not as succeeded") },
    Case("bad, and run", once) { one in
      (one.finds, one.drop) = ("not as refused", { ($0.status, $0.code) = ("refused", "bad-name") })
    },
    Case("one attempt of three", once) { one in
      (one.status, one.finds) = ("failed", "with 1 runs that came to their end, of 3")
      one.drop = { ($0.attempts, $0.status) = (3, "failed") }
    },
    Case("four attempts of three", once + ", begin 1 1 b, end 1 1 b, begin 1 1 c, end 1 1 c, begin 1 1 d, end 1 1 d") {
      one in
      (one.status, one.attempts, one.reasons) = ("failed", ["x", "x", "x", "x"], [.rule: 3])
      (one.finds, one.drop) = ("had 4 attempts of 3", { ($0.attempts, $0.status) = (3, "failed") })
    },
    interrupted(3, maxInterruptions: 3),
    interrupted(3, maxInterruptions: 0) { $0.finds = "not as succeeded" },
    interrupted(2, maxInterruptions: 3) { $0.finds = "not as succeeded" },
    interrupted(3, maxInterruptions: 3) { one in
      one.attempts = ["interrupted", "failed", "interrupted"]
      one.finds = "was given up with the attempts"
    },
    interrupted(4, maxInterruptions: 3) { $0.finds = "ran after 3 interruptions in a row" },
    Case("not to be run again", "start 1, drop 1, begin 1 1 a, kill 1, gone 1, start 2") { one in
      (one.status, one.drop) = ("interrupted", { $0.isOnce = true })
    },
    Case("not to be run again, and nothing cut it short", once + ", gone 1, start 2, kill 2") { one in
      (one.status, one.drop, one.finds) = ("interrupted", { $0.isOnce = true }, "not as succeeded")
    },
  ]

  /// Cut short so many times, and then given up.
  private static func interrupted(
    _ times: Int, maxInterruptions: Int, _ change: (inout Case) -> Void = { _ in }
  ) -> Case {
    let lives = (1...times).map { "start \($0), begin 1 \($0) r\($0), kill \($0), gone \($0)" }
    return Case("\(times) times cut short of \(maxInterruptions)", "drop 1, " + lives.joined(separator: ", ")) { one in
      (one.status, one.maxInterruptions) = ("interrupted", maxInterruptions)
      one.attempts = [String](repeating: "interrupted", count: times)
      one.reasons = [.cut: times - 1]
      change(&one)
    }
  }

  @Test("a run more than one has a reason in its own runner's life, or is found", arguments: histories)
  func runsAgain(_ one: Case) throws { try check(one) }

  @Test("a drop ends as what was done to it lets it, in the folder of its status, or is found", arguments: results)
  func endsAs(_ one: Case) throws { try check(one) }

  private func check(_ one: Case) throws {
    var stage = try SoakStage()
    stage.drop(1, one.drop)
    try stage.put(1, one.status, in: one.place, code: one.code, attempts: one.attempts)
    let report = try stage.report(one.journal, maxInterruptions: one.maxInterruptions)
    let found = report.findings.map(\.what)
    if let finds = one.finds {
      #expect(found.contains { $0.contains(finds) }, "\(found)")
    } else {
      #expect(found == [])
    }
    #expect(report.reasons == one.reasons)
  }

  @Test("a drop that is lost, doubled, not removed, on its way, or nobody's is found, and so is another's result")
  func places() throws {
    var stage = try SoakStage()
    for number in 1...7 { stage.drop(number) }
    for number in [2, 3, 4] { try stage.put(number, "succeeded") }
    stage.shell("cp done/j2.json errors/; mv done/j4.json deferred/; cp done/j3.json inbox/x.json")
    stage.shell("echo '{\"run\": \"true\"}' > done/other.json")
    try stage.put(5, "succeeded", output: SoakDrop.word(6))
    try stage.put(6, "succeeded", id: "j5")
    let runs = (1...6).map { "begin \($0) 1 a, end \($0) 1 a" }.joined(separator: ", ")
    let found = try stage.report("start 1, remove 3, \(runs), drop 7, remove 7, begin 9 1 a").findings
    let codes = found.map(\.code)
    #expect(codes.count { $0 == .jobLost } == 1, "\(found)")  // 1
    #expect(codes.count { $0 == .twoHomes } == 3, "\(found)")  // 2, 3, other
    #expect(codes.count { $0 == .notRecovered } == 1, "\(found)")  // 4
    #expect(codes.count { $0 == .torn } == 2, "\(found)")  // 5, 6
    #expect(codes.count { $0 == .ranAgain } == 2, "\(found)")  // 3 after it was removed, 9 that nobody dropped
  }

  @Test("each file that is left where none may be is found, and nothing else")
  func strays() throws {
    let stage = try SoakStage()
    try stage.put(1, "succeeded")
    #expect(try stage.strays() == [])
    stage.shell("echo '{\"status\": \"failed\"}' > errors/w.result.json")
    #expect(try stage.strays(widows: ["w"]) == [])
    stage.shell("mkdir errors/j1.files errors/j1.2.files")
    #expect(try stage.strays(widows: ["w"]).count == 2 && stage.strays(widows: ["w"], retried: ["j1"]) == [])
    stage.shell("rmdir errors/j1.*")
    let left = [
      "errors/w.result.json", "inbox/.x.new", "held/x.json", "deferred/x.run.json", "processing/x.cancel",
      "processing/.x.run.json.new", "done/.x.new", "done/j1.json.displaced-1", "errors/j9.files", "keys/.x.new",
      "logs/jobs/.x", "state/.x",
    ]
    for path in left.dropFirst() { stage.shell("touch '\(path)'") }
    let found = try stage.strays()
    #expect(found.count == left.count, "\(found)")
    for path in left { #expect(found.contains { $0.hasPrefix(path + " ") }, "\(path): \(found)") }
  }

  @Test("a process of the spool and a lock that is held are found")
  func processes() throws {
    let stage = try SoakStage()
    let path = stage.folder.path
    let status = try stage.folder.descriptor.status()
    let id = String(status.device, radix: 16) + "-" + String(status.inode, radix: 16)
    let pids = try [
      Actor.start(["/bin/sh", "-c", "exec 9> '\(path)/notes/locks/5'; flock 9; exec sleep 100"]),
      Actor.start(["/bin/sleep", "100"], environment: ["BOBBIN_SPOOL_ID=\(id)"]),
      Actor.start(["/bin/sh", "-c", "sleep 100; : '\(path)/spool'"]),
    ]
    defer {
      for pid in pids {
        ProcessTable.signalChild(pid, SignalNumber.kill)
        _ = Children.wait(for: pid)
      }
    }
    #expect(eventually { (try? stage.strays().count) == 3 })
    let found = try stage.strays()
    #expect(found.count == 3, "\(found)")
  }
}
