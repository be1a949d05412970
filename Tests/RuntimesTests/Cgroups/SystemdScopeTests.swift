import Jobs
import Platform
import TestSupport
import Testing

@testable import Runtimes

/// With programs that stand for systemd's: none runs where the tests do.
@Suite(.timeLimit(.minutes(60))) struct SystemdScopeTests {
  private let place: TemporaryFolder
  init() throws {
    place = try TemporaryFolder()
    Command.shell("cd '\(place.path)' && mkdir bin run run/systemd && : > run/systemd/private")
  }

  /// A systemd-run that notes its arguments and the manager's variables, and becomes what stands after `--`.
  private func install(_ before: String = "") {
    _ = try? place.write(
      "new",
      """
      #!/bin/sh
      echo "$XDG_RUNTIME_DIR $*" >> '\(place.path)/called'
      \(before)
      while [ "$1" != -- ]; do shift; done
      shift
      exec "$@"
      """)
    Command.shell("cd '\(place.path)' && chmod 755 new && mv new bin/systemd-run")
  }

  private var presence: SystemdScope.Presence {
    SystemdScope.presence(path: place.path + "/bin:/usr/bin:/bin", runtimeFolder: place.path + "/run")
  }

  private var isThere: Bool { if case .answers = presence { true } else { false } }
  private var works: Bool { if case .answers = SystemdScope.probe(presence) { true } else { false } }

  @Test("systemd-run and a socket of the user's manager are needed")
  func needed() throws {
    if !Command.shell("command -v systemd-run").isSuccess { #expect(!isThere) }
    install()
    #expect(isThere)
    Command.shell("rm '\(place.path)/run/systemd/private'")
    #expect(!isThere)
    Command.shell(": > '\(place.path)/run/bus'")
    #expect(isThere)
  }

  @Test("it counts only when it has made a scope once")
  func probe() throws {
    install()
    #expect(works)
    #expect(try place.text("called") == "\(place.path)/run --user --scope --quiet --collect -p TasksMax=16 -- true\n")
    install("exit 1")
    #expect(!works)
  }

  @Test("one that does not answer is not waited for")
  func slow() {
    install("exec sleep 100")
    let before = Clock.continuous()
    #expect(!works)
    #expect(Clock.continuous() - before < 20_000_000_000)
  }

  @Test("the limits are systemd's properties")
  func arguments() {
    var limits = Limits()
    (limits.memory, limits.cpus, limits.pids) = (.mebibytes(64), 0.5, 10)
    func list(_ change: (inout Limits) -> Void = { _ in }) -> String {
      var limits = limits
      change(&limits)
      return SystemdScope.arguments("/s", limits, ownProcesses: 2, unit: "u").joined(separator: " ")
    }
    let start = "/s --user --scope --quiet --collect --unit=u"
    #expect(list() == start + " -p MemoryMax=67108864 -p MemorySwapMax=0 -p CPUQuota=50% -p TasksMax=12 --")
    #expect(list { $0.swap = .mebibytes(1) }.contains("-p MemorySwapMax=1048576"))
    #expect(list { $0.cpus = 0.001 }.contains("-p CPUQuota=1%"))
    #expect(
      list { ($0.memory, $0.cpus, $0.pids, $0.swap) = (nil, nil, nil, ByteCount(7)) } == start
        + " -p MemorySwapMax=7 --")
  }

  @Test("a run in a scope gets its program, its arguments and its environment, and nothing of what the scope needed")
  func run() throws {
    install()
    guard case .answers(let program, let env, let variables) = presence else { throw PlainTree.Unwritten(text: "none") }
    var limits = Limits()
    limits.pids = 10
    func run(_ command: Job.Command, _ environment: [String]) throws -> String {
      var launch = Launch(
        mark: RunMark(spool: "s", job: JobID(unchecked: "x")), command: command,
        environment: environment, searchPath: "/usr/bin:/bin", folder: .open(place.folder), limits: [])
      launch.wrapper = SystemdScope.wrapper(
        program, env: env, variables: variables, limits: limits, ownProcesses: 0, unit: "u")
      let output = try FileSystem.memoryFile([])
      let null = try FileSystem.openNull()
      let run = try ProcessRuntime().start(
        launch, streams: Launch.Streams(input: null, output: output, error: output), birth: nil)
      #expect(Children.wait(for: run.pid) == .exited(0))
      return String(
        decoding: try FileSystem.openForReading(path: "/proc/self/fd/\(output.number)").readAll(limit: 1 << 20),
        as: UTF8.self)
    }
    #expect(try run(.arguments(["printf", "%s|", "a b", "$X", ""]), ["PATH=/usr/bin:/bin"]) == "a b|$X||")
    #expect(try place.text("called").contains("-p TasksMax=10 -- "))
    let own = try run(.arguments(["env"]), ["PATH=/usr/bin:/bin", "XDG_RUNTIME_DIR=/mine", "A=b"])
    // The shell that stands for systemd-run adds PWD.
    #expect(
      own.split(separator: "\n").filter { !$0.hasPrefix("PWD=") }.sorted() == [
        "A=b", "BOBBIN_JOB_ID=x", "BOBBIN_SPOOL_ID=s", "PATH=/usr/bin:/bin", "XDG_RUNTIME_DIR=/mine",
      ])
    #expect(try run(.arguments(["env"]), ["PATH=/usr/bin:/bin"]).contains("XDG") == false)
    #expect(throws: StartFailure.notFound("no-such-program")) { try run(.arguments(["no-such-program"]), []) }
  }

  @Test("where no cgroup can be written a limited run is put into a scope, and without one refused with both reasons")
  func fallback() throws {
    install()
    func hold(_ scope: SystemdScope.Presence) throws(StartFailure) -> Hold {
      let cgroups = Cgroups(spool: "s", noted: [], finder: CgroupFinder([], CgroupTree()), tree: CgroupTree()) { scope }
      var limits = Limits()
      limits.memory = .mebibytes(64)
      return try cgroups.hold(limits, ownProcesses: 0, hasTimeout: true, slot: 0)
    }
    #expect(try hold(presence).isScope)
    do {
      _ = try hold(.absent("No systemd"))
      Issue.record("it was held")
    } catch {
      #expect(error.code == "limit-unavailable")
      #expect(error.reason.contains("/sys/fs/cgroup") && error.reason.contains("No systemd"))
    }
  }
}
