import Jobs
import Platform
import TestSupport
import Testing

/// `paused` and `settings.json`, as they come and go.
@Suite(.timeLimit(.minutes(60))) struct ControlFileTests {
  private let spool: TestSpool
  init() throws { spool = try TestSpool() }

  @Test("while 'paused' exists nothing is claimed, and what runs goes on")
  func paused() throws {
    let runner = try spool.start()
    try spool.drop("running", #"{"run": "\#(spool.untilLetGo)"}"#)
    #expect(spool.begins("running"))
    spool.shell("echo because > paused")
    #expect(eventually { spool.logged("paused") >= 1 })
    try spool.drop("x", #"{"run": "true"}"#)
    // By then a runner that ignored the file would have claimed.
    #expect(runner.goesRound())
    spool.letGo()
    #expect(try spool.ended("running").isSuccess)
    #expect(spool.has("inbox/x.json"))
    spool.shell("rm paused")
    #expect(try spool.ended("x").isSuccess)
    runner.kill()
  }

  @Test("a runner that cannot look for 'paused' at first runs nothing, and one that drains looks again")
  func unseen() throws {
    try spool.drop("x", #"{"run": "true"}"#)
    spool.shell("echo because > paused")
    func look(_ number: Int) throws {
      let runner = try spool.start(
        drain: true,
        environment: BobbinProgram.callFault("stat:EIO@\(number)") + ["BOBBIN_CALL_COUNT=\(spool.place.path)/count"])
      #expect(runner.end() != nil)
      try #require(spool.has("inbox/x.json"), "look \(number): \(spool.tree)")
    }
    try look(0)
    let looks = try #require(Int(spool.place.text("count")))
    // It is among the last, after all that a start looks at; which one differs by a few from one runner to the next.
    var number = 0
    while spool.logged("pause-unknown") == 0, number < 20 * looks {
      number += 1
      try look(1 + (2 * looks / 3 + number) % looks)
    }
    #expect(spool.logged("pause-unknown") == 1)
  }

  @Test("settings that break while running leave the last good ones in force, and good ones are taken up")
  func settings() throws {
    let runner = try spool.start()
    #expect(eventually { spool.logged("runner-started") == 1 })
    try spool.write(["defaults": #"{"process": {"env": {"A": "one"}}}"#])
    #expect(eventually { spool.logged("settings-read") == 1 })
    try spool.replace("settings.json", #"{"slots": "many"}"#)
    #expect(eventually { spool.logged("settings-invalid") == 1 })
    try spool.drop("x", #"{"run": "echo $A"}"#)
    #expect(try spool.ended("x").stdout?.text == "one\n")
    try spool.write(["defaults": #"{"process": {"env": {"A": "two"}}}"#])
    #expect(eventually { spool.logged("settings-read") == 2 })
    try spool.drop("y", #"{"run": "echo $A"}"#)
    #expect(try spool.ended("y").stdout?.text == "two\n")
    runner.kill()
  }

  @Test("settings that are deleted are the default ones again")
  func noSettings() throws {
    try spool.write(["defaults": #"{"process": {"env": {"A": "one"}}}"#])
    let runner = try spool.start()
    defer { runner.kill() }
    try spool.drop("x", #"{"run": "echo $A"}"#)
    #expect(try spool.ended("x").stdout?.text == "one\n")
    spool.shell("rm settings.json")
    #expect(eventually { spool.logged("settings-read") == 1 })
    try spool.drop("y", #"{"run": "echo $A."}"#)
    #expect(try spool.ended("y").stdout?.text == ".\n")
  }

  @Test(
    "bad settings at the start end the runner before it claims anything",
    arguments: ["{", #"{"slotz": 1}"#, #"{"slots": 0}"#])
  func badStart(text: String) throws {
    try spool.replace("settings.json", text)
    try spool.drop("x", #"{"run": "true"}"#)
    #expect(try spool.start(drain: true).end() == .exited(78) && spool.has("inbox/x.json"))
  }

  @Test("HUP reads the settings again")
  func hangUp() throws {
    try spool.write(["scanInterval": "\"1h\"", "notifications": "false"])
    let runner = try spool.start()
    #expect(eventually { spool.logged("runner-started") == 1 })
    // The first turn's scan must not be the one that reads it.
    try spool.drop("first", "{}")
    try spool.write([
      "scanInterval": "\"1h\"", "notifications": "false", "defaults": #"{"process": {"env": {"A": "one"}}}"#,
    ])
    runner.signal(1)
    #expect(eventually { spool.logged("settings-read") >= 1 })
    runner.kill()
  }
}
