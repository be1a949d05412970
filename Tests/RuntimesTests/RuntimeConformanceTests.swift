import CPlatform
import Jobs
import Platform
import Runtimes
import TestSupport
import Testing

/// A runtime as the shared suite needs it: containers will stand beside these.
struct RuntimeUnderTest: Sendable, CustomTestStringConvertible {
  let name: String
  let make: @Sendable () throws -> any Runtime
  /// Whether a job has a root of its own.
  var isIsolated = false
  /// How many processes of the runtime's own there are beside the job's.
  var own = 0
  var testDescription: String { name }

  static let all = [
    RuntimeUnderTest(name: "process", make: { ProcessRuntime() }),
    RuntimeUnderTest(
      name: "sandbox", make: { try SandboxMachine(searchPath: "").runtime(user: 65534, paths: []) }, isIsolated: true,
      own: 2),
  ].filter { $0.name != "sandbox" || Need.sandbox }
}

/// What every runtime promises.
@Suite(.timeLimit(.minutes(20))) struct RuntimeConformanceTests {
  private let place: TemporaryFolder
  init() throws {
    place = try TemporaryFolder()
    for name in ["work", "out"] { try place.folder.makeFolder(name, mode: 0o777) }
    Command.shell("chmod 777 '\(place.path)/work' '\(place.path)/out'")
  }

  private func launch(_ command: Job.Command, environment: [String] = ["PATH=/usr/bin:/bin"]) throws -> Launch {
    let work = try place.folder.folder("work")
    var launch = Launch(
      mark: RunMark(spool: "test-\(place.path)", job: JobID(unchecked: "x")), command: command,
      environment: environment,
      searchPath: "/usr/bin:/bin", folder: .open(work), limits: [])
    launch.places = Launch.Places(work: work, result: try place.folder.folder("out"))
    return launch
  }

  private func start(_ runtime: any Runtime, _ launch: Launch) throws(StartFailure) -> (run: Run, output: Descriptor) {
    // For appending: two that write at once to a memory file can take each other's place (no FMODE_ATOMIC_POS).
    guard let null = try? FileSystem.openNull(),
      let output = try? place.folder.append("output-\(UInt64.random(in: 0 ... .max))")
    else {
      throw .folderUnusable(reason: "the test has no descriptors")
    }
    return (
      try runtime.start(launch, streams: Launch.Streams(input: null, output: output, error: output), birth: nil), output
    )
  }

  private func text(_ output: Descriptor) throws -> String {
    String(decoding: try output.reopened().readAll(limit: 1 << 20), as: UTF8.self)
  }

  /// Waits for the end of a run's first process.
  private func end(_ runtime: any Runtime, _ run: Run) -> RunEnd? {
    Children.wait(for: run.pid).map { runtime.end(of: run, reaped: ProcessEnd(pid: run.pid, cause: $0)) }
  }

  private func cause(_ end: RunEnd?) -> ProcessEnd.Cause? {
    if case .ran(let end, _)? = end { end.cause } else { nil }
  }

  private func run(_ runtime: any Runtime, _ launch: Launch) throws -> (end: ProcessEnd.Cause?, text: String) {
    let (run, output) = try start(runtime, launch)
    return (cause(end(runtime, run)), try text(output))
  }

  @Test("runs a program with its arguments, and a line in a shell", arguments: RuntimeUnderTest.all)
  func commands(under: RuntimeUnderTest) throws {
    let direct = try run(under.make(), launch(.arguments(["printf", "%s|", "a b", "$X", ""])))
    #expect(direct.end == .exited(0) && direct.text == "a b|$X||")
    let folder = under.isIsolated ? "/bobbin/job" : try FileSystem.realPath(place.path + "/work")
    #expect(try run(under.make(), launch(.shell("echo $((1 + 1)); pwd"))).text == "2\n\(folder)\n")
  }

  @Test("gives the environment that was asked for, the mark, and nothing else", arguments: RuntimeUnderTest.all)
  func environment(under: RuntimeUnderTest) throws {
    let text = try run(under.make(), launch(.arguments(["env"]), environment: ["A=1"])).text
    let spool = under.isIsolated ? "" : "BOBBIN_SPOOL_ID=test-\(place.path)\n"
    #expect(text == spool + "BOBBIN_JOB_ID=x\nA=1\n")
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
    let runtime = try under.make()
    #expect(cause(end(runtime, try start(runtime, launch(.shell("exit 127"))).run)) == .exited(127))
  }

  @Test("says why nothing was started", arguments: RuntimeUnderTest.all)
  func failures(under: RuntimeUnderTest) throws {
    Command.shell("cd '\(place.path)/work' && echo text > plain && chmod 755 plain && mkdir folder")
    func failure(_ command: Job.Command, _ change: (inout Launch) -> Void = { _ in }) throws -> String? {
      var launch = try launch(command)
      change(&launch)
      // It may be told at once, or only when the first process was reaped.
      do throws(StartFailure) {
        let run = try start(runtime, launch).run
        guard case .neverRan(let failure)? = end(runtime, run) else { return nil }
        return failure.code
      } catch { return error.code }
    }
    let runtime = try under.make()
    #expect(try failure(.arguments(["no-such-program"])) == "not-found")
    #expect(try failure(.arguments(["\(place.path)/none/x"])) == "not-found")
    #expect(try failure(.arguments(["./plain"])) == "not-executable")
    #expect(try failure(.arguments(["./folder"])) == "not-executable")
    #expect(try failure(.arguments(["true", String(repeating: "x", count: 3 << 20)])) == "arguments-too-long")
    if !under.isIsolated {
      #expect(try failure(.arguments(["true"])) { $0.folder = .path("/nowhere/at/all") } == "directory-unusable")
    }
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
    let runtime = try under.make()
    let (run, _) = try start(runtime, launch(.shell(what.line + "; :")))
    #expect(eventually { runtime.living(of: run).count == what.count + under.own }, "\(runtime.living(of: run))")
    let all = runtime.living(of: run)
    #expect(
      eventually {
        _ = runtime.signal(run, SignalNumber.kill)
        return runtime.living(of: run).isEmpty
      })
    #expect(cause(end(runtime, run)) == .signalled(9))
    for process in all {
      #expect(
        eventually {
          ProcessTable.facts(process.pid).map { $0.isZombie || $0.startTicks != process.startTicks } ?? true
        })
    }
  }

  @Test(
    "what its first process leaves behind is found by session or mark, or ended by the runtime itself",
    arguments: RuntimeUnderTest.all)
  func leftBehind(under: RuntimeUnderTest) throws {
    let runtime = try under.make()
    let (run, _) = try start(runtime, launch(.shell("setsid sleep 1000 & env -i sleep 1000 & sleep 0.2")))
    let end = end(runtime, run)
    #expect(cause(end) == .exited(0))
    if under.isIsolated {
      guard case .ran(_, leftover: 2)? = end else {
        Issue.record("\(String(describing: end))")
        return
      }
      #expect(runtime.living(of: run).isEmpty)
      return
    }
    #expect(eventually { runtime.living(of: run).count == 2 }, "\(runtime.living(of: run))")
    #expect(runtime.signal(run, SignalNumber.terminate) == 2)
    #expect(eventually { runtime.living(of: run).isEmpty })
  }

  @Test("passes a signal on to all of a run, and lets it end as it likes", arguments: RuntimeUnderTest.all)
  func passedOn(under: RuntimeUnderTest) throws {
    let runtime = try under.make()
    let line = """
      trap 'echo one; wait; exit 3' TERM; sh -c 'trap "echo two; exit" TERM; echo up; while :; do sleep 0.01; done' &
      echo up; while :; do sleep 0.01; done
      """
    let (run, output) = try start(runtime, launch(.shell(line)))
    #expect(eventually { ((try? text(output)) ?? "").split(separator: "\n").count == 2 })
    runtime.signal(run, SignalNumber.terminate)
    #expect(cause(end(runtime, run)) == .exited(3))
    // A shell tells of each sleep that was ended.
    let lines = try text(output).split(separator: "\n").filter { $0 != "Terminated" }.sorted()
    #expect(lines == ["one", "two", "up", "up"])
  }

  @Test("a limit holds for the program, and not for what starts it", arguments: RuntimeUnderTest.all)
  func limits(under: RuntimeUnderTest) throws {
    var launch = try launch(.shell("ulimit -n; ulimit -f; head -c 10000 /dev/zero > x; echo $?"))
    launch.limits = [ResourceLimit(.openFiles, 12), ResourceLimit(.fileSize, 4096)]
    let text = try run(under.make(), launch).text
    #expect(text.hasPrefix("12\n8\n"), "\(text)")
    #expect(!text.hasSuffix("\n0\n"), "\(text)")
  }

  @Test("a program has nothing open but its three streams", arguments: RuntimeUnderTest.all)
  func descriptors(under: RuntimeUnderTest) throws {
    // Open for whoever does not close it.
    let stray = try FileSystem.openNull()
    #expect(Command.shell("exit 0").isSuccess && stray.number > 2)
    #expect(
      try run(under.make(), launch(.shell("echo /proc/self/fd/*"))).text
        == "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n")
  }

  @Test("signals nothing of another run", arguments: RuntimeUnderTest.all)
  func others(under: RuntimeUnderTest) throws {
    let runtime = try under.make()
    let one = try start(runtime, launch(.shell("sleep 1000; :"))).run
    var other = try launch(.shell("sleep 1000; :"))
    let places = other.places
    other = Launch(
      mark: RunMark(spool: other.mark.spool, job: JobID(unchecked: "y")), command: other.command,
      environment: other.environment, searchPath: other.searchPath, folder: other.folder, limits: [])
    other.places = places
    let two = try start(runtime, other).run
    #expect(
      eventually {
        [one, two].allSatisfy { runtime.living(of: $0).count == 2 + under.own }
      })
    _ = runtime.signal(one, SignalNumber.kill)
    #expect(cause(end(runtime, one)) == .signalled(9))
    #expect(runtime.living(of: two).count == 2 + under.own)
    _ = runtime.signal(two, SignalNumber.kill)
    #expect(cause(end(runtime, two)) == .signalled(9))
  }
}
