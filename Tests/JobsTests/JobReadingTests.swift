import Testing

@testable import Jobs

@Suite("A job file is read key by key")
struct JobReadingTests {
  @Test("the example of the documentation is read as it says")
  func example() throws {
    let job = try Job.read(
      utf8(
        """
        {
          "run": ["python3", "report.py", "--day", "2026-11-20"],
          "directory": "/srv/reports",
          "timeout": "10m",
          "retry": { "attempts": 3, "delay": "5s", "factor": 2, "maxDelay": "10m", "jitter": 0.1 }
        }
        """))
    var expected = Job(run: .arguments(["python3", "report.py", "--day", "2026-11-20"]))
    expected.directory = "/srv/reports"
    expected.timeout = .seconds(600)
    expected.retry = RetryPolicy(attempts: 3)
    expected.stated = [.retry]
    #expect(job == expected)
  }

  /// A member beside `run`, and what must hold of the job.
  struct Row: CustomTestStringConvertible, Sendable {
    var text: String
    var holds: @Sendable (Job) -> Bool
    var testDescription: String { text }

    init(_ text: String, _ holds: @escaping @Sendable (Job) -> Bool) {
      self.text = text
      self.holds = holds
    }
  }

  static let rows: [Row] = [
    Row(#""runtime": "process""#, { $0.runtime == .process }),
    Row(#""runtime": "auto""#, { $0.runtime == .auto }),
    Row(#""group": "g-1""#, { $0.group?.text == "g-1" }),
    Row(#""stdin": "text\n""#, { $0.stdin == .text("text\n") }),
    Row(#""stdin": { "b": [1.0, null] }"#, { $0.stdin == .json(utf8(#"{"b":[1.0,null]}"#)) }),
    Row(#""stdin": null"#, { $0.stdin == .json(utf8("null")) }),
    Row(#""stdinFile": "/a b""#, { $0.stdin == .file("/a b") }),
    Row(#""env": { "B": "2", "A": "" }"#, { $0.env == [EnvEntry("B", "2"), EnvEntry("A", "")] }),
    Row(#""directory": "/""#, { $0.directory == "/" }),
    Row(#""timeout": 0.5"#, { $0.timeout == .milliseconds(500) }),
    Row(#""grace": "0s""#, { $0.grace == .zero }),
    Row(#""retry": 4"#, { $0.retry == RetryPolicy(attempts: 4) && $0.stated == [.retry] }),
    Row(#""retry": { "delay": "1h" }"#, { $0.retry.delay == .seconds(3600) && $0.retry.maxDelay == .seconds(3600) }),
    Row(#""retry": {}"#, { $0.retry == RetryPolicy() }),
    Row(#""rerun": false"#, { $0.rerun == false }),
    Row(#""priority": -100"#, { $0.priority == -100 && $0.stated == [.priority] }),
    Row(#""after": "a""#, { $0.after == After(jobs: [JobID(unchecked: "a")]) }),
    Row(#""after": ["a", "b~2"]"#, { $0.after?.jobs.map(\.text) == ["a", "b~2"] && $0.after?.needed == 2 }),
    Row(
      #""after": { "jobs": ["a", "b"], "need": "any", "onFailure": "continue" }"#,
      { $0.after?.need == .any && $0.after?.onFailure == .continue }
    ),
    Row(#""after": { "need": 2, "jobs": ["a", "b", "c"] }"#, { $0.after?.need == .count(2) }),
    Row(#""notBefore": "1970-01-01T00:00:01Z""#, { $0.notBefore?.nanoseconds == 1_000_000_000 }),
    Row(#""expires": "1970-01-01T00:00:01Z""#, { $0.expires == .at(Timestamp(seconds: 1)) }),
    Row(#""expires": "2h""#, { $0.expires == .within(.seconds(7200)) }),
    Row(#""expires": 60"#, { $0.expires == .within(.seconds(60)) }),
    Row(#""key": "k""#, { $0.key == "k" }),
    Row(
      #""limits": { "openFiles": 64, "fileSize": "1g", "output": "1m" }"#,
      { $0.limits.openFiles == 64 && $0.limits.fileSize == .gibibytes(1) && $0.limits.output == .mebibytes(1) }
    ),
    Row(#""network": "host""#, { $0.network == "host" }),
    Row(#""labels": { "a": "1" }"#, { $0.labels == [Label("a", "1")] }),
    Row(#""description": "d""#, { $0.description == "d" }),
    Row(#""origin": "ipc""#, { $0.origin == "ipc" }),
    Row(#""x-mine": [1, { "any": null }]"#, { $0 == Job(run: .shell("true")) }),
  ]

  @Test(
    "every key is taken",
    arguments: rows)
  func takes(_ row: Row) throws {
    #expect(row.holds(try job(row.text)))
  }

  @Test(
    "what a key cannot take is refused with its path",
    arguments: [
      (#""runtime": "docka""#, .badValue, "runtime"), (#""runtime": 1"#, .wrongType, "runtime"),
      (#""group": "done""#, .badName, "group"), (#""group": 1"#, .wrongType, "group"),
      (#""group": null"#, .wrongType, "group"),
      (#""stdinFile": "a""#, .badValue, "stdinFile"), (#""stdinFile": 1"#, .wrongType, "stdinFile"),
      (#""stdin": "", "stdinFile": "/a""#, .conflictingKeys, "stdinFile"),
      (#""env": []"#, .wrongType, "env"), (#""env": { "A": 1 }"#, .wrongType, "env.A"),
      (#""env": { "": "1" }"#, .badValue, "env."), (#""env": { "A=": "1" }"#, .badValue, "env.A="),
      (#""env": { "BOBBIN_X": "1" }"#, .badValue, "env.BOBBIN_X"),
      (#""directory": "rel""#, .badValue, "directory"), (#""directory": true"#, .wrongType, "directory"),
      (#""timeout": 0"#, .outOfRange, "timeout"), (#""timeout": -1"#, .outOfRange, "timeout"),
      (#""timeout": "soon""#, .badValue, "timeout"), (#""timeout": true"#, .wrongType, "timeout"),
      (#""timeout": 1e99"#, .outOfRange, "timeout"), (#""grace": "-1s""#, .badValue, "grace"),
      (#""grace": []"#, .wrongType, "grace"),
      (#""retry": 0"#, .outOfRange, "retry"), (#""retry": 1001"#, .outOfRange, "retry"),
      (#""retry": 1.5"#, .wrongType, "retry"),
      (#""retry": "3""#, .wrongType, "retry"), (#""retry": { "attempts": 0 }"#, .outOfRange, "retry.attempts"),
      (#""retry": { "factor": 0.5 }"#, .outOfRange, "retry.factor"),
      (#""retry": { "factor": 1e999 }"#, .outOfRange, "retry.factor"),
      (#""retry": { "jitter": 1.1 }"#, .outOfRange, "retry.jitter"),
      (#""retry": { "jitter": "x" }"#, .wrongType, "retry.jitter"),
      (#""retry": { "delay": "x" }"#, .badValue, "retry.delay"),
      (#""retry": { "dely": 1 }"#, .unknownKey, "retry.dely"),
      (#""retry": { "delay": "1h", "maxDelay": "1m" }"#, .outOfRange, "retry.maxDelay"),
      (#""rerun": 1"#, .wrongType, "rerun"), (#""rerun": null"#, .wrongType, "rerun"),
      (#""priority": 101"#, .outOfRange, "priority"), (#""priority": -101"#, .outOfRange, "priority"),
      (#""priority": 1.0"#, .wrongType, "priority"), (#""priority": 1e1"#, .wrongType, "priority"),
      (#""priority": 99999999999999999999"#, .outOfRange, "priority"), (#""priority": "1""#, .wrongType, "priority"),
      (#""after": []"#, .outOfRange, "after"), (#""after": 1"#, .wrongType, "after"),
      (#""after": [1]"#, .wrongType, "after[0]"),
      (#""after": ["a", "a"]"#, .badValue, "after[1]"), (#""after": ["-a"]"#, .badName, "after[0]"),
      (#""after": ".a""#, .badName, "after"),
      (#""after": {}"#, .missingKey, "after"), (#""after": { "jobs": ["a"], "need": 2 }"#, .outOfRange, "after.need"),
      (#""after": { "jobs": ["a"], "need": 0 }"#, .outOfRange, "after.need"),
      (#""after": { "jobs": ["a"], "need": "some" }"#, .badValue, "after.need"),
      (#""after": { "jobs": ["a"], "need": true }"#, .wrongType, "after.need"),
      (#""after": { "jobs": ["a"], "onFailure": "stop" }"#, .badValue, "after.onFailure"),
      (#""after": { "job": ["a"] }"#, .unknownKey, "after.job"),
      (#""notBefore": "tomorrow""#, .badValue, "notBefore"), (#""notBefore": 1"#, .wrongType, "notBefore"),
      (#""notBefore": "2026-11-20T11:02:03""#, .badValue, "notBefore"),
      (#""expires": "never""#, .badValue, "expires"), (#""expires": 0"#, .outOfRange, "expires"),
      (#""expires": []"#, .wrongType, "expires"),
      (#""key": """#, .outOfRange, "key"), (#""key": 1"#, .wrongType, "key"),
      (#""limits": []"#, .wrongType, "limits"), (#""limits": { "openFiles": 2 }"#, .outOfRange, "limits.openFiles"),
      (#""limits": { "openfile": 2 }"#, .unknownKey, "limits.openfile"),
      (#""limits": { "output": "1" }"#, .outOfRange, "limits.output"),
      (#""limits": { "fileSize": -1 }"#, .outOfRange, "limits.fileSize"),
      (#""limits": { "fileSize": "x" }"#, .badValue, "limits.fileSize"),
      (#""limits": { "fileSize": 1.5 }"#, .wrongType, "limits.fileSize"),
      (#""limits": { "memory": true }"#, .wrongType, "limits.memory"),
      (#""limits": { "memory": "1023k" }"#, .outOfRange, "limits.memory"),
      (#""limits": { "swap": -1 }"#, .outOfRange, "limits.swap"),
      (#""limits": { "cpus": 0 }"#, .outOfRange, "limits.cpus"),
      (#""limits": { "cpus": "1" }"#, .wrongType, "limits.cpus"),
      (#""limits": { "pids": 0 }"#, .outOfRange, "limits.pids"),
      (#""limits": { "cpuTime": "999ms" }"#, .outOfRange, "limits.cpuTime"),
      (#""limits": { "cpuTime": [] }"#, .wrongType, "limits.cpuTime"),
      (#""limits": { "scratch": 4095 }"#, .outOfRange, "limits.scratch"),
      (#""limits": { "cputime": 9 }"#, .unknownKey, "limits.cputime"),
      (#""labels": { "a": 1 }"#, .wrongType, "labels.a"), (#""labels": []"#, .wrongType, "labels"),
      (#""description": 1"#, .wrongType, "description"), (#""origin": "web""#, .badValue, "origin"),
      (#""origin": 1"#, .wrongType, "origin"),
      (#""network": 1"#, .wrongType, "network"), (#""network": """#, .outOfRange, "network"),
      (#""timout": 1"#, .unknownKey, "timout"), (#""X-mine": 1"#, .unknownKey, "X-mine"), (#""": 1"#, .unknownKey, nil),
    ] as [(String, RefusalCode, String?)])
  func refuses(_ text: String, _ code: RefusalCode, _ key: String?) {
    let refusal = refusal { () throws(Refusal) in try job(text) }
    #expect(refusal?.code == code)
    #expect(refusal?.key == key)
    #expect(refusal?.line == 1)
    #expect(refusal?.reason.contains("expected") == true || refusal?.reason.contains("did you mean") == true)
  }

  @Test(
    "what is to be run is checked",
    arguments: [
      ("[]", .wrongType), ("1", .wrongType), ("{}", .missingKey), (#"{"group": "g"}"#, .missingKey),
      (#"{"run": []}"#, .outOfRange), (#"{"run": [""]}"#, .outOfRange), (#"{"run": ""}"#, .outOfRange),
      (#"{"run": [1]}"#, .wrongType), (#"{"run": null}"#, .wrongType), (#"{"run": {}}"#, .wrongType),
      (#"{"run": ["a\u0000"]}"#, .badJSON), (#"{"run": "a", "prompt": "b"}"#, .conflictingKeys),
      (#"{"message": {"channel": "c", "chat": "1", "text": ""}, "prompt": "b"}"#, .conflictingKeys),
      (#"{"run": "a", "run": "a"}"#, .duplicateKey),
    ] as [(String, RefusalCode)])
  func refusesRun(_ text: String, _ code: RefusalCode) {
    #expect(refusal { () throws(Refusal) in try Job.read(utf8(text)) }?.code == code)
  }

  @Test("an empty argument may follow the program")
  func emptyArgument() throws {
    #expect(try Job.read(utf8(#"{"run": ["printf", ""]}"#)).run == .arguments(["printf", ""]))
  }

  @Test("an unknown key is named with its place and the nearest known one")
  func unknownKey() {
    let text = "{\n  \"run\": \"true\",\n    \"timout\": \"5m\"\n}"
    let refusal = refusal { () throws(Refusal) in try Job.read(utf8(text)) }
    #expect(refusal?.reason == "unknown key 'timout' at line 3, column 5: did you mean 'timeout'?")
    #expect(refusal?.line == 3)
    #expect(refusal?.column == 5)
    #expect(refusal?.key == "timout")
  }

  @Test(
    "the nearest key is what was probably meant",
    arguments: [
      ("timout", "timeout"), ("Timeout", "timeout"), ("not_before", "notBefore"), ("evn", "env"),
      ("cmd", "run"), ("priorty", "priority"), ("dir", "directory"), ("retries", "retry"), ("labls", "labels"),
      ("desciption", "description"),
      ("zzzz", nil),
    ] as [(String, String?)])
  func nearest(_ word: String, _ meant: String?) {
    #expect(Spelling.nearest(to: word, among: Job.keys) == meant)
  }

  @Test(
    "what this build cannot do is refused as that, after its type is checked",
    arguments: [
      (#"{"prompt": "a"}"#, .notInThisBuild, "prompt"), (#"{"message": {"a": 1}}"#, .unknownKey, "message.a"),
      (#"{"prompt": 1}"#, .wrongType, "prompt"), (#"{"run": "a", "agent": "i"}"#, .notInThisBuild, "agent"),
      (#"{"run": "a", "model": "i"}"#, .notInThisBuild, "model"),
      (#"{"run": "a", "model": "i", "tpyo": 1}"#, .unknownKey, "tpyo"),
    ] as [(String, RefusalCode, String)])
  func notInThisBuild(_ text: String, _ code: RefusalCode, _ key: String) {
    let refusal = refusal { () throws(Refusal) in try Job.read(utf8(text)) }
    #expect(refusal?.code == code)
    #expect(refusal?.key == key)
    #expect(refusal?.line != nil)
  }

  @Test("limits on all of a job's processes, on processor time and on scratch space are taken")
  func limits() throws {
    let limits = try job(
      #""limits": {"memory": "64m", "swap": 0, "cpus": 0.5, "pids": 10, "cpuTime": "1m30s", "scratch": "1g"}"#
    ).limits
    #expect(limits.memory == .mebibytes(64) && limits.swap == ByteCount(0))
    #expect(limits.cpus == 0.5 && limits.pids == 10)
    #expect(limits.cpuTime == .seconds(90) && limits.scratch == .gibibytes(1))
  }

  @Test("1000 dependencies are taken and 1001 are not")
  func manyDependencies() {
    func text(_ n: Int) -> String { "\"after\": [" + (0..<n).map { "\"j\($0)\"" }.joined(separator: ",") + "]" }
    #expect(refusal { () throws(Refusal) in try job(text(1000)) } == nil)
    #expect(refusal { () throws(Refusal) in try job(text(1001)) }?.code == .outOfRange)
  }

  @Test("a key has at most 256 bytes")
  func keyLength() {
    func text(_ n: Int) -> String { "\"key\": \"" + String(repeating: "k", count: n) + "\"" }
    #expect(refusal { () throws(Refusal) in try job(text(256)) } == nil)
    #expect(refusal { () throws(Refusal) in try job(text(257)) }?.code == .outOfRange)
  }
}
