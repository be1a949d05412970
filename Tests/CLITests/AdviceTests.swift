@testable import CLI
import Operations
import Platform
import Spool
import Testing

/// What is said to who was a little wrong.
@Suite struct AdviceTests {
  private let bobbin: Called
  init() throws { bobbin = try Called() }

  @Test("demo makes no spool for a runtime that it does not know")
  func demo() throws {
    let answer = bobbin("demo", "--runtime", "foo")
    #expect(answer.code == 64)
    #expect(!answer.err.contains("a fresh spool"), "\(answer.err)")
  }

  @Test("submit, hold, release and cancel make a folder anew that somebody removed")
  func missingFolder() throws {
    func remove() throws { try bobbin.folders.root.removeFolder("held") }
    try bobbin.put("a.json", in: .inbox)
    try remove()
    #expect(bobbin("hold", "a") == .init(code: 0, out: "a\n", err: ""))
    #expect(bobbin("release", "a").code == 0)
    try remove()
    #expect(bobbin("submit", try bobbin.file("a.json", #"{"run":"true"}"#)).out == "a~2\n")
    // Who only looks makes nothing.
    try remove()
    #expect(bobbin("config", "--effective", "a").code == 0)
    #expect(try !bobbin.folders.root.has("held"))
    #expect(bobbin("release", "a").err.contains("a is in inbox already"))
    try remove()
    #expect(bobbin("cancel", "a").out == "a\n")
  }

  @Test("submit of a task says which command takes it")
  func task() throws {
    let path = try bobbin.file("t.json", #"{"schedule":"0 3 * * *","job":{"run":"true"}}"#)
    let answer = bobbin("submit", path)
    #expect(answer.code == 65)
    #expect(answer.err.hasSuffix("  it is a task: 'bobbin task add HOME/t.json' takes it\n"), "\(answer.err)")
  }

  @Test("pause of a group that nobody knows pauses it and says so")
  func pause() throws {
    #expect(
      bobbin("pause", "--group", "nosuch").err == "bobbin: no group 'nosuch' is known yet; it is paused all the same\n")
    #expect(try bobbin.folders.root.has("groups"))
    #expect(try bobbin.names(.groups) == ["nosuch.paused"])
    try bobbin.put("a.json", #"{"run":"true","group":"lane"}"#, in: .inbox)
    #expect(bobbin("pause", "--group", "lane") == .init(code: 0, out: "", err: ""))
  }

  @Test("init where a file is cannot create a spool")
  func initFile() throws {
    let path = try bobbin.file("f", "")
    #expect(bobbin("init", path).code == 73)
  }

  @Test(
    "an empty --spool is told as what it is",
    arguments: [["--spool", "", "ls"], ["ls", "--spool="], ["init", "--spool", ""]])
  func emptySpool(words: [String]) {
    let answer = bobbin.call(words)
    #expect(answer.code == 64)
    #expect(answer.err.contains("--spool needs a value: DIR"), "\(answer.err)")
  }
}
