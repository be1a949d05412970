import Testing

@testable import Jobs

@Suite("What a container's request says, and what is no request")
struct RequestReadingTests {
  static func read(_ text: String, _ kind: Request.Kind) throws(Refusal) -> Request {
    try Request.read(utf8(text), kind: kind) { $0 == "Europe/Berlin" ? nil : "no such zone" }
  }

  private static let incoming = #"{"channel": "c", "chat": "1", "text": "t"}"#
  private static let task = #"{"schedule": "@daily", "job": {"run": "a"}}"#

  @Test("each type is read in its own folder and in no other")
  func types() throws {
    let good: [(Request.Kind, String)] = [
      (.messages, #"{"type": "message", "to": "ops:a", "text": "t"}"#),
      (.messages, #"{"type": "message", "to": "ops:a", "text": "t", "files": ["a", "b/c.txt"], "id": "x", "x-a": 1}"#),
      (.jobs, #"{"type": "job", "job": {"run": "a"}, "wait": true}"#),
      (.jobs, #"{"type": "jobs", "jobs": {"a": {"run": "a"}, "b": {"run": "b", "after": ["a"]}}}"#),
      (.jobs, #"{"type": "cancel", "job": "g.x"}"#),
      (.tasks, #"{"type": "schedule", "name": "n", "task": \#(Self.task)}"#),
      (.tasks, #"{"type": "update", "name": "n", "task": \#(Self.task)}"#),
      (.tasks, #"{"type": "pause", "name": "n"}"#), (.tasks, #"{"type": "resume", "name": "n", "group": "h"}"#),
      (.tasks, #"{"type": "cancel", "name": "n"}"#),
    ]
    for (kind, text) in good {
      let request = try Self.read(text, kind)
      #expect(request.waits == text.contains("wait"))
      for other in Request.Kind.allCases where other != kind && !text.contains("\"cancel\"") {
        let refusal = refusal { () throws(Refusal) in try Self.read(text, other) }
        #expect(refusal?.code == .badValue && refusal?.key == "type", "\(text) in \(other)")
      }
    }
    #expect(try Self.read(good[1].1, .messages).id == "x" && Self.read(good[0].1, .messages).id == nil)
    guard case .message(let to, let text, let files) = try Self.read(good[1].1, .messages).action else {
      Issue.record("no message")
      return
    }
    #expect(to == "ops:a" && text == "t" && files == ["a", "b/c.txt"])
    guard case .resume(let name, let group) = try Self.read(good[8].1, .tasks).action else {
      Issue.record("no resume")
      return
    }
    #expect(name == "n" && group?.text == "h")
  }

  @Test(
    "what is wrong is refused with its code, key and line",
    arguments: [
      (.messages, #"{"to": "a", "text": "b"}"#, "missing-key", nil, 1),
      (.messages, "{\"type\": \"message\",\n\"to\": \"a\"}", "missing-key", nil, 1),
      (.messages, "{\"type\": \"message\",\n\"to\": 1, \"text\": \"\"}", "wrong-type", "to", 2),
      (.messages, #"{"type": "message", "to": "", "text": ""}"#, "out-of-range", "to", 1),
      (.messages, "{\"type\": \"message\",\n\n\"too\": \"a\"}", "unknown-key", "too", 3),
      (.messages, #"{"type": "message", "to": "a", "text": "", "wait": true}"#, "unknown-key", "wait", 1),
      (.messages, #"{"type": "message", "to": "a", "text": "", "group": "main"}"#, "unknown-key", "group", 1),
      (.messages, #"{"type": "message", "to": "a", "text": "", "origin": "x"}"#, "unknown-key", "origin", 1),
      (.messages, #"{"type": "Message", "to": "a", "text": ""}"#, "bad-value", "type", 1),
      (.messages, #"{"type": "message", "type": "job"}"#, "duplicate-key", "type", 1),
      (.messages, "{\"type\": \"message\", \"to\": \"a\",\n\"text\": \"\"}", "out-of-range", "text", 2),
      (.messages, #"{"type": "message", "to": "a", "text": "", "files": []}"#, "out-of-range", "text", 1),
      (.jobs, #"{"type": "job", "job": {"message": \#(incoming)}}"#, "not-permitted", "job.message", 1),
      (.jobs, #"{"type": "jobs", "jobs": {"a": {"message": \#(incoming)}}}"#, "not-permitted", "jobs.a.message", 1),
      (
        .tasks, #"{"type": "schedule", "name": "n", "task": {"schedule": "@daily", "job": {"message": \#(incoming)}}}"#,
        "not-permitted", "task.job.message", 1
      ),
      (.messages, "[]", "wrong-type", nil, 1), (.messages, "", "empty", nil, 1),
      (.messages, "{\"type\": \"message\"", "bad-json", nil, 1),
      (.messages, #"{"type": "message", "to": "a", "text": "", "files": "a"}"#, "wrong-type", "files", 1),
      (.messages, #"{"type": "message", "to": "a", "text": "", "files": ["a", 1]}"#, "wrong-type", "files[1]", 1),
      (.jobs, #"{"type": "job"}"#, "missing-key", nil, 1),
      (.jobs, #"{"type": "job", "job": []}"#, "wrong-type", "job", 1),
      (.jobs, #"{"type": "job", "job": {"run": "a"}, "wait": 1}"#, "wrong-type", "wait", 1),
      (.jobs, #"{"type": "job", "job": {"run": "a", "nun": 1}}"#, "unknown-key", "job.nun", 1),
      (.jobs, #"{"type": "job", "job": {"run": "a", "origin": "ipc"}}"#, "not-permitted", "job.origin", 1),
      (.jobs, #"{"type": "job", "job": {"run": "a", "task": "t"}}"#, "not-permitted", "job.task", 1),
      (
        .jobs, #"{"type": "job", "job": {"run": "a", "task": "t", "scheduledFor": "2026-11-20T00:00:00Z"}}"#,
        "not-permitted", "job.task", 1
      ),
      (.jobs, #"{"type": "jobs", "jobs": {}}"#, "out-of-range", "jobs", 1),
      (.jobs, #"{"type": "jobs", "jobs": [{"run": "a"}]}"#, "wrong-type", "jobs", 1),
      (.jobs, #"{"type": "jobs", "jobs": {"../x": {"run": "a"}}}"#, "bad-name", "jobs.../x", 1),
      (.jobs, #"{"type": "jobs", "jobs": {"a": {"run": "a", "origin": "ipc"}}}"#, "not-permitted", "jobs.a.origin", 1),
      (.jobs, #"{"type": "cancel", "name": "n"}"#, "unknown-key", "name", 1),
      (.jobs, #"{"type": "cancel", "job": "../x"}"#, "bad-name", "job", 1),
      (.tasks, #"{"type": "schedule", "task": {}}"#, "missing-key", nil, 1),
      (.tasks, #"{"type": "schedule", "name": "n"}"#, "missing-key", nil, 1),
      (.tasks, #"{"type": "schedule", "name": "a/b", "task": {}}"#, "bad-value", "name", 1),
      (.tasks, #"{"type": "schedule", "name": "n", "group": "h", "task": {}}"#, "unknown-key", "group", 1),
      (.tasks, #"{"type": "schedule", "name": "n", "task": {"schedule": "@daily"}}"#, "missing-key", "task", 1),
      (
        .tasks, #"{"type": "schedule", "name": "n", "task": {"schedule": "x", "job": {"run": "a"}}}"#, "bad-value",
        "task.schedule", 1
      ),
      (
        .tasks,
        #"{"type": "update", "name": "n", "task": {"schedule": "@daily", "job": {"run": "a", "origin": "ipc"}}}"#,
        "not-permitted", "task.job.origin", 1
      ),
      (.tasks, #"{"type": "pause", "name": "n", "group": "../h"}"#, "bad-name", "group", 1),
      (.tasks, #"{"type": "pause", "name": "n", "task": {}}"#, "unknown-key", "task", 1),
    ] as [(Request.Kind, String, String, String?, Int)])
  func refusals(_ kind: Request.Kind, _ text: String, _ code: String, _ key: String?, _ line: Int) {
    let refusal = refusal { () throws(Refusal) in try Self.read(text, kind) }
    #expect(
      refusal?.code.rawValue == code && refusal?.key == key && refusal?.line == line, "\(text): \(refusal as Any)")
  }

  static let badNames = [
    "../../../inbox/x", "..", ".", ".x", "-x", "_x", "a/b", "a b", "a\\nb", "a\\u0000b", "é", "", "x.run", "x.result",
    "x.state", "x.cancel", "x.files", "a~2", String(repeating: "a", count: 65),
  ]
  static let goodNames = ["a", "A.b_c-d", "0", "a..b", String(repeating: "a", count: 64), "x.json", "wait", "result"]

  @Test("an id or name leads nowhere: no path, no hidden file, nothing that lies beside a job")
  func names() throws {
    for name in Self.badNames {
      for (kind, text) in [
        (Request.Kind.messages, #"{"type": "message", "to": "a", "text": "", "id": "\#(name)"}"#),
        (.tasks, #"{"type": "pause", "name": "\#(name)"}"#),
        (.tasks, #"{"type": "schedule", "name": "\#(name)", "task": \#(Self.task)}"#),
        (.jobs, #"{"type": "jobs", "jobs": {"\#(name)": {"run": "a"}}}"#),
      ] {
        let code = refusal { () throws(Refusal) in try Self.read(text, kind) }?.code.rawValue
        // Of NUL the reader of JSON says it.
        #expect(["bad-value", "bad-name", "bad-json"].contains(code), "\(text): \(code ?? "passed")")
      }
    }
    for name in Self.goodNames {
      #expect(try Self.read(#"{"type": "pause", "name": "n", "id": "\#(name)"}"#, .tasks).id == name)
      #expect(Request.isName(utf8(name)))
    }
  }

  @Test(
    "files are below the group's folder by their path",
    arguments: [
      "/etc/passwd", "../x", "a/../../x", "a/..", "./a", "a/./b", "a//b", "a/", "", "..", ".",
      String(repeating: "a", count: 1025),
    ])
  func files(_ path: String) {
    let text = #"{"type": "message", "to": "a", "text": "", "files": ["ok", "\#(path)"]}"#
    let refusal = refusal { () throws(Refusal) in try Self.read(text, .messages) }
    #expect(refusal?.key == "files[1]" && [.badValue, .outOfRange].contains(refusal?.code))
  }

  @Test("so many files and jobs, and no more")
  func most() throws {
    func files(_ count: Int) -> String {
      #"{"type": "message", "to": "a", "text": "", "files": [\#(Array(repeating: "\"a\"", count: count).joined(separator: ","))]}"#
    }
    func jobs(_ count: Int) -> String {
      #"{"type": "jobs", "jobs": {\#((0..<count).map { "\"j\($0)\": {\"run\": \"a\"}" }.joined(separator: ","))}}"#
    }
    #expect(throws: Never.self) { try Self.read(files(Request.maxFiles), .messages) }
    #expect(
      refusal { () throws(Refusal) in try Self.read(files(Request.maxFiles + 1), .messages) }?.code == .outOfRange)
    #expect(throws: Never.self) { try Self.read(jobs(Request.maxJobs), .jobs) }
    #expect(refusal { () throws(Refusal) in try Self.read(jobs(Request.maxJobs + 1), .jobs) }?.code == .outOfRange)
  }

  static let seeds: [(Request.Kind, String)] = [
    (.messages, #"{"type": "message", "to": "ops:a", "text": "t", "files": ["a", "b/c.txt"], "id": "x", "x-a": 1}"#),
    (.jobs, #"{"type": "job", "job": {"run": ["a", "b"], "after": ["g.a"], "labels": {"a": "b"}}, "wait": true}"#),
    (
      .jobs,
      #"{"type": "jobs", "jobs": {"a": {"run": "a"}, "b": {"run": "b", "after": {"jobs": ["a"], "need": "any"}}}}"#
    ),
    (.jobs, #"{"type": "cancel", "job": "g.x", "id": "y"}"#),
    (
      .tasks,
      #"{"type": "schedule", "name": "n", "task": {"schedule": {"cron": "1 2 * * *", "timezone": "Europe/Berlin"}, "until": "2027-01-01T00:00:00Z", "maxRuns": 3, "job": {"run": "a", "group": "h"}}}"#
    ),
    (.tasks, #"{"type": "resume", "name": "n", "group": "h"}"#),
  ]

  @Test(
    "mutated requests are refused with a place, or admitted as what stays within the group", arguments: seeds.indices)
  func fuzz(_ seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed) &+ 77)
    let (kind, text) = Self.seeds[seed]
    let gate = try RequestGateTests.gate()
    for _ in 0..<1500 {
      var bytes = utf8(text)
      for _ in 0..<Int.random(in: 1...4, using: &random) { FuzzTests.mutate(&bytes, &random) }
      do throws(Refusal) {
        let request = try Request.read(bytes, kind: kind) { _ in nil }
        let id = request.id ?? "stem"
        #expect(Request.isName(utf8(id)))
        let effects = try gate.admit(request, id: id)
        for effect in effects { RequestGateTests.expectWithin("g", effect, id) }
        _ = RequestAnswer.done(id, effects)
      } catch {
        #expect(error.line.map { $0 > 0 } ?? [.notPermitted, .badName, .badValue, .hostGroup].contains(error.code))
        _ = RequestAnswer.refused("x", error)
      }
    }
  }
}
