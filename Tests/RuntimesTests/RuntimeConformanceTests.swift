import CPlatform
import Jobs
import Platform
import Runtimes
import TestSupport
import Testing

/// A runtime as the shared suite needs it: sandboxes and containers will stand beside the process.
struct RuntimeUnderTest: Sendable, CustomTestStringConvertible {
  let name: String
  let make: @Sendable () -> any Runtime
  var testDescription: String { name }

  static let all = [RuntimeUnderTest(name: "process", make: { ProcessRuntime() })]
}

/// What every runtime promises.
@Suite(.timeLimit(.minutes(20))) struct RuntimeConformanceTests {
  private let place: TemporaryFolder
  init() throws { place = try TemporaryFolder() }

  private func launch(_ command: Job.Command, environment: [String] = ["PATH=/usr/bin:/bin"]) -> Launch {
    Launch(
      mark: RunMark(spool: "test-\(place.path)", job: JobID(unchecked: "x")), command: command,
      environment: environment,
      searchPath: "/usr/bin:/bin", folder: .open(place.folder), limits: [])
  }

  private func start(_ runtime: any Runtime, _ launch: Launch) throws(StartFailure) -> (run: Run, output: Descriptor) {
    guard let null = try? FileSystem.openNull(), let output = try? FileSystem.memoryFile([]) else {
      throw .folderUnusable(reason: "the test has no descriptors")
    }
    return (
      try runtime.start(launch, streams: Launch.Streams(input: null, output: output, error: output), birth: nil), output
    )
  }

  private func text(_ output: Descriptor) throws -> String {
    String(
      decoding: try FileSystem.openForReading(path: "/proc/self/fd/\(output.number)").readAll(limit: 1 << 20),
      as: UTF8.self)
  }

  private func run(_ runtime: any Runtime, _ launch: Launch) throws -> (end: ProcessEnd.Cause?, text: String) {
    let (run, output) = try start(runtime, launch)
    return (Children.wait(for: run.pid), try text(output))
  }

  @Test("runs a program with its arguments, and a line in a shell", arguments: RuntimeUnderTest.all)
  func commands(under: RuntimeUnderTest) throws {
    let direct = try run(under.make(), launch(.arguments(["printf", "%s|", "a b", "$X", ""])))
    #expect(direct.end == .exited(0) && direct.text == "a b|$X||")
    #expect(
      try run(under.make(), launch(.shell("echo $((1 + 1)); pwd"))).text == "2\n\(FileSystem.realPath(place.path))\n")
  }

  @Test("gives the environment that was asked for, the mark, and nothing else", arguments: RuntimeUnderTest.all)
  func environment(under: RuntimeUnderTest) throws {
    let text = try run(under.make(), launch(.arguments(["env"]), environment: ["A=1"])).text
    #expect(text == "A=1\nBOBBIN_SPOOL_ID=test-\(place.path)\nBOBBIN_JOB_ID=x\n")
  }

  @Test("tells exit codes and signals", arguments: RuntimeUnderTest.all)
  func ends(under: RuntimeUnderTest) throws {
    for code: Int32 in [0, 1, 75, 255] {
      #expect(try run(under.make(), launch(.shell("exit \(code)"))).end == .exited(code))
    }
    for signal: Int32 in [1, 6, 9, 11, 15] {
      #expect(try run(under.make(), launch(.shell("ulimit -c 0; kill -\(signal) $$"))).end == .signalled(signal))
    }
  }

  @Test("a program that ran and ended with 127 was started", arguments: RuntimeUnderTest.all)
  func started(under: RuntimeUnderTest) throws {
    let runtime = under.make()
    let run = try start(runtime, launch(.shell("exit 127"))).run
    #expect(Children.wait(for: run.pid) == .exited(127))
    #expect(runtime.failure(of: run) == nil)
  }

  @Test("says why nothing was started", arguments: RuntimeUnderTest.all)
  func failures(under: RuntimeUnderTest) throws {
    try place.write("plain", "text")
    Command.shell("chmod 755 '\(place.path)/plain'; mkdir '\(place.path)/folder'")
    func failure(_ command: Job.Command, _ change: (inout Launch) -> Void = { _ in }) -> String? {
      var launch = launch(command)
      change(&launch)
      // It may be told at once, or only when the first process was reaped.
      do {
        let runtime = under.make()
        let run = try start(runtime, launch).run
        let end = Children.wait(for: run.pid)
        guard let failure = runtime.failure(of: run) else { return nil }
        #expect(end == .exited(127))
        return failure.code
      } catch { return error.code }
    }
    #expect(failure(.arguments(["no-such-program"])) == "not-found")
    #expect(failure(.arguments(["\(place.path)/none/x"])) == "not-found")
    #expect(failure(.arguments(["./plain"])) == "not-executable")
    #expect(failure(.arguments(["./folder"])) == "not-executable")
    #expect(failure(.arguments(["true", String(repeating: "x", count: 3 << 20)])) == "arguments-too-long")
    #expect(failure(.arguments(["true"])) { $0.folder = .path("/nowhere/at/all") } == "directory-unusable")
  }

  @Test(
    "finds and ends everything of a run: children, double forks, own sessions, and those with a cleared environment in the session",
    arguments: RuntimeUnderTest.all,
    [
      ("sleep 1000 & sleep 1000", 3), ("(sleep 1000 &); sleep 1000", 3), ("setsid sleep 1000 & sleep 1000", 3),
      ("(setsid sh -c 'sleep 1000 & exec sleep 1000' &); sleep 1000", 4), ("env -i sleep 1000 & sleep 1000", 3),
      ("(env -i sleep 1000 &); sleep 1000", 3), ("env -i setsid sleep 1000 & sleep 1000", 3),
    ])
  func descendants(under: RuntimeUnderTest, what: (line: String, count: Int)) throws {
    let runtime = under.make()
    let (run, _) = try start(runtime, launch(.shell(what.line + "; :")))
    #expect(eventually { runtime.living(of: run).count == what.count }, "\(runtime.living(of: run))")
    let all = runtime.living(of: run)
    #expect(
      eventually {
        _ = runtime.signal(run, SignalNumber.kill)
        return runtime.living(of: run).isEmpty
      })
    #expect(Children.wait(for: run.pid) == .signalled(9))
    for process in all {
      #expect(
        eventually {
          ProcessTable.facts(process.pid).map { $0.isZombie || $0.startTicks != process.startTicks } ?? true
        })
    }
  }

  @Test("what its first process leaves behind is still found by session or mark", arguments: RuntimeUnderTest.all)
  func leftBehind(under: RuntimeUnderTest) throws {
    let runtime = under.make()
    let (run, _) = try start(runtime, launch(.shell("setsid sleep 1000 & env -i sleep 1000 & sleep 0.2")))
    #expect(Children.wait(for: run.pid) == .exited(0))
    #expect(eventually { runtime.living(of: run).count == 2 }, "\(runtime.living(of: run))")
    #expect(runtime.signal(run, SignalNumber.terminate) == 2)
    #expect(eventually { runtime.living(of: run).isEmpty })
  }

  @Test("signals nothing of another run", arguments: RuntimeUnderTest.all)
  func others(under: RuntimeUnderTest) throws {
    let runtime = under.make()
    let one = try start(runtime, launch(.shell("sleep 1000; :"))).run
    var other = launch(.shell("sleep 1000; :"))
    other = Launch(
      mark: RunMark(spool: other.mark.spool, job: JobID(unchecked: "y")), command: other.command,
      environment: other.environment, searchPath: other.searchPath, folder: other.folder, limits: [])
    let two = try start(runtime, other).run
    #expect(eventually { runtime.living(of: one).count == 2 && runtime.living(of: two).count == 2 })
    _ = runtime.signal(one, SignalNumber.kill)
    #expect(Children.wait(for: one.pid) == .signalled(9))
    #expect(runtime.living(of: two).count == 2)
    _ = runtime.signal(two, SignalNumber.kill)
    #expect(Children.wait(for: two.pid) == .signalled(9))
  }
}
