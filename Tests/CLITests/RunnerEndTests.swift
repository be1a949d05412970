@testable import CLI
import Jobs
import Platform
import Spool
import Testing

/// What is said to who waits while nobody works.
@Suite(.timeLimit(.minutes(60))) struct RunnerEndTests {
  private let bobbin: Called
  init() throws { bobbin = try Called() }

  private func end(_ id: String) {
    do {
      try bobbin.folders[.processing].remove(JobFile.job(id))
      try bobbin.putEnded(id, .ended(id, .succeeded))
    } catch { Issue.record(error) }
  }

  /// Calls with a runner's lock held until a word is heard, and ends the job when another one is.
  private func call(_ words: [String], endingRunnerAt word: String) throws -> Called.Answer {
    var runner: Folder? = try Folder(path: bobbin.path)
    try runner?.descriptor.lockExclusively()
    try bobbin.put("a.json", in: .processing)
    defer { bobbin.heard = nil }  // it holds the spool
    bobbin.heard = { text in
      if text.contains(word) { runner = nil }
      if text.contains("the runner has ended") { end("a") }
    }
    defer { runner = nil }
    return bobbin.call(words)
  }

  @Test("wait says once that the runner has ended meanwhile")
  func wait() throws {
    #expect(
      try call(["wait", "a", "nosuch"], endingRunnerAt: "nosuch").err
        == "bobbin: no job 'nosuch' in SPOOL\nbobbin: the runner has ended; 'bobbin run' goes on\n")
  }

  @Test("logs -f says once that the runner has ended meanwhile")
  func logs() throws {
    try bobbin.put("a.out", "text\n", in: .jobLogs)
    #expect(
      try call(["logs", "-f", "a"], endingRunnerAt: "text")
        == .init(code: 0, out: "text\n", err: "bobbin: the runner has ended; 'bobbin run' goes on\n"))
  }

  @Test("logs -f of a job that nobody runs says so")
  func nobody() throws {
    try bobbin.put("a.json", in: .processing)
    defer { bobbin.heard = nil }
    bobbin.heard = { if $0.contains("no runner") { end("a") } }
    #expect(
      bobbin("logs", "-f", "a").err == "bobbin: no runner runs on this spool; 'bobbin run' starts one\n")
  }
}
