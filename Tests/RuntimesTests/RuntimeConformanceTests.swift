import CPlatform
import Jobs
import Platform
import Runtimes
import TestSupport
import Testing

/// A runtime as the shared suite needs it.
struct RuntimeUnderTest: Sendable, CustomTestStringConvertible {
  let name: String
  let make: @Sendable () throws -> any Runtime
  /// Whether a job has a root of its own.
  var isIsolated = false
  /// How many processes of the runtime's own there are beside the job's.
  var own = 0
  /// Whom a container runs as; nil: it is none.
  var containerUser: UInt32?
  var testDescription: String { name }

  private static func engine(_ kind: RuntimeChoice) -> RuntimeUnderTest {
    RuntimeUnderTest(
      name: kind.rawValue, make: { try answering(kind) }, isIsolated: true, own: 1, containerUser: 65534)
  }

  /// On a busy machine an engine may not answer in time; it is asked again, as a runner does.
  private static func answering(_ kind: RuntimeChoice) throws -> any Runtime {
    var runtime: (any Runtime)?
    _ = try eventually(within: 120) {
      do throws(StartFailure) {
        runtime = try EngineMachine(searchPath: Machine.environment("PATH") ?? "").runtime(kind)
      } catch {
        guard case .runtimeUnavailable = error else { throw error }
      }
      return runtime != nil
    }
    return try #require(runtime)
  }

  static let all = [
    RuntimeUnderTest(name: "process", make: { ProcessRuntime() }),
    RuntimeUnderTest(
      name: "sandbox", make: { try SandboxMachine(searchPath: "").runtime(user: 65534, paths: []) }, isIsolated: true,
      own: 2),
    engine(.podman), engine(.docker),
  ].filter { under in
    switch under.name {
    case "sandbox": Need.sandbox
    case "podman": Need.podman
    case "docker": Need.docker
    default: true
    }
  }
}

/// What every runtime promises.
@Suite(.timeLimit(.minutes(60))) struct RuntimeConformanceTests {
  private let place: TemporaryFolder
  init() throws {
    place = try TemporaryFolder()
    for name in ["work", "out"] { try place.folder.makeFolder(name, mode: 0o777) }
    Command.shell("chmod 777 '\(place.path)/work' '\(place.path)/out'")
  }

  private func launch(
    _ under: RuntimeUnderTest, _ command: Job.Command, environment: [String] = ["PATH=/usr/bin:/bin"]
  ) throws -> Launch {
    let work = try place.folder.folder("work")
    var launch = Launch(
      mark: RunMark(spool: "test-\(place.path)", job: JobID(unchecked: "x")), command: command,
      environment: environment,
      searchPath: "/usr/bin:/bin", folder: .open(work), limits: [])
    launch.places = Launch.Places(work: work, result: try place.folder.folder("out"))
    if let user = under.containerUser {
      let name = "meet-\(UInt64.random(in: 0 ... .max))"
      try place.folder.makeFolder(name)
      launch.places?.box = BoxPlan(
        rendezvous: try Rendezvous(place.folder.folder(name), path: place.path + "/" + name),
        workPath: place.path + "/work", resultPath: place.path + "/out", name: "bobbin-test-" + name, labels: [],
        isKept: false)
      launch.container = ContainerRequest(
        image: Engines.image, user: user, network: nil, isPrivileged: false,
        limits: RuntimeChoice.docker.defaultLimits)
    }
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

  /// Waits for the end of a run.
  private func end(_ runtime: any Runtime, _ run: Run) -> RunEnd? {
    guard let box = run.box else {
      return Children.wait(for: run.pid).flatMap {
        runtime.end(of: run, reaped: ProcessEnd(pid: run.pid, cause: $0))
      }
    }
    var isReaped = false
    while true {
      if box.channel?.awaitReadable(nanoseconds: 2_000_000) == true { box.take() }
      if !isReaped, let cause = Children.wait(for: run.pid, atMost: 0) {
        isReaped = true
        box.reaped(cause)
      }
      if let end = runtime.end(of: run, reaped: nil) { return end }
    }
  }

  /// What is alive of a run, in a box too: there by the pid namespace of the container.
  private func living(_ runtime: any Runtime, _ run: Run) -> [ProcessFacts] {
    guard run.box != nil else { return runtime.living(of: run) }
    let pids = Command.shell(
      """
      set -- $(tr '\\0' ' ' < /proc/\(run.pid)/cmdline)
      client=$1; while [ "$1" != --name ]; do shift; done
      p=$("$client" inspect --format '{{.State.Pid}}' "$2") && [ "$p" != 0 ] || exit 0
      n=$(readlink /proc/$p/ns/pid)
      for q in /proc/[0-9]*; do [ "$(readlink $q/ns/pid)" = "$n" ] && echo ${q#/proc/}; done
      """, environment: Engines.environment)
    return pids.text.split(separator: "\n").compactMap { Int32($0) }.compactMap { ProcessTable.facts($0) }
      .filter { !$0.isZombie }
  }

  /// What happened in a box is taken in, until something is so.
  private func soon(_ run: Run, _ condition: () throws -> Bool) rethrows -> Bool {
    try eventually {
      if let box = run.box, box.channel?.awaitReadable(nanoseconds: 0) == true { box.take() }
      return try condition()
    }
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
    let direct = try run(under.make(), launch(under, .arguments(["printf", "%s|", "a b", "$X", ""])))
    #expect(direct.end == .exited(0) && direct.text == "a b|$X||")
    let folder = under.isIsolated ? "/bobbin/job" : try FileSystem.realPath(place.path + "/work")
    #expect(try run(under.make(), launch(under, .shell("echo $((1 + 1)); pwd"))).text == "2\n\(folder)\n")
  }

  @Test("gives the environment that was asked for, the mark, and nothing else", arguments: RuntimeUnderTest.all)
  func environment(under: RuntimeUnderTest) throws {
    let text = try run(under.make(), launch(under, .arguments(["env"]), environment: ["A=1"])).text
    let spool = under.isIsolated ? "" : "BOBBIN_SPOOL_ID=test-\(place.path)\n"
    #expect(text == spool + "BOBBIN_JOB_ID=x\nA=1\n")
  }

  @Test("tells exit codes and signals", arguments: RuntimeUnderTest.all)
  func ends(under: RuntimeUnderTest) throws {
    for code: Int32 in [0, 1, 75, 255] {
      #expect(try run(under.make(), launch(under, .shell("exit \(code)"))).end == .exited(code))
    }
    for signal: Int32 in [1, 6, 9, 11, 15] {
      #expect(try run(under.make(), launch(under, .shell("ulimit -c 0; kill -\(signal) $$"))).end == .signalled(signal))
    }
  }

  @Test("a program that ran and ended with 127 was started", arguments: RuntimeUnderTest.all)
  func started(under: RuntimeUnderTest) throws {
    let runtime = try under.make()
    #expect(cause(end(runtime, try start(runtime, launch(under, .shell("exit 127"))).run)) == .exited(127))
  }

  @Test("says why nothing was started", arguments: RuntimeUnderTest.all)
  func failures(under: RuntimeUnderTest) throws {
    Command.shell("cd '\(place.path)/work' && echo text > plain && chmod 755 plain && mkdir folder")
    func failure(_ command: Job.Command, _ change: (inout Launch) -> Void = { _ in }) throws -> String? {
      var launch = try launch(under, command)
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
    let (run, _) = try start(runtime, launch(under, .shell(what.line + "; :")))
    #expect(soon(run) { living(runtime, run).count == what.count + under.own }, "\(living(runtime, run))")
    let all = living(runtime, run)
    _ = runtime.signal(run, SignalNumber.kill)
    if run.box == nil {
      #expect(
        soon(run) {
          _ = runtime.signal(run, SignalNumber.kill)
          return living(runtime, run).isEmpty
        })
    }
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
    let (run, _) = try start(runtime, launch(under, .shell("setsid sleep 1000 & env -i sleep 1000 & sleep 0.2")))
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
    let (run, output) = try start(runtime, launch(under, .shell(line)))
    #expect(soon(run) { ((try? text(output)) ?? "").split(separator: "\n").count == 2 })
    runtime.signal(run, SignalNumber.terminate)
    #expect(cause(end(runtime, run)) == .exited(3))
    // A shell tells of each sleep that was ended.
    let lines = try text(output).split(separator: "\n").filter { $0 != "Terminated" }.sorted()
    #expect(lines == ["one", "two", "up", "up"])
  }

  @Test("a limit holds for the program, and not for what starts it", arguments: RuntimeUnderTest.all)
  func limits(under: RuntimeUnderTest) throws {
    var launch = try launch(under, .shell("ulimit -n; ulimit -f; head -c 10000 /dev/zero > x; echo $?"))
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
      try run(under.make(), launch(under, .shell("echo /proc/self/fd/*"))).text
        == "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n")
  }

  @Test("signals nothing of another run", arguments: RuntimeUnderTest.all)
  func others(under: RuntimeUnderTest) throws {
    let runtime = try under.make()
    let one = try start(runtime, launch(under, .shell("sleep 1000; :"))).run
    let first = try launch(under, .shell("sleep 1000; :"))
    var other = Launch(
      mark: RunMark(spool: first.mark.spool, job: JobID(unchecked: "y")), command: first.command,
      environment: first.environment, searchPath: first.searchPath, folder: first.folder, limits: [])
    (other.places, other.container) = (first.places, first.container)
    let two = try start(runtime, other).run
    for run in [one, two] { #expect(soon(run) { living(runtime, run).count == 2 + under.own }) }
    _ = runtime.signal(one, SignalNumber.kill)
    #expect(cause(end(runtime, one)) == .signalled(9))
    #expect(living(runtime, two).count == 2 + under.own)
    _ = runtime.signal(two, SignalNumber.kill)
    #expect(cause(end(runtime, two)) == .signalled(9))
  }
}
