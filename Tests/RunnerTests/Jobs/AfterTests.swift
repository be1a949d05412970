import Jobs
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct AfterTests {
  private let spool: TestSpool
  init() throws { spool = try TestSpool(["slots": "4", "afterTimeout": "\"500ms\""]) }

  private func drop(_ name: String, _ line: String = "true", after: String? = nil, _ rest: String = "") throws {
    let more = (after.map { [#""after": \#($0)"#] } ?? []) + (rest.isEmpty ? [] : [rest])
    try spool.drop(name, "{" + ([#""run": "\#(line)""#] + more).joined(separator: ", ") + "}")
  }

  @Test("a job starts when the job it waits for has succeeded, whichever was dropped first")
  func one() throws {
    try drop("late", "test -e '\(spool.place.path)/made'", after: #""early""#)
    try drop("early", "sleep 0.2; touch '\(spool.place.path)/made'")
    try spool.drain()
    #expect(try spool.result("late").isSuccess)
    #expect(
      try spool.result("late").after == [
        ResolvedDependency(asked: JobID(unchecked: "early"), id: JobID(unchecked: "early"), status: "succeeded")
      ])
  }

  @Test("a job that waits for one that fails is dependency-failed, and so is the one that waits for that")
  func failed() throws {
    try drop("a", "exit 1")
    try drop("b", after: #"["a"]"#)
    try drop("c", after: #"["b"]"#)
    try spool.drain()
    for name in ["b", "c"] {
      let result = try spool.result(name)
      #expect(result.status == "dependency-failed" && result.attemptsTotal == 0)
    }
  }

  @Test("with \"onFailure\": \"continue\" it runs all the same, once all have ended")
  func goesOn() throws {
    try drop("a", "sleep 0.1; exit 1")
    try drop("b", "sleep 0.3; touch '\(spool.place.path)/b'")
    try drop("c", "test -e '\(spool.place.path)/b'", after: #"{"jobs": ["a", "b"], "onFailure": "continue"}"#)
    try spool.drain()
    #expect(try spool.result("c").isSuccess)
  }

  @Test(
    "'need' any or a number starts it when that many have succeeded, and fails it when they cannot any more",
    arguments: [
      (#""any""#, "succeeded"), ("1", "succeeded"), ("2", "succeeded"), ("3", "dependency-failed"),
      (#""all""#, "dependency-failed"),
    ])
  func need(need: String, status: String) throws {
    try drop("a")
    try drop("b")
    try drop("f", "exit 1")
    try drop("x", after: #"{"jobs": ["a", "f", "b"], "need": \#(need)}"#)
    try spool.drain()
    #expect(try spool.result("x").status == status)
  }

  @Test("'any' does not wait for the others")
  func anyFirst() throws {
    try drop("slow", "sleep 1000")
    try drop("quick")
    let runner = try spool.start()
    try drop("x", after: #"{"jobs": ["slow", "quick"], "need": "any"}"#)
    #expect(try spool.ended("x").isSuccess)
    #expect(spool.has("processing/slow.json"))
    runner.kill()
  }

  @Test("a job that never comes is missed after afterTimeout")
  func missing() throws {
    let runner = try spool.start()
    try drop("x", after: #""nobody""#)
    let result = try spool.ended("x")
    #expect(result.status == "dependency-missing" && result.code == "dependency-missing")
    runner.kill()
  }

  @Test("a job that comes before afterTimeout is waited for, however long it then takes")
  func comesLate() throws {
    try spool.write(["afterTimeout": "\"3s\""])
    let runner = try spool.start()
    try drop("x", after: #""a""#)
    try drop("a", "sleep 3.5")
    #expect(try spool.ended("x").isSuccess)
    runner.kill()
  }

  @Test("one that is put aside in held is found: it is waited for")
  func held() throws {
    spool.shell(#"echo '{"run": "true"}' > held/a.json"#)
    try drop("x", after: #""a""#)
    let runner = try spool.start()
    try drop("marker", after: #""nobody""#)
    #expect(try spool.ended("marker").status == "dependency-missing")
    #expect(spool.has("inbox/x.json"))
    spool.shell("mv held/a.json inbox/")
    #expect(try spool.ended("x").isSuccess)
    runner.kill()
  }

  @Test("jobs that wait for each other, or one for itself, are refused")
  func cycle() throws {
    try drop("a", after: #""b""#)
    try drop("b", after: #""c""#)
    try drop("c", after: #""a""#)
    try drop("self", after: #""self""#)
    try spool.drain()
    let codes = try ["a", "b", "c"].map { try spool.result($0).code }
    #expect(
      codes.contains("dependency-cycle")
        && codes.allSatisfy { ["dependency-cycle", "dependency-failed"].contains($0) }, "\(codes)")
    #expect(try spool.result("self").code == "dependency-cycle")
  }

  @Test("a circle is refused at once, also one of a job that was to start later")
  func earlyCycle() throws {
    try drop("a", "true", after: #""a""#, #""notBefore": "2199-01-01T00:00:00Z""#)
    try spool.drain(within: 30)
    #expect(try spool.result("a").code == "dependency-cycle")
  }

  @Test("a stem means its newest job, one that waits or runs before one that has finished")
  func newest() throws {
    try drop("a", "exit 1")
    try spool.drain()
    try drop("a", "sleep 0.2")
    try drop("x", after: #""a""#)
    try spool.drain()
    #expect(try spool.result("a~2").isSuccess)
    let result = try spool.result("x")
    #expect(result.isSuccess && result.after.first?.id == JobID(unchecked: "a~2"))
  }

  @Test("what a name was found to mean stays, although a newer job of the name comes before the start")
  func fixed() throws {
    try drop("a", "exit 0")
    try spool.drain()
    try drop("x", after: #""a""#, #""notBefore": "2199-01-01T00:00:00Z""#)
    try spool.drain()
    try drop("a", "exit 1")
    try spool.drain()
    #expect(try spool.result("a~2").status == "failed")
    // Replaced in place: the same file, so the same meaning; only the time is another.
    let runner = try spool.start()
    try drop("y", after: #""a""#)
    #expect(try spool.ended("y").status == "dependency-failed", "a later job means the newer one")
    #expect(spool.has("inbox/x.json"))
    runner.kill()
  }

  @Test("BOBBIN_AFTER tells each one's id, status and value")
  func told() throws {
    try drop("a", #"echo '{\"n\": 1}' > $BOBBIN_RESULT"#)
    try drop("b", "exit 3")
    try drop("x", "cat $BOBBIN_AFTER", after: #"{"jobs": ["a", "b"], "onFailure": "continue"}"#)
    try spool.drain()
    let text = try spool.result("x").stdout?.text ?? ""
    let root = try JSONReader.read(Array(text.utf8))
    guard case .array(let entries) = root.value else { return #expect(Bool(false), "\(text)") }
    #expect(entries.map { $0.member("asked")?.value } == [.string("a"), .string("b")])
    #expect(entries.map { $0.member("status")?.value } == [.string("succeeded"), .string("failed")])
    #expect(entries.first?.member("value")?.member("n")?.value == .number("1"))
    try drop("y", "echo ${BOBBIN_AFTER-none}")
    try spool.drain()
    #expect(try spool.result("y").stdout?.text == "none\n")
  }

  @Test("a job waits for one that finished before it came, also one whose runner is gone")
  func before() throws {
    try drop("a")
    try spool.drain()
    try drop("x", after: #""a""#)
    try spool.drain()
    #expect(try spool.result("x").isSuccess)
  }

  @Test("a job that waits for one that is being tried again waits for the last attempt")
  func retried() throws {
    let flag = spool.place.path + "/flag"
    try drop("a", "test -e \(flag) || { touch \(flag); exit 1; }", #""retry": {"attempts": 2, "delay": "200ms"}"#)
    try drop("x", after: #""a""#)
    try spool.drain()
    #expect(try spool.result("x").isSuccess && spool.result("a").attemptsTotal == 2)
  }

  private func drop(_ name: String, _ line: String, _ rest: String) throws { try drop(name, line, after: nil, rest) }

  @Test("a job that waits for a drop that is refused fails with it")
  func refused() throws {
    try drop("x", after: #""a""#)
    try spool.drop("a", #"{"run": 1}"#)
    try spool.drain()
    #expect(try spool.result("x").status == "dependency-failed")
  }

  @Test("a job that waits for one that a person moves to errors fails with it")
  func movedAway() throws {
    try drop("a", "true", #""notBefore": "2199-01-01T00:00:00Z""#)
    try drop("x", after: #""a""#)
    let runner = try spool.start()
    try drop("marker")
    try spool.ended("marker")
    spool.shell("mv inbox/a.json errors/")
    #expect(try spool.ended("a").status == "cancelled")
    #expect(try spool.ended("x").status == "dependency-failed")
    runner.kill()
  }
}
