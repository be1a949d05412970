import Jobs
@testable import Operations
import Testing

@Suite struct CrontabTranslatorTests {
  private func translate(
    _ text: String, hasUsers: Bool = false, home: String? = "/home/paul"
  ) throws -> CrontabTranslation {
    try CrontabTranslator(
      file: "crontab", hasUsers: hasUsers, user: "paul", home: home,
      cronProblem: { $0.contains("61") ? Refusal(code: .outOfRange, reason: "61 is no minute") : nil },
      zoneProblem: { $0.hasPrefix("Mars") ? "there is no such zone" : nil }
    ).translate(Array(text.utf8))
  }

  private func task(_ text: String) throws -> JSONNode {
    let translation = try translate(text)
    #expect(translation.tasks.count == 1, "\(translation.notes)")
    return try JSONReader.read(try #require(translation.tasks.first).bytes)
  }

  private func codes(_ text: String, hasUsers: Bool = false) throws -> [String] {
    try translate(text, hasUsers: hasUsers).notes.map { "\($0.line) \($0.code)" }
  }

  @Test("an entry becomes a task that does what cron does, pretty, in an order of keys that stays")
  func whole() throws {
    let text = """
      SHELL=/bin/bash
      CRON_TZ=Europe/Berlin
      RANDOM_DELAY=30
      A = "b c"
      # at night
      0 2 * * *  mail -s "$USER" x%one%two
      """
    let task = try #require(try translate(text + "\n").tasks.first)
    #expect(task.name == "mail" && task.line == 6 && task.timezone == "Europe/Berlin")
    let expected = """
      {
        "schedule": {
          "cron": "0 2 * * *",
          "timezone": "Europe/Berlin"
        },
        "job": {
          "run": [
            "/bin/bash",
            "-c",
            "mail -s \\"$USER\\" x"
          ],
          "stdin": "one\\ntwo\\n",
          "env": {
            "SHELL": "/bin/bash",
            "A": "b c",
            "USER": "paul"
          },
          "directory": "/home/paul"
        },
        "missed": "skip",
        "overlap": "allow",
        "jitter": "30m",
        "description": "line 6 of crontab: 0 2 * * *  mail -s \\"$USER\\" x%one%two"
      }

      """
    #expect(String(decoding: task.bytes, as: UTF8.self) == expected)
  }

  @Test("an entry for each boot has neither missed times nor an earlier run, and no zone and no delay")
  func reboot() throws {
    let task = try task("CRON_TZ=Asia/Tokyo\nRANDOM_DELAY=5\n@reboot /bin/a\n")
    #expect(task.member("schedule")?.value == .string("@reboot"))
    for key in ["missed", "overlap", "jitter"] { #expect(task.member(key) == nil) }
  }

  @Test("settings hold for the entries below them, the last one of a name counts")
  func order() throws {
    let translation = try translate("@daily /a\nA=1\nHOME=/srv\n@daily /b\nA=2\nSHELL=/bin/sh\n@daily /c\n")
    let jobs = try translation.tasks.map { try JSONReader.read($0.bytes).member("job") }
    #expect(jobs[0]?.member("env") == nil)
    #expect(jobs.map { $0?.member("env")?.member("A")?.value } == [nil, .string("1"), .string("2")])
    #expect(jobs.map { $0?.member("env")?.member("HOME")?.value } == [nil, .string("/srv"), .string("/srv")])
    #expect(jobs.map { $0?.member("directory")?.value } == ["/home/paul", "/srv", "/srv"].map { .string($0) })
    #expect(jobs[2]?.member("run")?.value == .string("/c"))
  }

  @Test("an empty CRON_TZ is the machine's zone again")
  func zoneEnds() throws {
    let tasks = try translate("CRON_TZ=Japan\n@daily /a\nCRON_TZ=\n@daily /b\n").tasks
    #expect(tasks.map(\.timezone) == ["Japan", nil])
  }

  @Test(
    "LOGNAME and USER are set where the line names them",
    arguments: [
      ("/a $USER", ["USER"]), ("/a \"${LOGNAME:-x}\" $USER", ["LOGNAME", "USER"]), ("/a $USERS $$USER_", []),
      ("/a USER ${USER1}", []), ("/a $", []), ("/a $LOGNAME.log", ["LOGNAME"]),
    ])
  func userNames(command: String, names: [String]) throws {
    let env = try task("@daily \(command)\n").member("job")?.member("env")
    guard case .object(let members)? = env?.value else {
      #expect(names.isEmpty)
      return
    }
    #expect(members.map(\.key) == names)
    #expect(members.allSatisfy { $0.node.value == .string("paul") })
  }

  @Test("names are given once: with a number from the second on, past those that others have")
  func names() throws {
    let tasks = try translate("@daily /a\n@daily /a-2\n@daily /a\n@daily /a\n@daily /a-2\n").tasks
    #expect(tasks.map(\.name) == ["a", "a-2", "a-3", "a-4", "a-2-2"])
    #expect(tasks.map(\.stem) == ["a", "a-2", "a", "a", "a-2"])
  }

  @Test(
    "what is left out is told with its line, and the rest is carried over",
    arguments: [
      ("61 * * * * /x", "bad-schedule"), ("1~5 * * * * /x", "random-range"), ("hello", "too-short"),
      ("@daily", "no-command"), ("@daily  %in", "no-command"), ("* * * * * * /x", "sixth-field"),
      ("A='", "bad-setting"),
      ("HOME=x", "bad-home"), ("HOME=$HOME/x", "bad-home"), ("SHELL=", "bad-shell"), ("BOBBIN_GROUP=g", "own-variable"),
      ("MLS_LEVEL=s0", "security-level"),
    ])
  func left(line: String, code: String) throws {
    let translation = try translate("@daily /a\n\(line)\n@daily /b\n")
    #expect(translation.notes.map(\.code) == [code])
    #expect(translation.notes.first?.line == 2)
    #expect(translation.notes.map(\.isLoss) == [true])
    #expect(translation.tasks.map(\.name) == ["a", "b"])
    #expect(translation.isCrontab)
  }

  @Test("below a zone that is none nothing is carried over, as its times would be others")
  func badZone() throws {
    let text = "CRON_TZ=Mars/Base\n@daily /a\n@reboot /b\nCRON_TZ=Japan\n@daily /c\n"
    let translation = try translate(text)
    #expect(translation.notes.map(\.code) == ["schedule-zone", "bad-zone", "schedule-zone"])
    #expect(translation.notes[1] == CrontabNote(line: 2, .badZone("Mars/Base", problem: "there is no such zone")))
    #expect(translation.tasks.map(\.name) == ["b", "c"])
  }

  @Test("an entry of another user is left out")
  func otherUser() throws {
    let translation = try translate("@daily root /a\n@daily paul /b\n", hasUsers: true)
    #expect(translation.notes == [CrontabNote(line: 1, .otherUser("root"))])
    #expect(translation.tasks.map(\.command) == ["/b"])
  }

  @Test("an entry that the file ends in is left out, a comment or a setting there is nothing to speak of")
  func cutOff() throws {
    let translation = try translate("@daily /a\n@daily rm -rf /tmp/")
    #expect(translation.notes == [CrontabNote(line: 2, .bad(.noLineBreak))])
    #expect(translation.tasks.map(\.command) == ["/a"])
    #expect(try translate("@daily /a").isCrontab)
    #expect(try codes("@daily /a\n# end") == [])
    #expect(try codes("@daily /a\nA=b") == [])
  }

  @Test(
    "what is carried over and means something else is told once",
    arguments: [
      ("MAILTO=me\nMAILTO=me\nMAILTO=you\nMAILTO=\"\"\n", ["1 mail", "3 mail"]),
      ("MAILFROM=a\nCONTENT_TYPE=text/html\nCONTENT_TRANSFER_ENCODING=8bit\n", ["1 mail", "2 mail", "3 mail"]),
      ("MAILTO=\n", []), ("LOGNAME=x\nUSER=x\n", ["1 fixed-variable", "2 fixed-variable"]),
      ("TZ=Japan\nTZ=Japan\n", ["1 command-zone"]), ("START_HOURS_RANGE=3-22\n", ["1 anacron-setting"]),
      (
        "RANDOM_DELAY=1441\nRANDOM_DELAY=-1\nRANDOM_DELAY=9999999999999999999\n",
        ["1 bad-delay", "2 bad-delay", "3 bad-delay"]
      ),
      ("CRON_TZ=Japan\nCRON_TZ=\nCRON_TZ=Japan\n", ["1 schedule-zone"]), ("RANDOM_DELAY=1440\nRANDOM_DELAY=\n", []),
      ("@daily a\n@daily b\n", ["1 default-path"]),
      ("PATH=/bin\n@daily a\n", []), ("@daily /a\n@daily cd x && ./y\n@daily echo a\n", []),
      ("@daily /a\r\n@daily /b\r\n", ["1 carriage-returns"]), ("@daily /a 'x\\\\y'\n", ["1 doubled-backslash"]),
    ])
  func notes(text: String, expected: [String]) throws {
    #expect(try codes(text) == expected)
    #expect(try translate(text).notes.allSatisfy { !$0.isLoss })
  }

  @Test("TZ goes to the command and not to its times")
  func commandZone() throws {
    let task = try task("TZ=Japan\n@daily /a\n")
    #expect(task.member("schedule")?.value == .string("@daily"))
    #expect(task.member("job")?.member("env")?.member("TZ")?.value == .string("Japan"))
  }

  @Test("without a home the job has no folder, and it is told once", arguments: [nil, "", "home"])
  func noHome(home: String?) throws {
    let translation = try translate("@daily /a\n@daily /b\n", home: home)
    #expect(translation.notes == [CrontabNote(line: 1, .noHome)])
    #expect(try JSONReader.read(translation.tasks[0].bytes).member("job")?.member("directory") == nil)
    #expect(try translate("HOME=/srv\n@daily /a\n", home: home).notes.isEmpty)
  }

  @Test(
    "a file without an entry or a setting is no crontab; one of nothing but comments is an empty one",
    arguments: [
      ("{\n  \"run\": \"x\"\n}\n", false), ("hello\n", false), ("61 * * * * /x\n", false), ("", true),
      ("# a\n\n", true),
      ("A=b\nhello\n", true), ("1~2 * * * * /x\n", true),
    ])
  func kind(text: String, isCrontab: Bool) throws {
    #expect(try translate(text).isCrontab == isCrontab)
  }

  @Test("a description is bounded, and has the line's number")
  func description() throws {
    let long = String(repeating: "\u{e4}", count: 500)
    guard case .string(let text)? = try task("\n @daily /a \(long)\n").member("description")?.value else {
      Issue.record("no description")
      return
    }
    #expect(text.hasPrefix("line 2 of crontab: @daily /a \u{e4}\u{e4}") && text.hasSuffix("\u{e4}…"))
    #expect(text.unicodeScalars.count == "line 2 of crontab: ".count + 200)
  }

  @Test("a task too long to be read is left out")
  func tooLong() throws {
    // Each of these is six characters of JSON.
    let translation = try translate("@daily /a\n@daily /b \(String(repeating: "\u{1}", count: 200_000))\n")
    #expect(translation.notes.map(\.code) == ["too-big"])
    #expect(translation.tasks.map(\.name) == ["a"])
  }

  @Test("a job that would not be accepted is left out by its own code")
  func badJob() throws {
    let translation = try translate("@daily /a\nHOME=/\(String(repeating: "x", count: 5000))\n@daily /b\n")
    #expect(translation.notes.map(\.code) == ["out-of-range"])
    #expect(translation.tasks.map(\.name) == ["a"])
  }

  @Test("what would become many thousand times its size is refused")
  func tooMuch() throws {
    var translator = CrontabTranslator(
      file: "crontab", user: "paul", home: "/", cronProblem: { _ in nil }, zoneProblem: { _ in nil })
    translator.maxBytes = 1 << 20
    let text = "A=\(String(repeating: "x", count: 200_000))\n" + String(repeating: "@daily /a\n", count: 20)
    var refusal: Refusal?
    do throws(Refusal) { _ = try translator.translate(Array(text.utf8)) } catch { refusal = error }
    #expect(refusal?.code == .tooBig && refusal?.line == 7)
  }

  @Test("whatever the bytes are, the answer is tasks that a runner reads, or a refusal", arguments: 0..<40)
  func anything(seed: UInt64) {
    var numbers = Numbers(state: seed)
    var tasks = 0
    for _ in 0..<50 {
      let bytes = numbers.crontab()
      for hasUsers in [false, true] {
        let translator = CrontabTranslator(
          file: "f", hasUsers: hasUsers, user: "paul", home: "/", cronProblem: { _ in nil }, zoneProblem: { _ in nil })
        guard let translation = try? translator.translate(bytes) else { continue }  // refused is fine
        #expect(Set(translation.tasks.map(\.name)).count == translation.tasks.count)
        tasks += translation.tasks.count
        for task in translation.tasks {
          #expect(throws: Never.self) { () throws in
            let job = try #require(try JSONReader.read(task.bytes).member("job"))
            _ = try Job.read(CompactJSON(job).bytes)
            _ = try JobID(stem: Array(task.name.utf8))
          }
          #expect(task.name.utf8.count <= 100)
        }
        let lines = translation.notes.map(\.line)
        #expect(lines == lines.sorted())
      }
    }
    #expect(tasks > 0, "\(tasks) tasks")
  }
}

/// Numbers that a test can have again, and crontabs made of them: pieces of real ones, mutated.
private struct Numbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  private static let pieces = [
    "0 2 * * * ", "@daily ", "@reboot", "root ", "paul ", "A=b", "MAILTO=\"x\"", "CRON_TZ=Japan", "HOME=/x", "SHELL=",
    "cd /x && ", "[ -x /a ] && ", "nice -n ", "timeout ", "%", "\\%", "\\\\", "'", "\"", "~", "\n", "\n", "\n", "\r\n",
    "\t",
    "# ", " = ", "$USER", "${", "\u{e4}", "\u{301}", "\u{1F600}", "/usr/bin/a.run", ">", "&&", "(", "-", "*", "x-2",
    "BOBBIN_X=1", "RANDOM_DELAY=99999999999999999999", ".", "/",
  ].map { Array($0.utf8) }

  mutating func crontab() -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 0...60, using: &self) { bytes += Self.pieces.randomElement(using: &self) ?? [] }
    guard Bool.random(using: &self), !bytes.isEmpty else { return bytes }
    for _ in 0..<3 { bytes[Int.random(in: 0..<bytes.count, using: &self)] = UInt8.random(in: 0...255, using: &self) }
    return bytes
  }
}
