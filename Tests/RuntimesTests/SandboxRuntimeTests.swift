import CPlatform
import Jobs
import Platform
import TestSupport
import Testing

@testable import Platform
@testable import Runtimes

/// What holds for the sandbox alone, seen from the process that starts it.
@Suite(.timeLimit(.minutes(60)), .enabled(if: Need.sandbox, "\(Need.sandboxSays)")) struct SandboxRuntimeTests {
  private let place: TemporaryFolder
  private let runtime: SandboxRuntime

  init() throws {
    place = try TemporaryFolder()
    for name in ["work", "out"] { try place.folder.makeFolder(name) }
    Command.shell("chmod 777 '\(place.path)/work' '\(place.path)/out'")
    runtime = try SandboxMachine(searchPath: "").runtime(user: 65534, paths: [])
  }

  private func start(
    _ line: String, environment: [String] = ["PATH=/usr/bin:/bin"], _ change: (inout Launch) -> Void = { _ in }
  ) throws -> (run: Run, output: Descriptor) {
    let work = try place.folder.folder("work")
    var launch = Launch(
      mark: RunMark(spool: "test-\(place.path)", job: JobID(unchecked: "x")), command: .shell(line),
      environment: environment, searchPath: "/usr/bin:/bin", folder: .open(work), limits: [])
    launch.places = Launch.Places(work: work, result: try place.folder.folder("out"))
    change(&launch)
    let (null, output) = (try FileSystem.openNull(), try FileSystem.memoryFile([]))
    let streams = Launch.Streams(input: null, output: output, error: output)
    return (try runtime.start(launch, streams: streams, birth: nil), output)
  }

  private func text(_ line: String, _ change: (inout Launch) -> Void = { _ in }) throws -> String {
    let (run, output) = try start(line, change)
    _ = Children.wait(for: run.pid)
    return String(decoding: try output.reopened().readAll(limit: 1 << 20), as: UTF8.self)
  }

  @Test("what a job writes beside its folder ends at the limit, in /tmp and in /dev/shm, and nowhere else is writable")
  func scratch() throws {
    let line = """
      for d in /tmp /dev/shm; do head -c 10M /dev/zero > $d/x 2> /dev/null; stat -c %s $d/x; done
      for d in / /dev /etc /run /bobbin /usr /dev/pts /proc; do touch $d/x 2> /dev/null && echo "$d is writable"; done; :
      """
    #expect(try text(line) { $0.places?.scratch = .mebibytes(1) } == "1048576\n1048576\n")
    #expect(try text("head -c 10M /dev/zero > /tmp/x; stat -c %s /tmp/x") == "10485760\n")
  }

  @Test("as root the job is another user for the kernel too", .enabled(if: Need.root, "\(Need.rootSays)"))
  func kernelUser() throws {
    let run = try start("sleep 1000; :").run
    #expect(eventually { runtime.living(of: run).count == 4 })
    for process in runtime.living(of: run) {
      let ids = Command.shell("grep -E '^(Uid|Gid|Groups)' /proc/\(process.pid)/status").text
      #expect(ids == "Uid:\t65534\t65534\t65534\t65534\nGid:\t65534\t65534\t65534\t65534\nGroups:\t \n")
    }
    runtime.signal(run, SignalNumber.kill)
    _ = Children.wait(for: run.pid)
  }

  @Test("the job's variables are not those of the programs that make the sandbox, and stand in no argument list")
  func environment() throws {
    let run = try start("sleep 1000; :", environment: ["LD_PRELOAD=/bobbin/job/x.so", "SECRET=hidden"]).run
    #expect(eventually { runtime.living(of: run).count == 4 })
    let facts = runtime.living(of: run).sorted { $0.pid < $1.pid }
    for process in facts where ["bwrap", "bobbin-init"].contains(ProcessTable.name(of: process.pid)) {
      #expect(ProcessTable.environmentValue("LD_PRELOAD", of: process.pid) == nil)
      #expect(ProcessTable.environmentValue("SECRET", of: process.pid) == nil)
    }
    for process in facts {
      #expect(!Command.shell("tr '\\0' ' ' < /proc/\(process.pid)/cmdline").text.contains("hidden"))
    }
    runtime.signal(run, SignalNumber.kill)
    _ = Children.wait(for: run.pid)
  }

  @Test("killing bwrap alone takes everything along")
  func monitor() throws {
    let run = try start("setsid sleep 1000 & sleep 1000; :").run
    #expect(eventually { runtime.living(of: run).count == 5 })
    let all = runtime.living(of: run)
    ProcessTable.signalChild(run.pid, SignalNumber.kill)
    #expect(Children.wait(for: run.pid) == .signalled(9))
    #expect(
      eventually {
        all.allSatisfy {
          ProcessTable.facts($0.pid)?.startTicks != $0.startTicks || ProcessTable.facts($0.pid)?.isZombie == true
        }
      })
  }

  @Test("a SIGTERM while the sandbox is still being made ends it", arguments: [0, 300, 1000, 2000, 4000, 8000])
  func early(microseconds: Int) throws {
    let run = try start("sleep 1000; :").run
    Clock.wait(nanoseconds: Int64(microseconds) * 1000)
    runtime.signal(run, SignalNumber.terminate)
    let end = Children.wait(for: run.pid, atMost: 5_000_000_000)
    #expect(end != nil)
    // Bwrap may have died just after it made pid 1: the runner looks for that too.
    #expect(eventually { runtime.signal(run, SignalNumber.kill) == 0 })
  }

  @Test("what the runner ends has the job's grace, also if its first process ends at once")
  func grace() throws {
    // Longer than the 2 s that what a job leaves by itself gets.
    let line = """
      (trap 'sleep 2.5; echo saved; exit' TERM; echo up; while :; do sleep 0.01; done) &
      trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done
      """
    let (run, output) = try start(line) { $0.grace = .seconds(30) }
    func text() throws -> String { String(decoding: try output.reopened().readAll(limit: 1000), as: UTF8.self) }
    #expect(eventually { (try? text()) == "up\nup\n" })
    runtime.signal(run, SignalNumber.terminate)
    let cause = try #require(Children.wait(for: run.pid))
    guard case .ran(let end, leftover: 0)? = runtime.end(of: run, reaped: ProcessEnd(pid: run.pid, cause: cause)) else {
      Issue.record("it left something")
      return
    }
    #expect(end.cause == .exited(7))
    #expect(try text().contains("saved"))
  }

  @Test("what had ended before the job and was never waited for is not left over")
  func unwaited() throws {
    // What it becomes knows nothing of that child, and it has ended long before; were it late it would be left over.
    let (run, _) = try start("true & exec sleep 1")
    let cause = try #require(Children.wait(for: run.pid))
    let end = runtime.end(of: run, reaped: ProcessEnd(pid: run.pid, cause: cause))
    guard case .ran(_, leftover: 0)? = end else {
      Issue.record("\(String(describing: end))")
      return
    }
  }

  @Test("pid 1 is a program of its own: an ELF file without libraries")
  func initProgram() throws {
    let bytes = try #require(InitProgram.bytes)
    #expect(bytes.count < 12_288 && bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]))
  }
}
