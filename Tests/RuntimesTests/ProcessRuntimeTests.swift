import Jobs
import TestSupport
import Testing

@testable import Platform
@testable import Runtimes

/// What holds for plain processes alone.
@Suite(.timeLimit(.minutes(60))) struct ProcessRuntimeTests {
  private let place: TemporaryFolder
  private let runtime = ProcessRuntime()
  init() throws { place = try TemporaryFolder() }

  private func start(_ command: Job.Command, output: Descriptor? = nil) throws -> Run {
    let null = try FileSystem.openNull()
    let launch = Launch(
      mark: RunMark(spool: "test-\(place.path)", job: JobID(unchecked: "x")), command: command,
      environment: ["PATH=/usr/bin:/bin"], searchPath: "/usr/bin:/bin", folder: .path(place.path), limits: [])
    let streams = Launch.Streams(input: null, output: output ?? null, error: null)
    return try runtime.start(launch, streams: streams, birth: nil)
  }

  private func end(_ run: Run) -> RunEnd? {
    Children.wait(for: run.pid).flatMap { runtime.end(of: run, reaped: ProcessEnd(pid: run.pid, cause: $0)) }
  }

  @Test("who has the pid of a first process that was reaped is none of the run's")
  func reaped() throws {
    let run = try start(.arguments(["true"]))
    let one = ProcessFacts(pid: run.pid, parent: 1, session: run.pid, startTicks: 1, isZombie: false)
    #expect(ProcessRuntime.select(from: [one], run: run) == [one])
    #expect(end(run) != nil)
    #expect(ProcessRuntime.select(from: [one], run: run) == [])
  }

  @Test("a line for the shell may begin with what the shell would take for an option", arguments: ["-x", "+x"])
  func options(word: String) throws {
    let output = try FileSystem.memoryFile([])
    let run = try start(.shell(word + " 2> /dev/null; echo \"it is $?\""), output: output)
    _ = end(run)
    #expect(String(decoding: try output.reopened().readAll(limit: 1000), as: UTF8.self) == "it is 127\n")
  }

  @Test("a program that somebody is just writing is not the job's failure: it is tried again")
  func beingWritten() throws {
    Command.shell("cp /bin/true '\(place.path)/program'")
    let writer = try place.folder.append("program")
    guard case .neverRan(let failure)? = end(try start(.arguments(["./program"]))) else {
      Issue.record("it ran")
      return
    }
    #expect(failure.putsOff != nil && writer.number > 2)
  }
}
