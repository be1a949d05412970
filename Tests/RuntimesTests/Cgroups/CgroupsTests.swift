import Jobs
import Platform
import TestSupport
import Testing

@testable import Runtimes

/// On the machine's own cgroups.
@Suite(.timeLimit(.minutes(60)), .enabled(if: Need.cgroups, "\(Need.cgroupsSays)")) struct CgroupsTests {
  private let place: TemporaryFolder
  private let spool = "test-\(UInt64.random(in: 0 ... .max))"
  init() throws { place = try TemporaryFolder() }

  /// Folders of this spool, everywhere.
  private var left: [String] {
    Command.shell("find /sys/fs/cgroup -type d -path '*bobbin-\(spool)*'").text.split(separator: "\n").map(String.init)
  }

  private func start(_ hold: Hold, _ line: String) throws -> Run {
    var launch = Launch(
      mark: RunMark(spool: spool, job: JobID(unchecked: "x")), command: .shell(line), environment: [],
      searchPath: "/usr/bin:/bin", folder: .open(place.folder), limits: [])
    launch.joins = hold.cgroup?.joins ?? []
    let null = try FileSystem.openNull()
    return try ProcessRuntime().start(
      launch, streams: Launch.Streams(input: null, output: null, error: null), birth: nil)
  }

  private var pids: Limits {
    var limits = Limits()
    limits.pids = 20
    return limits
  }

  @Test(
    "a run's processes are found by its cgroup whatever they do, ended, and nothing is left", arguments: [true, false])
  func escape(isLimited: Bool) throws {
    let cgroups = Cgroups(spool: spool, noted: [])
    cgroups.begin()
    let hold = try cgroups.hold(isLimited ? pids : Limits(), ownProcesses: 0, hasTimeout: true, slot: 0)
    let cgroup = try #require(hold.cgroup)
    // Out of the session, with a cleared environment, its parent gone: the marks do not find it.
    let run = try start(hold, "(env -i setsid sh -c '(env -i setsid sleep 1000 &)' &); sleep 0.1")
    #expect(Children.wait(for: run.pid) == .exited(0))
    #expect(eventually { cgroup.living().count == 1 }, "\(cgroup.living())")
    let living = cgroup.living()
    #expect(!ProcessRuntime().living(of: run).contains { $0.pid == living.first?.pid }, "or the test tests nothing")
    cgroup.killRest()
    for process in cgroup.living() { ProcessTable.signal(process, SignalNumber.kill) }
    #expect(eventually { cgroup.isEmpty })
    cgroups.letGo(hold)
    #expect(
      eventually {
        cgroups.proceed(now: .max)
        return cgroups.nextDue == nil
      })
    cgroups.close()
    #expect(left.isEmpty)
  }

  @Test("what an earlier runner left is seen and cleared by the next, another spool's stays")
  func earlier() throws {
    let first = Cgroups(spool: spool, noted: [])
    let other = Cgroups(spool: spool + "x", noted: [])
    first.begin()
    other.begin()
    let hold = try first.hold(pids, ownProcesses: 0, hasTimeout: false, slot: 3)
    let others = try other.hold(pids, ownProcesses: 0, hasTimeout: false, slot: 3)
    let run = try start(hold, "exec env -i sleep 1000")
    let second = Cgroups(spool: spool, noted: first.folders)
    #expect(eventually { second.earlierLiving().map(\.pid) == [run.pid] })
    let found = EarlierRuns.living(spool: "none", notes: [], inCgroups: second.earlierLiving())
    #expect(found[EarlierRuns.unknownJob]?.map(\.pid) == [run.pid])
    second.stopEarlierForks()
    for process in second.earlierLiving() { ProcessTable.signal(process, SignalNumber.kill) }
    #expect(Children.wait(for: run.pid) == .signalled(9))
    #expect(eventually { second.earlierLiving().isEmpty })
    second.begin()
    second.close()
    #expect(left.filter { !$0.contains(spool + "x") }.isEmpty && !left.isEmpty)
    other.letGo(others)
    other.close()
    #expect(left.isEmpty)
  }

  @Test("cgroups that a job made in its own are found through and removed with it")
  func nested() throws {
    let cgroups = Cgroups(spool: spool, noted: [])
    cgroups.begin()
    let hold = try cgroups.hold(Limits(), ownProcesses: 0, hasTimeout: true, slot: 0)
    let cgroup = try #require(hold.cgroup)
    let path = try #require(left.first { $0.hasSuffix("/" + cgroup.name) })
    let run = try start(hold, "mkdir -p '\(path)/a/b' && echo 0 > '\(path)/a/b/cgroup.procs' && exec sleep 1000")
    #expect(eventually { Command.shell("cat '\(path)/a/b/cgroup.procs'").text == "\(run.pid)\n" })
    #expect(cgroup.living().map(\.pid) == [run.pid] && !cgroup.isEmpty)
    ProcessTable.signalChild(run.pid, SignalNumber.kill)
    #expect(Children.wait(for: run.pid) == .signalled(9))
    cgroups.letGo(hold)
    cgroups.close()
    #expect(left.isEmpty)
  }

  @Test("a process cannot join what is gone, and does not start outside of it")
  func gone() throws {
    let cgroups = Cgroups(spool: spool, noted: [])
    cgroups.begin()
    let hold = try cgroups.hold(pids, ownProcesses: 0, hasTimeout: true, slot: 0)
    cgroups.letGo(hold)
    let run = try start(hold, "touch started")
    let cause = try #require(Children.wait(for: run.pid))
    #expect(cause == .exited(127))
    guard case .neverRan(let failure) = ProcessRuntime().end(of: run, reaped: ProcessEnd(pid: run.pid, cause: cause))
    else {
      Issue.record("it ran")
      return
    }
    #expect(failure.code == "machine-exhausted", "another try makes another cgroup")
    #expect(!Command.shell("test -e '\(place.path)/started'").isSuccess)
    cgroups.close()
  }

  @Test("this machine's support says that limits are held, without making anything")
  func support() {
    let support = CgroupSupport.look()
    #expect(support.lines.map(\.limit) == ["memory", "swap", "cpus", "pids"])
    for line in support.lines { #expect(line.means != nil && line.means != .systemdScope) }
    #expect(left.isEmpty)
  }
}
