import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// Hands of others in what is the runner's, and odd places.
@Suite(.timeLimit(.minutes(60))) struct ContainerInterferenceTests {
  @Test(
    "a container that is deleted by hand ends its attempt as a signal from outside would, and the job runs again",
    arguments: JobGround.engines)
  func deleted(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let word = ContainerStubbornTests.word()
    try stage.drop(
      "x", "test $BOBBIN_ATTEMPT = 2 && exit 0; echo one; sleep \(word)",
      ["retry": #"{"attempts": 2, "delay": "10ms"}"#])
    #expect(eventually { AttackedSpool.isAlive(word) })
    let id = try #require(stage.containers.first)
    #expect(stage.engine("rm -f \(id)").isSuccess)
    let result = try stage.spool.ended("x")
    #expect(result.isSuccess && result.attemptsTotal == 2, "\(result.story)")
    // podman's begins with a SIGTERM.
    #expect(
      ["SIGKILL", "SIGTERM"].contains(result.attempts.first?.signal), "\(String(describing: result.attempts.first))")
    stage.finish()
  }

  @Test(
    "a client that is killed takes no job along, and its container is taken away all the same",
    arguments: JobGround.engines)
  func client(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let word = ContainerStubbornTests.word()
    try stage.drop("x", "echo one; sleep \(word); echo two; exit 3")
    #expect(eventually { AttackedSpool.isAlive(word) })
    let clients = ProcessTable.all().filter {
      // podman's conmon is a child of the runner too, which adopts it.
      $0.parent == stage.runner.pid && AttackedSpool.line(of: $0).contains("\(ground.runtime) run ")
    }
    #expect(clients.count == 1)
    for client in clients {
      ProcessTable.signal(client, SignalNumber.kill)
      #expect(eventually { ProcessTable.facts(client.pid)?.startTicks != client.startTicks })
    }
    for process in ProcessTable.all() where AttackedSpool.line(of: process) == "sleep \(word)" {
      ProcessTable.signal(process, SignalNumber.kill)
    }
    let result = try stage.spool.ended("x")
    #expect(
      result.text == "one\ntwo\n" && result.outcome?.exitCode == 3 && result.attemptsTotal == 1, "\(result.story)")
    #expect(eventually { stage.containers.isEmpty })
    stage.finish()
  }

  @Test(
    "a box that is deleted by hand while it waits is missed by nobody", arguments: JobGround.kept.filter(\.isEngine))
  func deletedIdle(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    try stage.warm()
    let id = try #require(stage.containers.first)
    #expect(stage.engine("rm -f \(id)").isSuccess)
    try stage.drop("x", "echo well")
    let result = try stage.spool.ended("x")
    #expect(result.text == "well\n" && result.attemptsTotal == 1, "\(result.story)")
    stage.finish()
  }

  @Test("a container that somebody paused is ended by a cancel and by a timeout", arguments: JobGround.engines)
  func paused(ground: JobGround) throws {
    let stage = try GroundSpool(ground, ["grace": "\"200ms\""])
    for (id, keys) in [("cancelled", [:]), ("timed-out", ["timeout": "\"5s\""])] {
      let word = ContainerStubbornTests.word()
      try stage.drop(id, "sleep \(word)", keys)
      #expect(eventually { AttackedSpool.isAlive(word) })
      let name = try #require(stage.containers.first)
      let paused = stage.engine("pause \(name)")
      #expect(paused.isSuccess, "\(paused.text)")
      if keys.isEmpty { stage.spool.shell("touch processing/\(id).cancel") }
      let result = try stage.spool.ended(id)
      #expect(result.status == id, "\(result.story)")
      #expect(!AttackedSpool.isAlive(word))
    }
    stage.finish()
  }

  @Test(
    "'stop' of an engine by hand, in which a job ignores SIGTERM, is an end from outside", arguments: JobGround.engines)
  func stopped(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let word = ContainerStubbornTests.word()
    try stage.drop("x", "trap '' TERM; sleep \(word); sleep \(word); echo on", ["retry": "1"])
    #expect(eventually { AttackedSpool.isAlive(word) })
    let id = try #require(stage.containers.first)
    #expect(stage.engine("stop -t 1 \(id)").isSuccess)
    let result = try stage.spool.ended("x")
    #expect(result.status == "failed" && result.outcome?.signal == "SIGKILL", "\(result.story)")
    #expect(!AttackedSpool.isAlive(word))
    stage.finish()
  }

  @Test(
    "what is mounted is what was checked, or nothing runs: sources and the job's own folder, swapped in between",
    arguments: JobGround.engines)
  func swapped(ground: JobGround) throws {
    let stage = try GroundSpool(ground, mounts: #"{"roots": [{"path": "BASE/srv"}]}"#)
    let base = stage.spool.place.path
    // A client that swaps, in the moment between check and start, what the file `swap` says.
    let client = """
      #!/bin/sh
      if [ "$1" = run ] && [ -s '\(base)/swap' ]; then . '\(base)/swap'; : > '\(base)/swap'; fi
      exec '\(Command.shell("command -v \(ground.runtime)").text.filter { $0 != "\n" })' "$@"
      """
    try stage.spool.place.write("client", client)
    Command.shell(
      "cd '\(base)' && chmod 711 . && mkdir -m 755 bin srv precious srv/data && echo x > precious/secret && mv client bin/\(ground.runtime) && chmod 755 bin/\(ground.runtime)"
    )
    stage.finish()
    try stage.startAgain(["PATH=\(base)/bin:\(Machine.environment("PATH") ?? "")"])
    let keys = ["mounts": #"[{"host": "\#(base)/srv/data", "container": "/data"}]"#, "retry": "1"]
    let line = "echo ran; ls /data /bobbin/job; : > /bobbin/job/written"
    let swaps = [
      ("x", "mv '\(base)/srv/data' '\(base)/srv/old'; ln -s ../precious '\(base)/srv/data'"),
      (
        "y",
        "w=$(ls -d '\(stage.spool.path)'/processing/*/*/work '\(stage.spool.path)'/processing/.[!.]*/*/work 2>/dev/null | tail -1); mv \"$w\" \"$w.old\"; ln -s '\(base)/precious' \"$w\""
      ),
    ]
    for (id, swap) in swaps {
      Command.shell("cd '\(base)/srv' && rm -rf old data && mkdir -m 755 data")
      try stage.spool.place.write("swap-\(id)", swap + "\n")
      Command.shell("mv '\(base)/swap-\(id)' '\(base)/swap'")
      try stage.drop(id, line, keys)
      let result = try stage.spool.ended(id)
      #expect(Command.shell("wc -c < '\(base)/swap'").text == "0\n", "it swapped")
      #expect(result.status == "failed" && result.code == "mount-changed" && result.text == "", "\(result.story)")
      #expect(Command.shell("ls '\(base)/precious'").text == "secret\n")
    }
    Command.shell("cd '\(base)/srv' && rm -rf old data && mkdir -m 755 data")
    let well = try stage.run(line, keys)
    #expect(well.isSuccess && well.text.hasPrefix("ran\n"), "\(well.story)")
    stage.finish()
  }

  @Test(
    "a spool may lie at a path with blanks, commas, quotes, colons, equal signs and letters of others",
    arguments: JobGround.all)
  func oddPath(ground: JobGround) throws {
    let name = #"a b,c="d":e;ü日\n$x{}"#
    let stage = try GroundSpool(ground, group: ["host": "\(!ground.isIsolated)"], name: name)
    let id = #"j b,c="d":ü"#
    try stage.warm()
    let keys = ["group": "\"g\"", "stdin": "\"in\""]
    try stage.drop(id, "cat; echo f > f; echo 1 > $BOBBIN_RESULT; ls -d /bobbin/group 2> /dev/null; exit 0", keys)
    let result = try stage.spool.ended(id)
    #expect(result.text == (ground.isIsolated ? "in/bobbin/group\n" : "in"), "\(result.story)")
    #expect(result.outcome?.value != nil && result.files == id + ".files", "\(result.story)")
    let word = ContainerStubbornTests.word()
    try stage.drop(id + "2", "sleep \(word)", keys)
    #expect(eventually { AttackedSpool.isAlive(word) })
    if ground.isEngine { #expect(stage.containers.count == 1) }
    stage.runner.kill()
    if ground.isIsolated { #expect(eventually { !AttackedSpool.isAlive(word) }) }
    try stage.startAgain()
    #expect(eventually { AttackedSpool.isAlive(word) })
    stage.spool.shell("touch 'processing/\(id)2.cancel'")
    #expect(try stage.spool.ended(id + "2").code == "cancelled")
    stage.finish()
  }

  @Test("recovery ends what carries the spool's own label, and never another one's", arguments: JobGround.engines)
  func others(ground: JobGround) throws {
    let (stage, other) = (try GroundSpool(ground), try GroundSpool(ground))
    let words = (1...3).map { _ in ContainerStubbornTests.word() }
    try other.drop("x", "sleep \(words[0])")
    try stage.drop("x", "test $BOBBIN_ATTEMPT = 2 || sleep 1000")
    #expect(eventually { AttackedSpool.isAlive(words[0]) && stage.containers.count == 1 })
    // Nearly ours: by a longer and by an empty label, by name.
    let run = "run -d --network none --pull never"
    let strangers = [
      "\(run) --label bobbin.spool=\(stage.identity)0 \(Engines.image) sleep \(words[1])",
      "\(run) --name bobbin-\(stage.identity)-1-x-0 --label bobbin.job=x \(Engines.image) sleep \(words[2])",
    ].map { stage.engine($0).text.filter { $0 != "\n" } }
    defer { stage.engine("rm -f \(strangers.joined(separator: " "))") }
    // And one that is ours, of a runner that nobody remembers.
    let lost = stage.engine(
      "\(run) --label bobbin.spool=\(stage.identity) --label bobbin.job=gone \(Engines.image) sleep 1000")
    #expect(lost.isSuccess, "\(lost.text)")
    stage.runner.kill()
    try stage.startAgain()
    #expect(try stage.spool.ended("x").isSuccess)
    #expect(stage.containers.isEmpty)
    for word in words { #expect(AttackedSpool.isAlive(word)) }
    other.spool.shell("touch processing/x.cancel")
    #expect(try other.spool.ended("x").attemptsTotal == 1)
    other.finish()
    stage.finish()
  }
}
