@testable import CLI
import Jobs
import Platform
import Spool
import Testing

/// Which jobs a command takes what it was told for.
@Suite struct SelectionTests {
  private let bobbin: Called
  init() throws { bobbin = try Called() }

  @Test(
    "wait takes ids from standard input, a group and all for these very jobs, not for the newest of their name",
    arguments: [["wait", "-"], ["wait", "--all"], ["wait", "--group", "g"]])
  func waitExactly(words: [String]) throws {
    for name in ["job.json", "job~2.json"] { try bobbin.put(name, #"{"run":"true","group":"g"}"#, in: .inbox) }
    let answer = bobbin.call(words + ["--json", "--timeout", "0"], input: "job\njob~2\n")
    #expect(answer.code == 124)
    #expect(answer.out.contains(#""id": "job","#), "\(answer.out)")
    #expect(answer.out.contains(#""id": "job~2","#), "\(answer.out)")
  }

  @Test("a job that failed fails the wait for its id, whatever became of a newer one")
  func waitForFailed() throws {
    try bobbin.putEnded("job", .ended("job", .failed) { $1.exitCode = 3 })
    try bobbin.putEnded("job~2", .ended("job~2", .succeeded))
    #expect(
      bobbin("wait", "-", input: "job\njob~2\n") == .init(code: 1, out: "", err: "bobbin: job failed: exit 3\n"))
    // Typed, a stem means the newest.
    #expect(bobbin("wait", "job").code == 0)
  }

  @Test("an id that ends in .json is that job wherever it was not typed", arguments: ["-", "--all"])
  func dotJSON(selection: String) throws {
    try bobbin.put("data.json.json", in: .inbox)
    try bobbin.putEnded("data", .ended("data", .succeeded))
    #expect(bobbin("wait", selection, "--timeout", "0", input: "data.json\n").code == 124)
    #expect(bobbin("hold", selection, input: "data.json\n").out == "data.json\n")
    for verb in ["show", "why"] {
      #expect(bobbin(verb, selection, input: "data.json\n").out.contains("data.json"), "\(verb)")
    }
    #expect(bobbin("cancel", selection, input: "data.json\n").out == "data.json\n")
    #expect(try bobbin.names(.errors).contains("data.json.json"))
    #expect(bobbin("cancel", "-", input: "nosuch.json\n").err == "bobbin: no job 'nosuch.json' in SPOOL\n")
  }

  @Test("of a typed NAME.json the ending is left out, unless a job is called so")
  func typed() throws {
    for name in ["data.json", "data.json.json"] { try bobbin.put(name, in: .inbox) }
    #expect(bobbin("cancel", "data.json").out == "data.json\n")
    try bobbin.put("other.json", in: .inbox)
    #expect(bobbin("cancel", "other.json").out == "other\n")
    #expect(try bobbin.names(.inbox) == ["data.json"])
  }

  @Test("an id in two homes is told of twice by all and by a group, each as it is")
  func twoHomes() throws {
    try bobbin.put("a.json", #"{"run":"new","group":"g"}"#, in: .inbox)
    var record = JobRecord.ended("a", .succeeded)
    record.group = try GroupName(validating: "g")
    try bobbin.put("a.result.json", String(decoding: record.encode(), as: UTF8.self), in: .done)
    try bobbin.put("a.json", #"{"run":"old","group":"g"}"#, in: .done)
    for selection in [["--all"], ["--group", "g"]] {
      let shown = bobbin.call(["show"] + selection).out
      #expect(shown.contains("old") && shown.contains("new"), "\(shown)")
      let states = bobbin.call(["why", "--json"] + selection).out
      #expect(states.contains(#""state": "inbox""#) && states.contains(#""state": "done""#), "\(states)")
    }
    try bobbin.put("a.out", "text\n", in: .jobLogs)
    #expect(bobbin("logs", "a") == .init(code: 0, out: "text\n", err: "bobbin: another a is in inbox\n"))
    #expect(bobbin("logs", "-f", "a").out == "text\n")
  }
}
