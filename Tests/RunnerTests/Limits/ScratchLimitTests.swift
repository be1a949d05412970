import Jobs
import Platform
import TestSupport
import Testing

/// `limits.scratch`: what a job may have in the folder that it gets.
@Suite(.timeLimit(.minutes(60))) struct ScratchLimitTests {
  static let runtimes = ["process", "sandbox"].filter { $0 == "process" || Need.sandbox }
  private let spool: TestSpool
  init() throws { spool = try TestSpool() }

  private func run(_ json: String, _ location: SourceLocation = #_sourceLocation) throws -> JobRecord {
    try spool.drop("x", json)
    try spool.drain(location)
    return try spool.result("x", location)
  }

  @Test(
    "a job that fills its folder is ended, however it does it, and what it left is small", arguments: runtimes,
    [
      // One large file, at once.
      ("exec dd if=/dev/zero of=big bs=1M count=100000", "dd"),
      // Ten gigabytes in files that are each small enough.
      ("i=0; while :; do head -c 200k /dev/zero > f$i; i=$((i+1)); done", "files"),
      // A million files with nothing in them.
      ("i=0; while :; do : > f$i; i=$((i+1)); done", "names"),
      // The same where nobody looks at first sight.
      ("mkdir -p a/b/c .d; cd a/b/c; i=0; while :; do : > f$i; i=$((i+1)); done", "below"),
    ])
  func filled(runtime: String, how: (line: String, name: String)) throws {
    let result = try run(
      """
      {"run": "trap '' TERM; \(how.line)", "runtime": "\(runtime)", "limits": {"scratch": "1m"}, "timeout": "100s"}
      """)
    #expect(result.status == "failed" && result.code == "scratch-full", "\(result.status) \(result.code ?? "-")")
    // Half a second of a loaded machine's writing on top, and not what a hundred seconds bring.
    #expect(Command.shell("[ $(du -sk '\(spool.path)/errors' | cut -f1) -lt 1000000 ]").isSuccess)
  }

  @Test("a job that stays within its scratch space is left alone, and what it left is kept", arguments: runtimes)
  func within(runtime: String) throws {
    let result = try run(
      #"{"run": "head -c 500k /dev/zero > f; sleep 1.2", "runtime": "\#(runtime)", "limits": {"scratch": "2m"}}"#)
    #expect(result.status == "succeeded" && result.files == "x.files")
    #expect(spool.has("done/x.files/f"))
  }

  @Test("a job in a folder of its own choice is not given a limit that nothing would hold")
  func elsewhere() throws {
    let result = try run(#"{"run": "true", "directory": "\#(spool.place.path)", "limits": {"scratch": "1m"}}"#)
    #expect(result.code == "limit-unavailable" && result.attemptsTotal == 1)
  }
}
