import Jobs
@testable import Operations
import Platform
import Spool
import Testing

@Suite struct SubmittingTests {
  private let spool: HandMadeSpool
  init() throws { spool = try HandMadeSpool() }

  private func draft(_ stem: String, exactly: Bool = false) throws -> JobDraft {
    try JobDraft(stem: JobID(unchecked: stem), reading: Array(#"{"run":"true"}"#.utf8), exactly: exactly, limit: 1000)
  }

  @Test("an id is free in every folder, by its job and by its sidecar", arguments: SpoolPlace.jobStates)
  func freeEverywhere(place: SpoolPlace) throws {
    try spool.put("a.json", in: place)
    if let sidecar = JobFile.sidecar("a~2", in: place) {
      try spool.put(sidecar, in: place)
    } else {
      try spool.put("a~2.json", in: place)
    }
    var submission = try Submission(spool.access)
    #expect(try submission.publish(draft("a")) == "a~3")
    #expect(try submission.publish(draft("a")) == "a~4")
    #expect(try spool.names(.inbox).contains("a~3.json"))
  }

  @Test("a name that is wanted exactly and taken is refused, and nothing is left behind")
  func exactly() throws {
    try spool.putEnded("a")
    var submission = try Submission(spool.access)
    #expect(throws: OperationError.nameTaken("a")) { try submission.publish(draft("a", exactly: true)) }
    #expect(try submission.publish(draft("b", exactly: true)) == "b")
    #expect(try spool.names(.inbox) == ["b.json"])
  }

  @Test("without changes the bytes are published as they are")
  func sameBytes() throws {
    let text = "{ \"run\":\t\"true\" ,\"x-note\":1.50}\n\n"
    var submission = try Submission(spool.access)
    _ = try submission.publish(
      JobDraft(stem: "a", reading: Array(text.utf8), limit: submission.limit))
    #expect(try spool.text("a.json", in: .inbox) == text)
  }

  @Test("changes replace their keys and keep the others in their order")
  func changes() throws {
    var changes = JobChanges()
    changes.group = try GroupName(validating: "g")
    changes.priority = -5
    changes.timeout = "5m"
    changes.after = ["a", "b~2"]
    changes.env = [EnvEntry("A", "new"), EnvEntry("C", "=")]
    let text = #"{"x-n":1.50,"priority":3,"run":"true","env":{"A":"old","B":"1"}}"#
    let draft = try JobDraft(stem: "a", reading: Array(text.utf8), changes: changes, limit: 10_000)
    let expected = """
      {
        "x-n": 1.50,
        "priority": -5,
        "run": "true",
        "env": {
          "B": "1",
          "A": "new",
          "C": "="
        },
        "group": "g",
        "timeout": "5m",
        "after": [
          "a",
          "b~2"
        ]
      }

      """
    #expect(String(decoding: draft.bytes, as: UTF8.self) == expected)
  }

  @Test("a command line becomes a job that reads as it was typed")
  func command() throws {
    let draft = try JobDraft(
      stem: "a", command: ["printf", "%s\n", "a \"b\" \u{1}"], directory: "/srv", path: "/bin", changes: JobChanges(),
      exactly: false, limit: 1000)
    let job = try Job.read(draft.bytes)
    #expect(job.run == .arguments(["printf", "%s\n", "a \"b\" \u{1}"]))
    #expect(job.directory == "/srv")
    #expect(job.env == [EnvEntry("PATH", "/bin")])
  }

  @Test(
    "what the runner would refuse is refused before it is published",
    arguments: [
      ("", "empty"), ("{", "bad-json"), (#"{"run":"a","timout":1}"#, "unknown-key"), (#"{"run":1}"#, "wrong-type"),
      (#"{"prompt":"x"}"#, "not-in-this-build"), (#"{"run":"\#(String(repeating: "a", count: 1000))"}"#, "too-big"),
    ])
  func refused(text: String, code: String) throws {
    do {
      _ = try JobDraft(stem: "a", reading: Array(text.utf8), limit: 200)
      Issue.record("accepted")
    } catch { #expect(error.code.rawValue == code) }
  }

  @Test(
    "a file's stem is its id",
    arguments: [
      ("a.json", "a"), ("/x y/ä.json", "ä"), ("dir/job", "job"), ("a.b.json", "a.b"), ("x~2.json", "x~2"),
      ("-x.json", nil), (".x.json", nil), ("x.run.json", nil), ("x.result.json", nil), ("a\nb.json", nil), ("/", nil),
    ] as [(String, String?)])
  func stem(path: String, id: String?) {
    let read = try? JobFileReader.stem(ofPath: path).text
    #expect(read == id)
  }

  @Test("generated ids sort by time and keep the rules of names")
  func generated() throws {
    var generator = SystemRandomNumberGenerator()
    let time = try #require(Timestamp(rfc3339: "2026-11-20T11:02:03Z"))
    let id = GeneratedID.make(at: time, using: &generator)
    #expect(id.text.hasPrefix("job-20261120T110203-"))
    #expect(id.text.utf8.count == 26)
    #expect(try JobID(stem: Array(id.text.utf8)) == id)
    #expect(GeneratedID.make(at: time, using: &generator) != id)
  }

  @Test(
    "standard input is one object or one a line",
    arguments: [
      (#"{"run":"a"}"#, [1]), ("{\"run\":\"a\"}\n{\"run\":\"b\"}\n", [1, 2]), ("\n\n{}\n\n  \n{}", [3, 6]),
      ("{\n\"run\":\"a\"\n}\n", [1]), ("{\"run\":\"a\"}\nrubbish\n", [1, 2]), ("rubbish\n{}\n", [1]), ("", [1]),
      ("\n{\"run\":\"a\"}\n", [1]), ("{}\r\n{}\r\n", [1, 2]),
    ])
  func lines(input: String, lines: [Int]) {
    #expect(JobLines.split(Array(input.utf8)).map(\.line) == lines)
  }

  @Test("a disk that fails at any step publishes all or nothing", arguments: 1...5)
  func failing(step: Int) throws {
    let plan = try #require(FaultPlan("ENOSPC@\(step)"))
    let access = try SpoolAccess(path: spool.path, disk: FaultyDisk(plan))
    var submission = try Submission(access)
    let id = try? submission.publish(draft("a"))  // failing is what is asked for
    #expect(id == nil)
    let names = try spool.names(.inbox)
    #expect(names.isEmpty || names == ["a.json"], "\(names)")
    if !names.isEmpty { #expect(try spool.text("a.json", in: .inbox) == #"{"run":"true"}"#) }
  }

  @Test("examples that lack their program are left out, with those that come after them")
  func examples() {
    func example(_ name: String, _ text: String) -> ExampleJob {
      ExampleJob(name: JobID(unchecked: name), bytes: Array(text.utf8))
    }
    let judged = ExampleJobs.judged(
      [
        example("c", #"{"run":["true"],"after":"b"}"#), example("a", #"{"run":["no-such-program-here"]}"#),
        example("b", #"{"run":"true","after":["a"]}"#), example("d", #"{"run":["sh","-c",":"]}"#), example("e", "{"),
      ], path: "/bin:/usr/bin")
    #expect(judged.map(\.missing) == ["b", "no-such-program-here", "a", nil, nil])
    #expect(ExampleJobs.builtIn.allSatisfy { (try? Job.read($0.bytes)) != nil })
  }
}
