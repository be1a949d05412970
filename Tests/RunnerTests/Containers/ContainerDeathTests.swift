import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// Many at once, and the runner's end at any moment.
@Suite(.timeLimit(.minutes(60))) struct ContainerDeathTests {
  @Test("eight run at once in eight slots, each with its own folders and streams", arguments: JobGround.all)
  func eight(ground: JobGround) throws {
    let stage = try GroundSpool(ground, ["slots": "8"], group: ground.isKept ? ["slots": "8"] : [:])
    let word = ContainerStubbornTests.word()
    for n in 1...8 {
      try stage.drop("j\(n)", "echo \(n) > mine; cat; sleep \(word); echo $?; cat *", ["stdin": "\"in \(n)\""])
    }
    let line = "sleep \(word)"
    #expect(eventually { ProcessTable.all().count { AttackedSpool.line(of: $0) == line } == 8 }, "\(stage.spool.tree)")
    if ground.isEngine { #expect(stage.containers.count == 8) }
    for process in ProcessTable.all() where AttackedSpool.line(of: process) == line {
      ProcessTable.signal(process, SignalNumber.kill)
    }
    for n in 1...8 {
      let result = try stage.spool.ended("j\(n)")
      #expect(result.text == "in \(n)137\n\(n)\n", "\(result.story)")
    }
    stage.finish()
  }

  @Test(
    "a runner that is killed takes its containers along; the job runs again once the first run is gone, and leaves nothing",
    arguments: JobGround.all)
  func killed(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let words = (1...2).map { _ in ContainerStubbornTests.word() }
    let line = """
      test $BOBBIN_ATTEMPT = 1 && word=\(words[0]) || word=\(words[1])
      (setsid sh -c "trap '' TERM HUP; sleep $word & sleep $word" &); trap '' TERM; sleep $word; echo on
      """
    try stage.warm()
    try stage.drop("x", line)
    #expect(eventually { AttackedSpool.isAlive(words[0]) })
    let containers = stage.containers
    #expect(containers.count == (ground.isEngine ? 1 : 0))
    stage.runner.kill()
    // Nobody else ends them: no next runner is there.
    if ground.isIsolated { #expect(eventually { !AttackedSpool.isAlive(words[0]) }) }
    try stage.startAgain()
    #expect(eventually { AttackedSpool.isAlive(words[1]) })
    #expect(!AttackedSpool.isAlive(words[0]), "two runs at once")
    let record = try #require(
      try eventually { stage.spool.has("processing/x.run.json") } ? stage.spool.record(.processing, "x") : nil)
    #expect(record.attempts.map(\.status) == ["interrupted"])
    stage.spool.shell("touch processing/x.cancel")
    let result = try stage.spool.ended("x")
    #expect(result.status == "cancelled" && result.attemptsTotal == 2, "\(result.story)")
    #expect(!AttackedSpool.isAlive(words[1]))
    stage.finish()
    for id in containers { #expect(Command.shell("grep -c \(id.prefix(24)) /proc/self/mountinfo").text == "0\n") }
  }

  @Test(
    "killed while its containers are being made, again and again, it leaves none and loses no job",
    arguments: JobGround.isolated)
  func killedEarly(ground: JobGround) throws {
    let stage = try GroundSpool(ground, ["slots": "3", "maxInterruptions": "0"])
    let names = (1...4).map { "j\($0)" }
    for name in names { try stage.drop(name, "echo \(name)") }
    for round in 0..<3 {
      // At its start, and a little later each time.
      #expect(
        eventually {
          stage.spool.shell("ls processing | grep -c 'j.\\.json'").text != "0\n"
            || stage.spool.shell("ls inbox").text.isEmpty
        })
      let moment = Clock.continuous() + Int64(round) * 60_000_000
      _ = eventually(within: 1) { Clock.continuous() >= moment }
      stage.runner.kill()
      try stage.startAgain()
    }
    for name in names { #expect(try stage.spool.ended(name).text == name + "\n") }
    stage.finish()
  }

  @Test(
    "what podman had half made when its client was killed is taken away by the next runner, and that of others is not",
    .enabled(if: Need.podman))
  func halfMade() throws {
    let stage = try GroundSpool(.podman)
    #expect(try stage.run("echo well").text == "well\n")
    stage.runner.kill()
    let others = "bobbin-\(stage.identity)0-1-x-y"
    defer { stage.engine("rm --force --ignore \(others)") }
    let made = Command.shell(
      """
      \(Self.elsewhere(stage.spool.place.path))
      for name in bobbin-\(stage.identity)-1-x-0 \(others); do
        podman create --name $name --network none \(Engines.image) true || exit 1
      done
      """, environment: stage.environment)
    try #require(made.isSuccess, "\(made.text)")
    #expect(stage.containers.count == 1)
    try stage.startAgain()
    #expect(eventually { stage.containers.isEmpty })
    #expect(try stage.run("echo well").text == "well\n")
    stage.finish()
    #expect(eventually { stage.engine("ps -a --external --format '{{.Names}}'").text.contains(others) })
  }

  @Test("what podman had half made when it failed is taken away at once", .enabled(if: Need.podman))
  func failedEarly() throws {
    let place = try TemporaryFolder()
    try place.write(
      "podman",
      """
      #!/bin/sh
      PATH=${PATH#*:}
      test "$1" = run || exec podman "$@"
      \(Self.elsewhere(place.path))
      while test "$1" != --name; do shift; done
      podman create --name "$2" --network none \(Engines.image) true
      echo 'out of luck' >&2
      exit 125
      """)
    Command.shell("chmod 755 '\(place.path)/podman'")
    let stage = try GroundSpool(
      .podman, environment: ["PATH=\(place.path):\(Machine.environment("PATH") ?? "/usr/bin:/bin")"])
    try stage.drop("x", "true")
    let record = try stage.spool.ended("x")
    #expect(record.code == "engine-failed" && record.story.contains("out of luck"), "\(record.story)")
    #expect(eventually { stage.containers.isEmpty })
    stage.finish()
  }

  /// A shell's lines, after which what podman makes is in its storage alone: its list of containers is in a folder.
  private static func elsewhere(_ folder: String) -> String {
    """
    sed 's|^\\[engine\\]|&\\nstatic_dir = "\(folder)/static"|; s|^tmp_dir.*|tmp_dir = "\(folder)/tmp"|' \
      "$CONTAINERS_CONF" > '\(folder)/other.conf' || exit 1
    export CONTAINERS_CONF='\(folder)/other.conf'
    """
  }

  @Test("a runner that is killed while a box waits takes it along", arguments: JobGround.kept)
  func killedIdle(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    try stage.warm()
    if ground.isEngine { #expect(stage.containers.count == 1) }
    #expect(stage.inits().count == 1)
    stage.runner.kill()
    #expect(eventually { stage.inits().isEmpty })
    if ground.isEngine { #expect(eventually { stage.containers.isEmpty }) }
    try stage.startAgain()
    let next = try stage.run("echo well")
    #expect(next.text == "well\n", "\(next.story)")
    stage.finish()
  }

  @Test("a planned end stops what runs, uncounted, and takes boxes along", arguments: JobGround.isolated)
  func planned(ground: JobGround) throws {
    let stage = try GroundSpool(ground, ["grace": "\"200ms\""])
    let word = ContainerStubbornTests.word()
    try stage.warm()
    try stage.drop("x", "trap '' TERM; test $BOBBIN_ATTEMPT = 2 && exit 0; sleep \(word); sleep \(word)")
    #expect(eventually { AttackedSpool.isAlive(word) })
    stage.finish()
    #expect(!AttackedSpool.isAlive(word))
    let record = try stage.spool.record(.deferred, "x")
    #expect(record.attempts.map(\.status) == ["stopped"] && record.attemptsUsed == 0)
    try stage.drain()
    #expect(try stage.spool.result("x").isSuccess)
    stage.expectNothingLeft()
  }
}

extension GroundSpool {
  /// First processes of boxes of this spool, found by the environment of what made them or by the folder that they meet the
  /// runner in.
  func inits() -> [ProcessFacts] {
    ProcessTable.all().filter { process in
      guard ProcessTable.name(of: process.pid) == "bobbin-init" else { return false }
      return Command.shell("grep -qF '\(spool.path)/processing/' /proc/\(process.pid)/mountinfo").isSuccess
    }
  }
}
