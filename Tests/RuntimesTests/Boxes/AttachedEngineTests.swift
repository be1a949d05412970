import Jobs
import Platform
import TestSupport
import Testing

@testable import Runtimes

/// Apple's `container` with a program in its place that does what it would: no such machine is to be had here.
@Suite("A container in a machine of its own", .timeLimit(.minutes(60))) struct AttachedEngineTests {
  private let place: TemporaryFolder
  private let runtime: EngineRuntime

  init() throws {
    place = try TemporaryFolder()
    for name in ["bin", "work", "out", "meet"] { try place.folder.makeFolder(name) }
    let script = """
      #!/bin/sh
      echo "$@" >> '\(place.path)/calls'
      case $1 in
      --version) echo 'container CLI version 0.5.0' ;;
      run)
        while [ "$1" != --env-file ]; do shift; done
        variables=$2
        while [ "$1" != --entrypoint ]; do shift; done
        program=$2; shift 3
        exec env -i $(cat "$variables") "$program" "$@" ;;
      esac
      """
    // By another process: a program that somebody here has open for writing cannot be executed (ETXTBSY).
    try place.write("script", script)
    Command.shell("cd '\(place.path)' && cp script bin/container && chmod 755 bin/container")
    runtime = try EngineMachine(searchPath: place.path + "/bin").runtime(.container)
  }

  private func start(_ command: Job.Command, input: String = "", environment: [String] = ["PATH=/usr/bin:/bin"]) throws
    -> (run: Run, output: Descriptor)
  {
    let work = try place.folder.folder("work")
    var launch = Launch(
      mark: RunMark(spool: "s", job: JobID(unchecked: "x")), command: command, environment: environment,
      searchPath: "/usr/bin:/bin", folder: .open(work), limits: [])
    launch.places = Launch.Places(work: work, result: try place.folder.folder("out"))
    launch.places?.box = BoxPlan(
      rendezvous: try Rendezvous(place.folder.folder("meet"), path: place.path + "/meet"),
      workPath: place.path + "/work",
      resultPath: place.path + "/out", name: "bobbin-s-1-x", labels: [], isKept: false)
    launch.container = ContainerRequest(
      image: "i", user: 1, network: nil, isPrivileged: false, limits: RuntimeChoice.container.defaultLimits)
    let output = try FileSystem.memoryFile([])
    let streams = Launch.Streams(input: try FileSystem.memoryFile(Array(input.utf8)), output: output, error: output)
    return (try runtime.start(launch, streams: streams, birth: nil), output)
  }

  private func end(_ run: Run) -> RunEnd? {
    Children.wait(for: run.pid).flatMap { runtime.end(of: run, reaped: ProcessEnd(pid: run.pid, cause: $0)) }
  }

  @Test("the client carries the streams, and the environment is in no argument")
  func streams() throws {
    let (run, output) = try start(
      .shell("cat; echo $SECRET; exit 3"), input: "in\n", environment: ["PATH=/usr/bin:/bin", "SECRET=hidden"])
    #expect(end(run) == .ran(ProcessEnd(pid: run.pid, cause: .exited(3)), leftover: 0))
    #expect(String(decoding: try output.reopened().readAll(limit: 1000), as: UTF8.self) == "in\nhidden\n")
    #expect(try !place.text("calls").contains("hidden"))
    #expect(try place.folder.folder("meet").status("environment")?.mode == 0o600)
  }

  @Test("a shell's code for a signal is that signal, and 125 is the engine's own")
  func codes() throws {
    guard case .ran(let end, _)? = end(try start(.shell("kill -9 $$")).run) else {
      Issue.record("it did not run")
      return
    }
    #expect(end.cause == .signalled(9))
    #expect(
      EngineRuntime.endAttached(ProcessEnd(pid: 1, cause: .exited(143)), kind: .container)
        == .ran(ProcessEnd(pid: 1, cause: .signalled(15)), leftover: 0))
    guard
      case .neverRan(.engineFailed) = EngineRuntime.endAttached(
        ProcessEnd(pid: 1, cause: .exited(125)), kind: .container)
    else {
      Issue.record("125 is taken for the job's")
      return
    }
  }

  @Test("a signal goes by the engine to the container, and the last one takes it away")
  func signals() throws {
    let (run, _) = try start(.shell("exec sleep 1000"))
    runtime.signal(run, SignalNumber.terminate)
    #expect(eventually { (try? place.text("calls"))?.contains("kill --signal 15 bobbin-s-1-x") == true })
    runtime.signal(run, SignalNumber.kill)
    #expect(eventually { (try? place.text("calls"))?.contains("delete --force bobbin-s-1-x") == true })
    ProcessTable.signalChild(run.pid, SignalNumber.kill)
    _ = Children.wait(for: run.pid)
  }

  @Test("a variable that is more than a line is refused, as a file of variables cannot have it")
  func lines() {
    #expect(throws: StartFailure.self) { try start(.shell("true"), environment: ["A=1\n2"]) }
  }
}
