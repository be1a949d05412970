import Jobs
import Platform
import Spool
import TestSupport
import Testing

@Suite(
  "Channels that are web hooks", .enabled(if: Need.python && Need.curl, "needs python3 and curl"),
  .timeLimit(.minutes(60))) struct WebHookTests
{
  private static let token = "t0k3n-\"quoted\"-value"
  private static let key = "s1gn1ng-k3y"

  private func post(_ path: String, _ more: String = #", "retry": {"attempts": 2, "delay": "10ms"}"#) throws -> (
    stage: OutboxStage, server: HookServer, result: MessageRecord
  ) {
    let stage = try OutboxStage([:])
    let server = try HookServer(in: stage.spool.place)
    try stage.set(["hook": server.channel(path, more)])
    try stage.drop("x", "hook:room")
    try stage.spool.drain()
    return (stage, server, try stage.result("x"))
  }

  @Test("a message is posted as JSON, signed, with the id of every repeat and the attempt")
  func posted() throws {
    let stage = try OutboxStage([:])
    let secrets = try SecretFolder(in: stage.spool.place)
    try secrets.add("SIGN", Self.key)
    try secrets.add("TOKEN", Self.token)
    let server = try HookServer(in: stage.spool.place)
    let hook =
      #", "secret": "SIGN", "headers": {"X-Team": "a \"b\" \\ c"}, "headerSecrets": {"Authorization": "TOKEN"}"#
    try stage.set([
      "hook": server.channel("twice/a?b=1", #", "retry": {"attempts": 2, "delay": "10ms"}"#, hook: hook)
    ])
    try stage.drop("x", "hook:room", "ä \\\"x\\\" {a,b} [1-3]", #", "id": "ä 1%""#)
    let runner = try stage.spool.start(drain: true, environment: [secrets.variable])
    #expect(runner.end() == .exited(0))
    let result = try stage.result("x")
    #expect(result.status == .delivered && result.httpStatus == 204 && result.attemptsTotal == 2, "\(result)")
    #expect(result.attempts.first?.code == "http-500")
    let requests = try server.requests()
    try #require(requests.count == 2)
    for (number, request) in requests.enumerated() {
      #expect(request.member("path")?.value == .string("/twice/a?b=1"))
      #expect(request.member("mark")?.value == .bool(true))
      #expect(server.header("content-type", of: request) == "application/json")
      #expect(server.header("idempotency-key", of: request) == "%C3%A4%201%25")
      #expect(server.header("x-bobbin-attempt", of: request) == "\(number + 1)")
      #expect(server.header("x-team", of: request) == #"a "b" \ c"#)
      #expect(server.header("authorization", of: request) == Self.token)
      #expect(server.header("expect", of: request) == nil)
      #expect(
        request.member("body")?.value
          == .string(
            #"{"id":"ä 1%","attempt":\#(number + 1),"channel":"hook","to":"room","text":"ä \"x\" {a,b} [1-3]","files":[]}"#
          ))
      // What others can see of curl while it waits: nothing of ours.
      #expect(request.member("leaks")?.member("found")?.value == .array([]))
      #expect(request.member("leaks")?.member("curls")?.value != .number("0"))
    }
  }

  @Test("a server that fails is tried again, and then the message is kept with what it said")
  func failing() throws {
    let (stage, server, result) = try post("500/some-long-path")
    #expect(result.status == .failed && result.code == "http-500" && result.attemptsTotal == 2)
    #expect(try server.requests().count == 2 && stage.spool.has("errors/outbox/x.json"))
    // The address may be a secret, also when the server repeats it.
    #expect(result.output?.text == "broken: [redacted url]")
  }

  @Test("429 with Retry-After is heard: the message waits so long, or until it is touched")
  func busy() throws {
    let stage = try OutboxStage([:])
    let server = try HookServer(in: stage.spool.place)
    try stage.set(["hook": server.channel("busy")])
    try stage.drop("x", "hook")
    let runner = try stage.spool.start()
    #expect(try eventually(within: 60) { try stage.waiting("x") != nil && stage.spool.has("outbox/x.json") })
    let waiting = try #require(try stage.waiting("x"))
    let (next, start) = (try #require(waiting.nextAttemptAt), try #require(waiting.startedAt))
    #expect(waiting.code == "http-429" && waiting.httpStatus == 429 && next.duration(since: start) >= .seconds(7200))
    let due = try #require(try stage.spool.folder(.outbox).status("x.run.json"))
    #expect(due.modified / 1_000_000 == next.nanoseconds / 1_000_000)
    stage.spool.shell("touch outbox/x.run.json")
    #expect(try stage.ended("x").status == .delivered)
    runner.kill()
  }

  @Test("503 that says now is tried at once")
  func soon() throws {
    #expect(try post("soon").result.attempts.map(\.code) == ["http-503", nil])
  }

  @Test("a server that hangs costs the timeout, and no more")
  func hanging() throws {
    let result = try post("hang", #", "timeout": "1s", "retry": 1"#).result
    #expect(result.status == .failed && result.code == "timed-out" && result.httpStatus == nil)
  }

  @Test(
    "a redirect is a failure and never followed, whether to a file or to another server",
    arguments: ["to-file", "to-other"])
  func redirected(path: String) throws {
    let (stage, server, result) = try post(path)
    #expect(result.status == .failed && result.code == "redirect" && result.attemptsTotal == 1)
    #expect(try server.requests().map { $0.member("path")?.value } == [.string("/\(path)")])
    #expect(!stage.spool.shell("cat errors/outbox/x.result.json").text.contains("root:"))
  }

  @Test("of a huge answer only the beginning is read, and 2xx is 2xx")
  func huge() throws {
    let good = try post("huge").result
    #expect(good.status == .delivered && good.httpStatus == 200)
    let bad = try post("huge-bad").result
    #expect(bad.status == .failed && bad.code == "http-400" && bad.attemptsTotal == 1)
    #expect((bad.output?.text.utf8.count ?? .max) <= 4096)
  }

  @Test("a server that closes, speaks no HTTP or is not there is tried again", arguments: ["drop", "rubbish", ""])
  func broken(path: String) throws {
    let stage = try OutboxStage([:])
    let server = path.isEmpty ? nil : try HookServer(in: stage.spool.place)
    // Port 9 of this machine: discard, where nobody listens.
    let channel = server?.channel(path, OutboxStage.quickRetry)
    try stage.set(["hook": channel ?? #"{"webhook": {"url": "http://127.0.0.1:9/"}\#(OutboxStage.quickRetry)}"#])
    try stage.drop("x", "hook")
    try stage.spool.drain()
    let result = try stage.result("x")
    #expect(result.status == .failed && result.attemptsTotal == 3)
    #expect(["bad-answer", "not-reached", "curl"].contains(result.code))
  }

  @Test("secrets, header values and addresses are nowhere: results, logs, settings shown, whatever a server sends back")
  func nowhere() throws {
    let stage = try OutboxStage([:])
    let secrets = try SecretFolder(in: stage.spool.place)
    try secrets.add("SIGN", Self.key)
    try secrets.add("TOKEN", Self.token)
    let server = try HookServer(in: stage.spool.place)
    let hook =
      #", "secret": "SIGN", "headers": {"X-Key": "header-value-1"}, "headerSecrets": {"Authorization": "TOKEN"}"#
    let echoing = OutboxStage.shell("echo $TOKEN; echo $TOKEN >&2; exit 65", #", "secrets": ["TOKEN"]"#)
    try stage.set([
      "hook": server.channel("echo/secret-path", hook: hook), "command": echoing,
      "told": #"{"command": ["sh", "-c", "exit 65", "argument-token"], "env": {"A": "variable-token"}}"#,
    ])
    for channel in ["hook", "command", "told"] { try stage.drop(channel, channel) }
    let runner = try stage.spool.start(drain: true, environment: [secrets.variable, "LOG_LEVEL=trace"])
    #expect(runner.end() == .exited(0))
    for channel in ["hook", "command", "told"] { #expect(try stage.result(channel).status == .failed) }
    #expect(try stage.result("command").output?.text == "[redacted TOKEN]\n")
    #expect(try stage.result("hook").output?.text.contains("[redacted") == true)
    let shown = BobbinProgram.run(["config", "--effective", "--spool", stage.spool.path])
    #expect(shown.isSuccess && shown.text.contains("TOKEN") && shown.text.contains("X-Key"))
    for part in [
      Self.token, #"t0k3n-\"quoted\"-value"#, "t0k3n", Self.key, "header-value-1", "secret-path", "argument-token",
      "variable-token",
    ] {
      // The settings are where they were written down; the message file has none.
      let found = stage.spool.shell("grep -rlF -e '\(part)' . | grep -v '^./settings.json$'").text
      #expect(found.isEmpty, "'\(part)' is in \(found)")
      #expect(!shown.text.contains(part), "'\(part)' is shown")
      #expect(!runner.text.contains(part))
    }
  }

  @Test("a secret that is missing, or no header, puts messages off with its reason and never its value")
  func secretMissing() throws {
    let stage = try OutboxStage([:])
    let secrets = try SecretFolder(in: stage.spool.place)
    try secrets.add("LINES", "first-line\nsecond-line")
    let server = try HookServer(in: stage.spool.place)
    try stage.set([
      "a": server.channel("x", hook: #", "secret": "NONE""#),
      "b": server.channel("x", hook: #", "headerSecrets": {"A": "LINES"}"#),
    ])
    try stage.drop("a", "a")
    try stage.drop("b", "b")
    #expect(try stage.spool.start(drain: true, environment: [secrets.variable]).end() == .exited(0))
    #expect(try stage.waiting("a")?.code == "secret-missing")
    #expect(try stage.waiting("b")?.code == "secret-unsafe")
    #expect(try server.requests().isEmpty)
    #expect(stage.spool.shell("grep -rlF second-line .").text.isEmpty)
  }

  @Test("without curl messages wait, and the log says what is missing")
  func noCurl() throws {
    let stage = try OutboxStage([
      "hook": #"{"webhook": {"url": "https://example.invalid/"}, "env": {"PATH": "/nowhere"}}"#
    ])
    try stage.drop("x", "hook")
    #expect(try stage.spool.start(drain: true).end() == .exited(0))
    #expect(try stage.waiting("x")?.code == "program-missing")
    #expect(stage.spool.log.contains("curl"))
  }
}
