import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// Limits as a user sees them, on the machine's own cgroups.
@Suite(.timeLimit(.minutes(60)), .enabled(if: Need.cgroups, "\(Need.cgroupsSays)")) struct LimitTests {
  private let spool: TestSpool
  init() throws { spool = try TestSpool() }

  private func run(_ json: String, _ location: SourceLocation = #_sourceLocation) throws -> JobRecord {
    try spool.drop("x", json)
    try spool.drain(location)
    #expect(cgroups.isEmpty, sourceLocation: location)
    return try spool.result("x", location)
  }

  /// Cgroups of this spool, everywhere.
  private var cgroups: [String] {
    guard let status = try? FileSystem.status(path: spool.path, following: true) else { return ["no spool"] }
    let name = "bobbin-\(String(status.device, radix: 16))-\(String(status.inode, radix: 16))"
    return Command.shell("find /sys/fs/cgroup -type d -path '*/\(name)*'").text.split(separator: "\n").map(String.init)
  }

  /// Doubles a variable until something gives.
  private static let memoryBomb = "x=0123456789; while :; do x=$x$x; done"

  @Test("a job over its memory limit is out of memory, and never tried again")
  func memory() throws {
    let result = try run(
      #"{"run": "\#(Self.memoryBomb)", "limits": {"memory": "32m"}, "retry": {"attempts": 3, "delay": 0}}"#)
    #expect(result.status == "failed" && result.code == "out-of-memory" && result.outcome?.signal == "SIGKILL")
    #expect(result.attemptsTotal == 1 && result.accounting == "cgroup")
    let peak = try #require(result.maxMemoryBytes)
    #expect(peak > 16 << 20 && peak <= 32 << 20)
  }

  @Test("a job that only lost a child to its memory limit is ended with all that is left of it")
  func memoryOfChild() throws {
    let result = try run(
      #"{"run": "sh -c '\#(Self.memoryBomb)'; sleep 1000", "limits": {"memory": "32m"}, "retry": 2}"#)
    #expect(result.code == "out-of-memory" && result.attemptsTotal == 1)
  }

  @Test("a job within its limits succeeds and is counted by its cgroup, its children included")
  func within() throws {
    let result = try run(
      #"{"run": "for n in 1 2; do sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done' & done; wait", "limits": {"memory": "64m", "swap": 0, "pids": 10, "cpus": 2}}"#
    )
    #expect(result.isSuccess && result.accounting == "cgroup")
    #expect((result.cpuSeconds ?? .zero) > .milliseconds(20) && (result.maxMemoryBytes ?? 0) > 0)
  }

  @Test("a fork bomb is held at its processes, told as that, and ended whole")
  func forkBomb() throws {
    // Of seven generations, for a machine on which nothing holds it; each process stays, so that the first one is refused
    // its next child too.
    let result = try run(
      #"{"run": "bomb() { test $1 = 0 || { bomb $(($1-1)) & bomb $(($1-1)) & }; wait; sleep 1000; }; bomb 7 & for n in $(seq 100); do sleep 1000 & done; exit 1", "limits": {"pids": 20}}"#
    )
    #expect(result.status == "failed" && result.code == "too-many-processes", "\(result.code ?? "")")
    // The first one's place may have been taken when it was gone.
    #expect((1...20).contains(result.leftover ?? 0), "\(result.leftover ?? 0) processes")
    #expect(spool.processes.isEmpty)
  }

  @Test("a job that is refused one more process and gives up has too many processes")
  func pids() throws {
    let result = try run(#"{"run": "for n in 1 2 3 4 5 6; do sleep 5 & done; wait", "limits": {"pids": 4}}"#)
    #expect(result.status == "failed" && result.code == "too-many-processes")
    #expect(result.attemptsTotal == 1)
  }

  @Test("half a processor is half a processor: the kernel makes the job wait")
  func cpus() throws {
    try spool.drop("x", #"{"run": "while :; do :; done", "limits": {"cpus": 0.2}}"#)
    let runner = try spool.start()
    func throttled() -> Int {
      let text = Command.shell("cat \(cgroups.map { "'\($0)/cpu.stat'" }.joined(separator: " ")) 2>/dev/null").text
      return text.split(separator: "\n").filter { $0.hasPrefix("nr_throttled ") }.compactMap { Int($0.dropFirst(13)) }
        .max() ?? 0
    }
    #expect(eventually { !cgroups.isEmpty })
    #expect(eventually { throttled() >= 3 })
    spool.shell("touch processing/x.cancel")
    #expect(try spool.ended("x").code == "cancelled")
    #expect(eventually { cgroups.allSatisfy { !$0.hasSuffix("-1") } }, "removed when the job settled: \(cgroups)")
    runner.signal(SignalNumber.terminate)
    runner.end()
    #expect(cgroups.isEmpty)
  }

  @Test(
    "processor time over its limit is told, whether SIGXCPU ends the job or it takes SIGKILL",
    arguments: ["", "trap '' XCPU; "])
  func processorTime(trap: String) throws {
    let result = try run(
      #"{"run": "\#(trap)while :; do :; done", "limits": {"cpuTime": 1}, "retry": {"attempts": \#(trap.isEmpty ? 2 : 1), "delay": 0}}"#
    )
    #expect(result.status == "failed" && result.code == "cpu-time-exceeded")
    #expect(result.outcome?.signal == (trap.isEmpty ? "SIGXCPU" : "SIGKILL"))
    if trap.isEmpty { #expect(result.attemptsTotal == 2, "an ordinary failure") }
  }

  @Test("a file over its limit is told, also where a shell's command wrote it", arguments: ["exec ", ""])
  func fileSize(exec: String) throws {
    let result = try run(
      #"{"run": "\#(exec)dd if=/dev/zero of=big bs=1k count=100; exit $?", "limits": {"fileSize": "10k"}}"#)
    #expect(result.code == "file-too-large")
    #expect(result.outcome?.signal == (exec.isEmpty ? nil : "SIGXFSZ"))
  }

  // MARK: what got away

  /// Leaves the session, clears its environment, and its parents are gone.
  private static let escape = "(env -i setsid sh -c '(env -i setsid sleep 1234 &)' &)"

  /// Sleepers of `escape`; of no other test, they run in turn or are these.
  private func escaped(_ folder: String) -> [ProcessFacts] {
    ProcessTable.all().filter { Command.shell("cat /proc/\($0.pid)/cgroup 2>/dev/null").text.contains(folder) }
  }

  private var name: String {
    cgroups.first.map { String($0.split(separator: "/").first { $0.hasPrefix("bobbin-") } ?? "") } ?? "none"
  }

  @Test("a process that left the job's session and cleared its environment is ended with it by 'timeout'")
  func escapedTimeout() throws {
    try spool.drop("x", #"{"run": "\#(Self.escape); sleep 1000", "timeout": "5s"}"#)
    let runner = try spool.start()
    #expect(eventually { !cgroups.isEmpty })
    let name = name
    #expect(eventually { escaped(name).count >= 2 })
    #expect(try spool.ended("x").status == "timed-out")
    #expect(eventually { escaped(name).isEmpty })
    #expect(eventually { cgroups.allSatisfy { $0.hasSuffix(name) || $0.contains("/runner-") } }, "\(cgroups)")
    runner.signal(SignalNumber.terminate)
    runner.end()
    #expect(cgroups.isEmpty)
  }

  @Test("and as what the job left behind, when it ends by itself")
  func escapedLeftover() throws {
    let result = try run(#"{"run": "\#(Self.escape); sleep 0.3", "limits": {"pids": 50}}"#)
    #expect(result.isSuccess && result.leftover == 1)
  }

  @Test("and by the next runner, after SIGKILL of the one that started it: before the job runs again")
  func escapedKill() throws {
    let flag = spool.place.path + "/flag"
    try spool.drop(
      "x",
      #"{"run": "test -e \#(flag) && exit 0; touch \#(flag); \#(Self.escape); sleep 1000", "limits": {"pids": 50}}"#)
    try spool.drop("y", #"{"run": "test -e \#(flag)2 && exit 0; touch \#(flag)2; sleep 1000", "timeout": "1h"}"#)
    let runner = try spool.start()
    #expect(
      try eventually { try spool.place.folder.has("flag") && spool.place.folder.has("flag2") && !cgroups.isEmpty })
    let name = name
    #expect(eventually { escaped(name).count >= 3 })
    runner.kill()
    #expect(!escaped(name).isEmpty, "or the test tests nothing")
    try spool.drain()
    #expect(escaped(name).isEmpty && cgroups.isEmpty)
    #expect(try spool.result("x").isSuccess && spool.result("y").isSuccess)
  }

  @Test("a runner that was killed between jobs leaves no cgroup behind the next")
  func killedIdle() throws {
    for n in 1...3 { try spool.drop("j\(n)", #"{"run": "true", "limits": {"pids": 50}}"#) }
    let runner = try spool.start()
    for n in 1...3 { #expect(try spool.ended("j\(n)").isSuccess) }
    #expect(!cgroups.isEmpty)
    runner.kill()
    try spool.drain()
    #expect(cgroups.isEmpty)
  }

  @Test("two spools keep to their own")
  func foreign() throws {
    let other = try TestSpool()
    try other.drop("x", #"{"run": "sleep 1000", "limits": {"pids": 5}}"#)
    let runner = try other.start()
    #expect(eventually { !other.processes.isEmpty })
    #expect(try run(#"{"run": "true", "limits": {"pids": 5}}"#).isSuccess)
    #expect(!other.processes.isEmpty && runner.isAlive)
    runner.signal(SignalNumber.terminate)
    runner.end()
  }
}

/// Where no cgroup can be written: an ordinary user's view.
@Suite(.timeLimit(.minutes(60)), .enabled(if: Need.otherUser, "\(Need.otherUserSays)")) struct NoCgroupTests {
  private let place: TemporaryFolder
  init() throws {
    place = try TemporaryFolder()
    Command.shell("chmod 755 '\(place.path)' && mkdir '\(place.path)/home' && chown 65534:65534 '\(place.path)/home'")
  }

  private func bobbin(_ arguments: String, environment: [String] = []) -> Command {
    Command.shell(
      "cd '\(place.path)/home' && setpriv --reuid=65534 --regid=65534 --clear-groups '\(BobbinProgram.path)' \(arguments)",
      environment: environment)
  }

  private func drain(_ json: String, environment: [String] = []) throws -> JobRecord {
    #expect(bobbin("init s").isSuccess)
    Command.shell(
      "cd '\(place.path)/home' && printf '%s' \"$JOB\" > s/inbox/x.json && chown 65534:65534 s/inbox/x.json",
      environment: ["JOB=\(json)"])
    let drained = bobbin("run --spool s --drain", environment: environment)
    guard case .exited = drained.end else { throw Failed(text: drained.text) }
    let file = Command.shell("cd '\(place.path)/home' && cat s/done/x.result.json s/errors/x.result.json 2>/dev/null")
    return try JobRecord.decode(file.output)
  }

  private struct Failed: Error { let text: String }

  @Test("a limit is refused with the cure, never ignored", arguments: ["memory", "swap", "cpus", "pids"])
  func refused(limit: String) throws {
    let value = limit == "memory" ? #""64m""# : "5"
    let result = try drain(#"{"run": "true", "limits": {"\#(limit)": \#(value)}, "retry": 3}"#)
    #expect(result.status == "failed" && result.code == "limit-unavailable" && result.attemptsTotal == 1)
    #expect(result.outcome?.reason?.contains("Delegate=yes") == true, "\(result.outcome?.reason ?? "")")
  }

  @Test("a job without such limits runs, with or without a timeout")
  func without() throws {
    #expect(try drain(#"{"run": "true", "timeout": "1h", "limits": {"cpuTime": 9}}"#).isSuccess)
  }

  @Test("a systemd of the user's makes a scope for it")
  func scope() throws {
    Command.shell(
      """
      cd '\(place.path)' && mkdir -p bin run/systemd && : > run/systemd/private && chmod 755 bin run run/systemd
      printf '%s\\n' '#!/bin/sh' 'echo "$*" >> '\(place.path)/home/called \\
        'while [ "$1" != -- ]; do shift; done; shift; exec "$@"' > bin/systemd-run && chmod 755 bin/systemd-run
      """)
    let result = try drain(
      #"{"run": "echo $XDG_RUNTIME_DIR; kill -9 $$", "limits": {"memory": "64m", "pids": 7}, "retry": 3}"#,
      environment: ["XDG_RUNTIME_DIR=\(place.path)/run", "PATH=\(place.path)/bin:/usr/bin:/bin"])
    #expect(result.code == "out-of-memory" && result.attemptsTotal == 1, "SIGKILL in a scope with a memory limit")
    #expect(result.stdout?.text == "\n" && result.accounting == "rusage")
    let called = Command.shell("cat '\(place.path)/home/called'").text.split(separator: "\n")
    #expect(
      called.count == 2 && called.last?.contains("-p MemoryMax=67108864 -p MemorySwapMax=0 -p TasksMax=7 --") == true)
  }
}
