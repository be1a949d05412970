import Jobs
import Platform
import Spool
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct RefusalTests {
  private let spool: TestSpool
  init() throws { spool = try TestSpool() }

  @Test(
    "a file that is no job is refused with a stable code and its place, and its bytes lie in errors as they were",
    arguments: [
      ("", "empty", nil, nil), ("  \n", "empty", nil, nil), ("{\"run\": \"true\"", "bad-json", 1, 15),
      ("{\"run\": \"true\"} x", "bad-json", 1, 17), ("{\"run\": \"true\",}", "bad-json", 1, 16),
      ("\u{FEFF}{\"run\": \"true\"}", "bad-json", 1, 1), ("{\"run\": \"tr\u{0}ue\"}", "bad-json", 1, 12),
      ("{\"run\": \"a\\u0000b\"}", "bad-json", 1, 11), ("{\"run\": \"\\ud800\"}", "bad-json", 1, 10),
      ("{\"run\": \"true\", \"run\": \"false\"}", "duplicate-key", 1, 17),
      ("{\n  \"run\": \"true\",\n  \"timout\": 5\n}", "unknown-key", 3, 3), ("[]", "wrong-type", 1, 1),
      ("{}", "missing-key", 1, 1), ("{\"run\": \"true\", \"prompt\": \"hi\"}", "conflicting-keys", 1, 17),
      ("{\"run\": 7}", "wrong-type", 1, 9), ("{\"run\": []}", "out-of-range", 1, 9),
      ("{\"run\": \"true\", \"priority\": 101}", "out-of-range", 1, 29),
      ("{\"run\": \"true\", \"priority\": 1e999}", nil, 1, 29),
      ("{\"run\": \"true\", \"priority\": 99999999999999999999}", "out-of-range", 1, 29),
      ("{\"run\": \"true\", \"timeout\": \"5 parsecs\"}", "bad-value", 1, 28),
      ("{\"run\": \"true\", \"notBefore\": \"tomorrow\"}", "bad-value", 1, 30),
      ("{\"run\": \"true\", \"directory\": \"here\"}", "bad-value", 1, 30),
      ("{\"run\": \"true\", \"env\": {\"A=B\": \"x\"}}", "bad-value", nil, nil),
      ("{\"run\": \"true\", \"env\": {\"A\\u0000B\": \"x\"}}", "bad-json", nil, nil),
      ("{\"run\": \"true\", \"env\": {\"BOBBIN_JOB_ID\": \"x\"}}", "bad-value", nil, nil),
      ("// no comments\n{\"run\": \"true\"}", "bad-json", 1, 1), ("{'run': 'true'}", "bad-json", 1, 2),
    ] as [(String, String?, Int?, Int?)])
  func content(text: String, code: String?, line: Int?, column: Int?) throws {
    try spool.drop("x", text)
    try spool.drain()
    let result = try spool.result("x")
    #expect(result.status == "refused" && !(result.outcome?.reason ?? "").isEmpty)
    if let code { #expect(result.code == code) }
    if let line {
      #expect(result.outcome?.line == line && result.outcome?.column == column, "\(result.outcome?.reason ?? "")")
    }
    #expect(try spool.text("errors/x.json") == text)
    #expect(try spool.names(.inbox).isEmpty && spool.names(.processing).isEmpty)
  }

  @Test("an unknown key names the nearest one")
  func nearest() throws {
    try spool.drop("x", #"{"run": "true", "timout": 5}"#)
    try spool.drain()
    #expect(try spool.result("x").outcome?.reason?.contains("'timeout'") == true)
  }

  @Test("nesting is taken to 64 levels, and 100,000 harm nothing", arguments: [63, 65, 100_000])
  func nesting(depth: Int) throws {
    let value = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    try spool.drop("x", #"{"run": "true", "x-deep": \#(value)}"#)
    try spool.drain()
    #expect(try spool.result("x").code == (depth < 64 ? nil : "too-deep"))
  }

  @Test(
    "bytes that are not UTF-8 are refused and kept", arguments: [#"\377"#, #"{"run": "\303("}"#, #"\376\377\000{"#])
  func notUTF8(escaped: String) throws {
    Command.shell("cd '\(spool.path)' && printf '\(escaped)' > x && cp x keep && mv x inbox/x.json")
    try spool.drain()
    #expect(try spool.result("x").code == "not-utf8")
    #expect(spool.shell("cmp keep errors/x.json").isSuccess)
  }

  @Test("a file over maxJobBytes is refused, one of exactly that runs")
  func size() throws {
    let frame = #"{"run": "true", "description": ""}"#.utf8.count
    func text(_ size: Int) -> String {
      #"{"run": "true", "description": "\#(String(repeating: "x", count: size - frame))"}"#
    }
    try spool.drop("fits", text(1 << 20))
    try spool.drop("over", text(1 << 20 + 1))
    spool.shell("truncate -s 5G t && mv t inbox/huge.json")
    try spool.drain()
    #expect(try spool.result("fits").isSuccess)
    #expect(try spool.result("over").code == "too-big" && spool.result("huge").code == "too-big")
  }

  @Test(
    "what is not a regular file is never opened nor followed: it is refused and lies in errors",
    arguments: [
      ("mkfifo inbox/x.json", "-p"), ("ln -s /etc/passwd inbox/x.json", "-L"), ("ln -s nowhere inbox/x.json", "-L"),
      ("mkdir inbox/x.json && touch inbox/x.json/inside", "-d"),
      ("python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"inbox/x.json\")'", "-S"),
      ("mknod inbox/x.json c 1 5", "-c"),
    ])
  func notAFile(make: String, test: String) throws {
    let made = spool.shell(make)
    if !made.isSuccess, test == "-c" || test == "-S" { return }  // no root, no python: the others stand for them
    try spool.drain()
    #expect(try spool.result("x").code == "not-a-file")
    #expect(spool.shell("test \(test) errors/x.json").isSuccess)
  }

  @Test("a file that the runner may not read is refused", .enabled(if: Need.otherUser, "\(Need.otherUserSays)"))
  func unreadable() throws {
    // A runner of another user, on a spool of that user, with a file of root in its inbox.
    try spool.drop("mine", #"{"run": "id -u"}"#)
    try spool.drop("x", #"{"run": "true"}"#)
    spool.shell("chown -R 65534 . && chown 0 inbox/x.json && chmod 600 inbox/x.json")
    let copy = spool.place.path + "/bobbin"
    Command.shell("chmod 755 '\(spool.place.path)' && cp '\(BobbinProgram.path)' '\(copy)' && chmod 755 '\(copy)'")
    let run = Command.run(
      Program(
        paths: ["/usr/bin/setpriv", "/bin/setpriv"],
        arguments: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy]
          + BobbinProgram.runner(spool.path, drain: true), environment: ["PATH=/usr/bin:/bin", "HOME=/"]))
    #expect(run.end == .exited(0) || run.end == .exited(1), "\(run.text)")
    #expect(try spool.result("x").code == "unreadable")
    #expect(try spool.result("mine").stdout?.text == "65534\n")
  }

  // MARK: names

  @Test(
    "a name that cannot be an id is refused under a new one, with the dropped name told and the bytes kept",
    arguments: [
      ("x.result", "x.result"), ("x.run", "x.run"), ("x.state", "x.state"), ("x.cancel", "x.cancel"),
      ("x.files", "x.files"), ("-n", "-n"), (#"a\nb"#, "a\nb"), (#"a\033[31m"#, "a\u{1B}[31m"),
      (#"bad\377utf"#, "bad\u{FFFD}utf"), (#"\302\205"#, "\u{85}"),
    ])
  func names(escaped: String, told: String) throws {
    spool.shell("printf '%s' '{\"run\": \"true\"}' > t && n=$(printf -- '\(escaped).json') && mv -- t \"inbox/$n\"")
    try spool.drop("good", #"{"run": "true"}"#)
    try spool.drain()
    #expect(try spool.result("good").isSuccess)
    let refused = try spool.names(.errors).filter { $0.hasPrefix("refused-") && !$0.hasSuffix(".result.json") }
    try #require(refused.count == 1, "\(spool.tree)")
    let result = try spool.result(String(refused[0].dropLast(5)))
    #expect(result.code == "bad-name" && result.status == "refused" && result.droppedAs == told)
    #expect(try spool.text("errors/\(refused[0])") == #"{"run": "true"}"#)
  }

  @Test("a name of 255 bytes is refused, one of 150 before .json runs")
  func longNames() throws {
    let longest = String(repeating: "é", count: 75)
    spool.shell("echo '{\"run\": \"true\"}' > inbox/$(head -c 250 /dev/zero | tr '\\0' n).json")
    spool.shell("echo '{\"run\": \"exit 1\", \"retry\": {\"attempts\": 2, \"delay\": 0}}' > 'inbox/\(longest).json'")
    try spool.drain()
    #expect(try spool.result(longest).attemptsTotal == 2)
    #expect(try spool.names(.errors).contains { $0.hasPrefix("refused-") })
    try spool.drop(longest, #"{"run": "true"}"#)
    try spool.drain()
    #expect(try spool.result(longest + "~2").isSuccess)
  }

  @Test("a job that got a number is retried under that name, however long it is; one that nobody gave is refused")
  func longNumbers() throws {
    let longest = String(repeating: "n", count: 150)
    for _ in 1...2 {
      try spool.drop(longest, #"{"run": "exit 1"}"#)
      try spool.drain()
    }
    spool.shell("mv errors/\(longest)~2.json inbox/")
    try spool.drop(longest + "~7", #"{"run": "true"}"#)
    try spool.drain()
    let result = try spool.result(longest + "~2")
    #expect(result.code == "exit" && result.attemptsTotal == 2 && result.droppedAs == longest)
    #expect(try spool.names(.errors).contains { $0.hasPrefix("refused-") } && !spool.has("done/\(longest)~7.json"))
  }

  @Test("names with a leading dot or another ending are left alone while they wait")
  func ignored() throws {
    spool.shell("cd inbox && echo x > .x.json; echo x > notes.txt; echo x > x.json.part; mkdir folder; echo x > .json")
    try spool.drain()
    #expect(spool.shell("LC_ALL=C ls -A inbox").text == ".json\n.x.json\nfolder\nnotes.txt\nx.json.part\n")
    #expect(try spool.names(.errors).isEmpty)
  }

  @Test("names that differ only in how Unicode is composed are two jobs")
  func composed() throws {
    try spool.drop("e\u{301}", #"{"run": "echo two"}"#)
    try spool.drop("\u{E9}", #"{"run": "echo one"}"#)
    try spool.drain()
    #expect(spool.shell("ls -p done | grep -v / | grep -c -v result").text == "2\n")
  }

  // MARK: half-written

  @Test("a file typed with pauses longer than 'quiet' is not refused, and runs when it is whole and closed")
  func typed() throws {
    let runner = try spool.start()
    let typing = spool.shell(
      #"{ printf '{"run": '; sleep 0.5; printf '"echo typed'; sleep 0.5; printf '"}'; } > inbox/x.json"#)
    #expect(typing.isSuccess)
    #expect(try spool.ended("x").stdout?.text == "typed\n")
    runner.kill()
  }

  @Test("an incomplete file that nobody writes is refused after 'quiet', and not before")
  func incomplete() throws {
    try spool.write(["quiet": "\"400ms\""])
    let runner = try spool.start()
    let start = Clock.continuous()
    try spool.drop("x", #"{"run": "#)
    #expect(try spool.ended("x").code == "bad-json")
    #expect(Clock.continuous() - start >= 400_000_000)
    runner.kill()
  }

  @Test("a whole file that stays open for writing is claimed after 'quiet'")
  func heldOpen() throws {
    let runner = try spool.start()
    let file = try spool.folder(.inbox).create("x.json")
    try file.write(Array(#"{"run": "true"}"#.utf8))
    #expect(try spool.ended("x").isSuccess)
    withExtendedLifetime(file) {}
    runner.kill()
  }

  @Test("an incomplete file that stays open is left, and runs once it is completed")
  func completed() throws {
    let file = try spool.folder(.inbox).create("x.json")
    try file.write(Array(#"{"run": "#.utf8))
    let runner = try spool.start()
    try spool.drop("other", #"{"run": "sleep 0.5"}"#)
    try spool.ended("other")
    #expect(spool.has("inbox/x.json"))
    try file.write(Array(#""true"}"#.utf8))
    #expect(try spool.ended("x").isSuccess)
    runner.kill()
  }

  @Test(
    "a refused file that is moved back to the inbox before its result shows is refused once more after it, and no half of that shows",
    .enabled(if: Need.strace, "\(Need.straceSays)"))
  func backToInbox() throws {
    try spool.drop("x", "{")
    let run = spool.shell(
      """
      :
      strace -f -qq -e trace=fdatasync -e inject=fdatasync:delay_enter=300000 -o /dev/null \
        '\(BobbinProgram.path)' run --spool . --drain > ../out 2>&1 &
      while test ! -e processing/x.json; do kill -0 $! || exit 1; done
      mv processing/x.json inbox/
      while kill -0 $! 2> /dev/null; do cat errors/x.result.json >> ../seen 2> /dev/null; done
      """)
    #expect(run.isSuccess)
    #expect(try !spool.place.text("seen").contains("running"))
    #expect(try spool.names(.errors) == ["x.json", "x.result.json"] && spool.names(.processing).isEmpty)
    #expect(try spool.result("x").status == "refused" && spool.text("errors/x.json") == "{")
  }

  @Test("a drop onto a name that still waits replaces it")
  func replaced() throws {
    try spool.drop("x", #"{"run": "echo one", "notBefore": "2199-01-01T00:00:00Z"}"#)
    let runner = try spool.start()
    try spool.drop("other", #"{"run": "true"}"#)
    try spool.ended("other")
    try spool.drop("x", #"{"run": "echo two"}"#)
    #expect(try spool.ended("x").stdout?.text == "two\n")
    #expect(try spool.names(.inbox).isEmpty && !spool.has("done/x~2.json"))
    runner.kill()
  }
}
