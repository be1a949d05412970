import Jobs
import Platform
import TestSupport
import Testing

@testable import Platform
@testable import Runtimes

@Suite(.timeLimit(.minutes(60))) struct EarlierRunsTests {
  private static let tick = Int64(1_000_000_000 / ProcessTable.ticksPerSecond)
  private let job = JobID(unchecked: "x")

  private func process(_ pid: Int32, session: Int32? = nil, parent: Int32 = 1, startTicks: UInt64 = 100) -> ProcessFacts
  {
    ProcessFacts(pid: pid, parent: parent, session: session ?? pid, startTicks: startTicks, isZombie: false)
  }

  private func found(_ processes: [ProcessFacts], note: (pid: Int32, ticks: Int64)?, marked: [Int32] = []) -> [Int32] {
    let notes = note.map { [EarlierRuns.Note(job: job, pid: $0.pid, startedBefore: $0.ticks * Self.tick)] } ?? []
    return EarlierRuns.living(spool: "s", notes: notes, processes: processes) { marked.contains($0.pid) ? job : nil }[
      job, default: []
    ]
    .map(\.pid).sorted()
  }

  @Test("the process that was noted, and all in its session, belong to the run")
  func session() {
    let all = [process(10), process(11, session: 10), process(12), process(13, session: 12)]
    #expect(found(all, note: (10, 100)) == [10, 11])
  }

  @Test("a process under the noted pid that began later is another one, and so is its session")
  func recycled() {
    let all = [process(10, startTicks: 103), process(11, session: 10, startTicks: 104)]
    #expect(found(all, note: (10, 100)) == [])
    #expect(found(all, note: (10, 102)) == [10, 11], "one tick of grace: start times are cut to ticks")
    #expect(found(all, note: (10, 103)) == [10, 11])
  }

  @Test("the session outlives its leader")
  func leaderGone() { #expect(found([process(11, session: 10)], note: (10, 100)) == [11]) }

  @Test("a process with the mark belongs to the run, whatever its session, and without any note")
  func marked() {
    let all = [process(20), process(21)]
    #expect(found(all, note: nil, marked: [21]) == [21])
    #expect(found(all, note: (20, 100), marked: [21]) == [20, 21])
  }

  @Test("this process is never among them")
  func own() {
    let own = process(Machine.processID, session: 10)
    #expect(found([own, process(10)], note: (10, 100), marked: [Machine.processID]) == [10])
  }

  @Test("without notes and marks nothing is found")
  func none() { #expect(found([process(10), process(11)], note: nil) == []) }

  @Test("a real process that carries the mark of a spool is found by it, one of another spool is not")
  func real() throws {
    let null = try FileSystem.openNull()
    let spool = "spool-\(UInt64.random(in: 0 ... .max))"
    func start(_ spool: String) throws -> Int32 {
      try Program(
        paths: ["/bin/sleep", "/usr/bin/sleep"], arguments: ["sleep", "1000"],
        environment: RunMark(spool: spool, job: job).entries
      ).start(input: null, output: null, error: null)
    }
    let (mine, other) = (try start(spool), try start(spool + "-other"))
    #expect(eventually { EarlierRuns.living(spool: spool, notes: [])[job]?.map(\.pid) == [mine] })
    for pid in [mine, other] {
      ProcessTable.signalChild(pid, SignalNumber.kill)
      _ = Children.wait(for: pid)
    }
    #expect(EarlierRuns.living(spool: spool, notes: []).isEmpty)
  }

  @Test(
    "a program is looked for where PATH says, in order, an empty entry being the current folder",
    arguments: [
      ("x", "/a:/b", ["/a/x", "/b/x"]), ("x", "", ["./x"]), ("x", "/a::/b", ["/a/x", "./x", "/b/x"]),
      ("./x", "/a", ["./x"]),
      ("/bin/x", "/a", ["/bin/x"]), ("a/x", "/a", ["a/x"]),
    ])
  func candidates(name: String, path: String, expected: [String]) {
    #expect(ProcessRuntime.candidates(for: name, searchPath: path) == expected)
  }

  @Test("times that no clock has are no trouble, wherever they were noted", arguments: [.max, .max - 1, 0] as [Int64])
  func oddTimes(time: Int64) {
    let job = JobID(unchecked: "j")
    let notes = [
      EarlierRuns.Note(job: job, pid: 77, startedBefore: time),
      EarlierRuns.Note(job: job, process: ProcessMark(pid: 78, startTicks: time, session: 78)),
    ]
    let processes = [Int32(77), 78].map {
      ProcessFacts(pid: $0, parent: 1, session: $0, startTicks: time == 0 ? .max : 5, isZombie: false)
    }
    let living = EarlierRuns.living(spool: "s", notes: notes, processes: processes) { _ in nil }
    #expect(living[job]?.map(\.pid) == (time == 0 ? nil : [77, 78]))
  }
}
