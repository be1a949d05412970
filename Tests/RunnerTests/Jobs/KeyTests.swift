import Jobs
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct KeyTests {
  private let spool: TestSpool
  init() throws { spool = try TestSpool(["slots": "4"]) }

  private var traced: Int { (try? spool.place.text("trace"))?.split(separator: "\n").count ?? 0 }

  private func drop(_ name: String, _ line: String = "true", key: String = "k", _ rest: String = "") throws {
    let trace = "echo run >> '\(spool.place.path)/trace'"
    try spool.drop(name, #"{"run": "\#(trace); \#(line)", "key": "\#(key)"\#(rest.isEmpty ? "" : ", " + rest)}"#)
  }

  @Test("jobs with the same key and work run once; the others succeed as the same")
  func once() throws {
    for name in ["a", "b", "c"] { try drop(name, "sleep 0.2") }
    try spool.drain()
    #expect(traced == 1)
    #expect(try spool.result("a").outcome?.sameAs == nil)
    for name in ["b", "c"] {
      let result = try spool.result(name)
      #expect(result.isSuccess && result.outcome?.sameAs == JobID(unchecked: "a") && result.attemptsTotal == 0)
      #expect(spool.has("done/\(name).json"))
    }
  }

  @Test("a later job with a key that has succeeded succeeds as the same, after a restart too")
  func later() throws {
    try drop("a")
    try spool.drain()
    try drop("b")
    try spool.drain()
    #expect(traced == 1)
    #expect(try spool.result("b").outcome?.sameAs == JobID(unchecked: "a"))
  }

  @Test("after a failure the next one with the key runs")
  func afterFailure() throws {
    let flag = spool.place.path + "/flag"
    for name in ["a", "b", "c"] { try drop(name, "test -e \(flag) || { touch \(flag); exit 1; }") }
    try spool.drain()
    #expect(traced == 2)
    #expect(try spool.result("a").status == "failed" && spool.result("b").isSuccess)
    #expect(try spool.result("b").outcome?.sameAs == nil)
    #expect(try spool.result("c").outcome?.sameAs == JobID(unchecked: "b"))
  }

  @Test("the same key with other work is refused while the first waits or runs, and after it succeeded")
  func reused() throws {
    try drop("a", "sleep 0.2")
    try drop("b", "echo other")
    try spool.drain()
    try drop("c", "echo third")
    try spool.drain()
    for name in ["b", "c"] {
      #expect(try spool.result(name).status == "refused" && spool.result(name).code == "key-reused")
    }
    #expect(traced == 1)
  }

  @Test("what its key decides is told at once, also of a job that was to start later")
  func early() throws {
    try drop("a")
    try spool.drain()
    // The one that is refused comes first, and is in nobody's way.
    try drop("other", "echo other", #""notBefore": "2199-01-01T00:00:00Z""#)
    try drop("same", "true", #""notBefore": "2199-01-01T00:00:00Z""#)
    try spool.drain(within: 30)
    #expect(try spool.result("same").outcome?.sameAs == JobID(unchecked: "a"))
    #expect(try spool.result("other").code == "key-reused")
    #expect(traced == 1)
  }

  @Test("a job with a key that succeeded runs again when a person moves it back, and is no other's doing")
  func retriedByHand() throws {
    for name in ["a", "a"] {
      try drop(name)
      try spool.drain()
    }
    #expect(try traced == 1 && spool.result("a~2").outcome?.sameAs == JobID(unchecked: "a"), "a copy is another job")
    spool.shell("mv done/a.json inbox/")
    try spool.drain()
    let result = try spool.result("a")
    #expect(traced == 2 && result.isSuccess && result.outcome?.sameAs == nil && result.attemptsTotal == 2)
  }

  @Test("keys of different groups are different keys")
  func groups() throws {
    try drop("a")
    try drop("b", "true", #""group": "g""#)
    try spool.drain()
    #expect(traced == 2)
  }

  private func drop(_ name: String, _ line: String, _ rest: String) throws { try drop(name, line, key: "k", rest) }

  @Test("a job that waits for its next attempt keeps its key")
  func deferred() throws {
    let flag = spool.place.path + "/flag"
    try drop("a", "test -e \(flag) || { touch \(flag); exit 1; }", #""retry": {"attempts": 2, "delay": "300ms"}"#)
    try drop("b", "test -e \(flag) || { touch \(flag); exit 1; }", #""retry": {"attempts": 2, "delay": "300ms"}"#)
    try spool.drain()
    #expect(try spool.result("a").attemptsTotal == 2 && spool.result("b").outcome?.sameAs == JobID(unchecked: "a"))
  }

  @Test("a key's success is forgotten with the result of the job that had it")
  func cleaned() throws {
    try drop("a")
    try spool.drain()
    spool.shell("rm done/a.*")
    try drop("b")
    try spool.drain()
    #expect(traced == 2)
  }

  @Test("what settings and groups fill in makes no other work of the same job")
  func filledIn() throws {
    try spool.write(["defaults": #"{"process": {"env": {"A": "1"}, "limits": {"openFiles": 99}}}"#])
    for id in ["x", "y"] {
      try spool.drop(id, #"{"run": "true", "key": "k"}"#)
      try spool.drain()
    }
    #expect(try spool.result("y").outcome?.sameAs?.text == "x")
  }
}
