import Jobs
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct OrderTests {
  private let spool: TestSpool
  init() throws { spool = try TestSpool(["slots": "1"]) }

  /// A job that notes its name, with more keys.
  private func drop(_ name: String, _ rest: String = "", line: String = "") throws {
    let trace = "echo \(name) >> '\(spool.place.path)/trace'"
    try spool.drop(name, #"{"run": "\#(trace); \#(line)"\#(rest.isEmpty ? "" : ", " + rest)}"#)
  }

  /// A line for a job of which so many are to run at the same time: it counts how many do, and stays until `go` is there.
  private func staying(_ number: Int) -> String {
    let here = spool.place.path
    return "touch \(here)/in-\(number); ls \(here) | grep -c in- >> \(here)/counts; "
      + "until test -e \(here)/go; do sleep 0.01; done; rm \(here)/in-\(number)"
  }

  private var counts: [Int] {
    ((try? spool.place.text("counts")) ?? "").split(separator: "\n").compactMap { Int($0) }
  }

  private var trace: [String] {
    (try? spool.place.text("trace"))?.split(separator: "\n").map(String.init) ?? []
  }

  @Test("higher priority starts first, and among equals who came first")
  func priority() throws {
    try drop("middle1")
    try drop("low", #""priority": -100"#)
    try drop("high", #""priority": 100"#)
    try drop("middle2", #""priority": 0"#)
    try drop("higher", #""priority": 1"#)
    try spool.drain()
    #expect(trace == ["high", "higher", "middle1", "middle2", "low"])
  }

  @Test("groups, and the jobs without a group as one, take turns")
  func turns() throws {
    // Each goes on until the end of those before it is told: until then their groups run them.
    func line(_ name: String) -> String {
      """
      for n in $(cat '\(spool.place.path)/trace'); do test $n = \(name) || \
      until grep -q 'job-succeeded.*[^a-z]'$n'[^0-9]' '\(spool.path)/logs/bobbin.log'; do sleep 0.01; done; done
      """
    }
    for number in 1...3 { try drop("a\(number)", #""group": "a""#, line: line("a\(number)")) }
    for number in 1...2 { try drop("b\(number)", #""group": "b""#, line: line("b\(number)")) }
    for number in 1...2 { try drop("n\(number)", line: line("n\(number)")) }
    try spool.drain()
    #expect(trace == ["a1", "b1", "n1", "a2", "b2", "n2", "a3"])
  }

  @Test("a group runs one job at a time although more slots are free, and others do not wait for it")
  func serial() throws {
    try spool.write(["slots": "4"])
    let lock = spool.place.path + "/lock"
    let line = "mkdir \(lock) || echo overlap >> \(spool.place.path)/overlaps; sleep 0.05; rmdir \(lock)"
    for number in 1...4 { try drop("a\(number)", #""group": "a""#, line: line) }
    try spool.drain()
    #expect(try trace == ["a1", "a2", "a3", "a4"] && !spool.place.folder.has("overlaps"))
  }

  @Test("a group whose settings say so runs more at a time, never more than they say")
  func groupSlots() throws {
    try spool.write(["slots": "8"])
    spool.shell(#"echo '{"slots": 3, "host": true, // a comment\n}' > groups/g.json"#)
    try spool.replace("groups/g.json", "{\"slots\": 3, \"host\": true, // a comment\n}")
    for number in 1...9 { try drop("j\(number)", #""group": "g""#, line: staying(number)) }
    let runner = try spool.start()
    #expect(eventually { counts.count >= 3 })
    // There are slots for others.
    try drop("other")
    #expect(try spool.ended("other").isSuccess && runner.goesRound())
    #expect(counts.count == 3, "\(counts)")
    try spool.place.write("go", "")
    for number in 1...9 { #expect(try spool.ended("j\(number)").isSuccess) }
    #expect(counts.count == 9 && counts.max() == 3, "\(counts)")
    runner.kill()
  }

  @Test("never more jobs run than there are slots", arguments: [1, 3])
  func slots(slots: Int) throws {
    try spool.write(["slots": "\(slots)"])
    for number in 1...8 { try drop("j\(number)", line: staying(number)) }
    let runner = try spool.start()
    #expect(eventually { counts.count >= slots } && runner.goesRound())
    #expect(counts.count == slots, "\(counts)")
    try spool.place.write("go", "")
    for number in 1...8 { #expect(try spool.ended("j\(number)").isSuccess) }
    #expect(counts.count == 8 && counts.max() == slots, "\(counts)")
    runner.kill()
  }

  @Test("a job that waits does not hold up its group; in an ordered one it does")
  func ordered() throws {
    try spool.replace("groups/o.json", #"{"ordered": true, "host": true}"#)
    let soon = (Timestamp(nanoseconds: Clock.wall()) + .seconds(1)).text
    for group in ["o", "p"] {
      try drop(group + "1", #""group": "\#(group)", "notBefore": "\#(soon)""#)
      try drop(group + "2", #""group": "\#(group)""#)
    }
    let runner = try spool.start()
    for name in ["p2", "p1", "o1", "o2"] { try spool.ended(name) }
    runner.kill()
    let order = trace
    #expect(order.first == "p2" && (order.firstIndex(of: "o1") ?? 9) < (order.firstIndex(of: "o2") ?? 0), "\(order)")
  }

  @Test("a group with settings that do not make it a host group runs no process, and neither does one with a folder")
  func hostOnly() throws {
    try spool.replace("groups/c.json", "{}")
    spool.shell("mkdir groups/d")
    try drop("c1", #""group": "c""#)
    try drop("d1", #""group": "d""#)
    try drop("e1", #""group": "e""#)
    try spool.drain()
    #expect(try spool.result("c1").code == "host-group" && spool.result("d1").code == "host-group")
    #expect(trace == ["e1"])
  }

  @Test("jobs of a group with bad settings wait for good ones, and never run with weaker defaults")
  func badGroup() throws {
    try spool.replace("groups/g.json", #"{"host": true, "slotz": 1}"#)
    try drop("x", #""group": "g""#)
    try drop("other")
    try spool.drain()
    #expect(trace == ["other"] && spool.has("inbox/x.json"))
    let runner = try spool.start()
    try spool.replace("groups/g.json", #"{"host": true}"#)
    #expect(try spool.ended("x").isSuccess)
    runner.kill()
  }

  @Test("a paused group holds its own jobs only, until the file is gone")
  func pausedGroup() throws {
    spool.shell("touch groups/g.paused")
    try drop("x", #""group": "g""#)
    try drop("other")
    try spool.drain()
    #expect(trace == ["other"])
    let runner = try spool.start()
    spool.shell("rm groups/g.paused")
    #expect(try spool.ended("x").isSuccess)
    runner.kill()
  }

  @Test("a drain does not stay for a group that is paused, also when one of its jobs waits for its next attempt")
  func drainOfPaused() throws {
    try drop(
      "x", #""group": "g", "retry": {"attempts": 2, "delay": "300ms"}"#,
      line: "touch '\(spool.path)/groups/g.paused'; exit 1")
    try spool.drain(within: 120)
    #expect(spool.has("deferred/x.json"))
  }

  @Test("a drain does not stay for a job that waits behind one of its ordered group that is to start later")
  func drainOfOrdered() throws {
    try spool.replace("groups/o.json", #"{"ordered": true, "host": true}"#)
    let later = #"{"run": "true", "group": "o", "priority": 9, "notBefore": "2199-01-01T00:00:00Z"}"#
    try spool.place.write("later.json", later)
    try drop(
      "x", #""group": "o", "retry": {"attempts": 2, "delay": "300ms"}"#,
      line: "mv '\(spool.place.path)/later.json' '\(spool.path)/inbox/'; exit 1")
    try spool.drain(within: 120)
    #expect(spool.has("deferred/x.json") && spool.has("inbox/later.json"))
  }

  @Test("a group's settings fill in what its jobs do not say")
  func groupDefaults() throws {
    try spool.replace("groups/g.json", #"{"host": true, "env": {"A": "group", "B": "group"}, "timeout": "200ms"}"#)
    try spool.drop("x", #"{"run": "echo $A $B; sleep 1000", "group": "g", "env": {"B": "job"}}"#)
    try spool.drain()
    let result = try spool.result("x")
    #expect(result.stdout?.text == "group job\n" && result.status == "timed-out")
  }

  @Test("what the settings give by default and at most holds for jobs that say nothing or too much")
  func settings() throws {
    try spool.write([
      "defaults": #"{"process": {"env": {"A": "set"}, "retry": {"attempts": 2, "delay": 0}}}"#,
      "maxLimits": #"{"timeout": "300ms", "openFiles": 40}"#,
    ])
    try spool.drop("x", #"{"run": "echo $A; ulimit -n; sleep 1000", "timeout": "1h", "limits": {"openFiles": 100}}"#)
    try spool.drain()
    let result = try spool.result("x")
    #expect(result.stdout?.text == "set\n40\n" && result.status == "timed-out" && result.attemptsTotal == 2)
  }
}
