import Jobs
import Platform
import TestSupport
import Testing

/// That limits hold, are told apart, and count what they hold.
@Suite(.timeLimit(.minutes(60)), .enabled(if: Need.cgroups, "\(Need.cgroupsSays)")) struct ContainerLimitTests {
  /// Doubles a variable until something gives.
  private static let bomb = "x=0123456789; while :; do x=$x$x; done"

  @Test(
    "over its memory a job is ended whole, also where only a child was: out-of-memory, final", arguments: JobGround.all)
  func memory(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let keys = ["limits": #"{"memory": "32m"}"#, "retry": #"{"attempts": 3, "delay": 0}"#, "timeout": "\"20s\""]
    let lines = ["sh -c '\(Self.bomb)'; sleep 1000", Self.bomb, "sh -c '\(Self.bomb)'; exit 0"]
    for line in ground.isSlow ? Array(lines.prefix(1)) : lines {
      let result = try stage.run(line, keys)
      #expect(
        result.status == "failed" && result.code == "out-of-memory" && result.attemptsTotal == 1, "\(result.story)")
      #expect((result.maxMemoryBytes ?? 0) > 16 << 20 && (result.maxMemoryBytes ?? 0) <= 33 << 20)
    }
    // The same limit, and none of the kills before it is this one's.
    let within = try stage.run("x=1; exit 5", keys.merging(["retry": "1"]) { $1 })
    #expect(within.code == "exit" && within.outcome?.exitCode == 5, "\(within.story)")
    stage.finish()
  }

  @Test("processes are held at their number, and a job that needed more is told so", arguments: JobGround.all)
  func processes(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let word = ContainerStubbornTests.word()
    let keys = ["limits": #"{"pids": 8}"#]
    let result = try stage.run(
      "i=0; while [ $i -lt 40 ]; do sleep \(word) & i=$((i+1)); echo $i; done; wait", keys)
    #expect(result.status == "failed" && result.code == "too-many-processes", "\(result.story)")
    let started = result.text.split(separator: "\n").count
    #expect((5...9).contains(started), "\(started)")
    #expect(!AttackedSpool.isAlive(word))
    let bomb = try stage.run(
      "bomb() { bomb & bomb & wait; }; bomb; sleep \(word) & wait; exit 1",
      keys.merging(["timeout": "\"700ms\"", "grace": "\"100ms\""]) { $1 })
    #expect(["too-many-processes", "timed-out"].contains(bomb.code), "\(bomb.story)")
    let within = try stage.run("for i in 1 2 3 4; do sleep 0.01 & done; wait", keys)
    #expect(within.isSuccess, "\(within.story)")
    stage.finish()
  }

  @Test("a part of a processor is that part, and what is counted is the job's own", arguments: JobGround.all)
  func processors(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    // Its own time: until a container is up a busy machine takes long.
    let busy = "while :; do :; done & a=$!; while :; do :; done & b=$!; sleep 0.7; kill $a $b"
    let keys = ["limits": #"{"cpus": 0.2}"#]
    let first = try stage.run(busy, keys)
    #expect(first.isSuccess && first.accounting == "cgroup", "\(first.story)")
    let (used, ran) = (first.cpuSeconds ?? .zero, first.runSeconds ?? .zero)
    // Two loops, where a processor's worth or two would be used.
    #expect(used > .milliseconds(20) && used * 2 < ran, "\(used) of \(ran)")
    let second = try stage.run("exit 0", keys)
    #expect((second.cpuSeconds ?? .zero) < .milliseconds(20), "\(second.story) \(second.cpuSeconds ?? .zero)")
    stage.finish()
  }

  @Test("open files and the size of a file are held", arguments: JobGround.all)
  func each(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    // Eight are the three streams and five more, and none for the last.
    let files = try stage.run(
      """
      ulimit -n
      (exec 3< /dev/null 4< /dev/null 5< /dev/null 6< /dev/null 7< /dev/null; cat < /dev/null) 2> /dev/null; echo $?
      """, ["limits": #"{"openFiles": 8}"#])
    #expect(files.text.hasPrefix("8\n") && !files.text.hasSuffix("\n0\n"), "\(files.story)")
    // More than a box has that was made for less.
    let more = try stage.run("ulimit -n", ["limits": #"{"openFiles": 5000}"#])
    #expect(more.text == "5000\n", "\(more.story)")
    if ground.isEngine, !ground.isKept {
      let both = try stage.run(
        "ulimit -Sn; ulimit -Hn", ["limits": #"{"ulimits": {"nofile": {"soft": 1500, "hard": 1600}}}"#])
      #expect(both.text == "1500\n1600\n", "\(both.story)")
    }
    let size = try stage.run(
      "exec dd if=/dev/zero of=big bs=1k count=100", ["limits": #"{"fileSize": "10k"}"#])
    #expect(size.code == "file-too-large" && size.outcome?.signal == "SIGXFSZ", "\(size.story)")
    if ground.isSlow { return stage.finish() }
    // Takes a second of a processor, and is the same code in all of them.
    if ground.isKept, !ground.isEngine {
      let time = try stage.run("while :; do :; done", ["limits": #"{"cpuTime": 1}"#])
      #expect(time.code == "cpu-time-exceeded" && time.outcome?.signal == "SIGXCPU", "\(time.story)")
    }
    // Those of one job are not the next one's.
    let free = try stage.run("ulimit -n; ulimit -t; dd if=/dev/zero of=big bs=1k count=100 2> /dev/null; echo $?")
    let lines = free.text.split(separator: "\n")
    #expect(lines.count == 3 && lines[0] != "8" && lines[1] == "unlimited" && lines[2] == "0", "\(free.story)")
    stage.finish()
  }

  @Test("a container has limits where nobody says any: memory, processes, open files", arguments: JobGround.engines)
  func defaults(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let word = ContainerStubbornTests.word()
    try stage.drop("x", "ulimit -Sn; ulimit -Hn; sleep \(word)")
    #expect(eventually { AttackedSpool.isAlive(word) })
    let pid = try #require(ProcessTable.all().first { AttackedSpool.line(of: $0) == "sleep \(word)" }).pid
    func value(_ controller: String, _ file: String) -> Int? {
      Int(
        Command.shell(
          """
          p=$(sed -n 's/^[0-9]*:\\([a-z_,]*,\\)\\{0,1\\}\(controller)\\(,[a-z_,]*\\)\\{0,1\\}://p' /proc/\(pid)/cgroup)
          if [ -n "$p" ]; then cat "/sys/fs/cgroup/\(controller)$p/\(file)"; else
            cat "/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/\(pid)/cgroup)/$(echo \(file) | sed 's/memory.limit_in_bytes/memory.max/')"; fi
          """
        ).text.filter(\.isNumber))
    }
    #expect(value("memory", "memory.limit_in_bytes") == 1 << 30)
    #expect(value("pids", "pids.max").map { (256...258).contains($0) } == true)
    stage.spool.shell("touch processing/x.cancel")
    #expect(try stage.spool.ended("x").text == "1024\n2048\n")
    stage.finish()
  }
}
