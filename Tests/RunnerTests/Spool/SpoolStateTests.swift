import Jobs
import Platform
import Spool
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct SpoolStateTests {
  @Test("an inbox that is deleted and made again is found, with and without notifications", arguments: [true, false])
  func inboxAgain(notifications: Bool) throws {
    let spool = try TestSpool(["notifications": "\(notifications)"])
    let runner = try spool.start()
    try spool.drop("a", #"{"run": "true"}"#)
    try spool.ended("a")
    spool.shell("rm -rf inbox && mkdir -m 700 inbox")
    try spool.drop("b", #"{"run": "true"}"#)
    #expect(try spool.ended("b").isSuccess)
    spool.shell("rm -rf inbox")
    #expect(eventually { spool.has("inbox") })
    try spool.drop("c", #"{"run": "true"}"#)
    #expect(try spool.ended("c").isSuccess)
    runner.kill()
  }

  @Test(
    "without notifications drops are found by the scan, with them at once however rare the scans are",
    arguments: [true, false])
  func found(notifications: Bool) throws {
    let spool = try TestSpool([
      "notifications": "\(notifications)", "scanInterval": notifications ? "\"1h\"" : "\"50ms\"",
    ])
    let runner = try spool.start()
    #expect(eventually { spool.logged("runner-started") == 1 })
    for name in ["a", "b", "c"] {
      try spool.drop(name, #"{"run": "true"}"#)
      #expect(try spool.ended(name).isSuccess)
    }
    runner.kill()
  }

  @Test("a second runner of a spool ends at once and harms nothing")
  func second() throws {
    let spool = try TestSpool()
    let runner = try spool.start()
    try spool.drop("x", #"{"run": "\#(spool.untilLetGo)"}"#)
    #expect(spool.begins("x"))
    #expect(try spool.start(drain: true).end() == .exited(75))
    #expect(runner.isAlive && spool.has("processing/x.json"))
    spool.letGo()
    #expect(try spool.ended("x").attemptsTotal == 1)
    runner.kill()
    try spool.drop("y", #"{"run": "true"}"#)
    try spool.drain()
    #expect(try spool.result("y").isSuccess, "the lock is gone with its runner")
  }

  @Test("the lock of a runner that is known dead is waited for: a child before its exec may hold it for a while")
  func lockOfTheDead() throws {
    let spool = try TestSpool()
    let runner = try spool.start()
    #expect(eventually { spool.logged("runner-started") == 1 })
    runner.kill()
    let next = try {
      let holder = try Folder(path: spool.path)
      try holder.descriptor.lockExclusively()
      let next = try spool.start()
      #expect(next.end(within: 1) == nil, "it waits")
      return next
    }()
    #expect(eventually { spool.logged("runner-started") == 2 })
    next.kill()
  }

  @Test("a program that outlives its runner does not hold the spool's lock")
  func lockNotInherited() throws {
    let spool = try TestSpool()
    let runner = try spool.start()
    let pid = spool.place.path + "/pid"
    let left = "env -i setsid sh -c 'echo $$ > \(pid); exec sleep 1000' &"
    try spool.drop("x", #"{"run": "test $BOBBIN_ATTEMPT = 1 || exit 0; \#(left) sleep 1000"}"#)
    #expect(try eventually { try spool.has("processing/x.run.json") && spool.place.folder.has("pid") })
    runner.kill()
    let next = try spool.start()
    #expect(eventually { spool.logged("runner-started") == 2 })
    next.kill()
    if let left = Int32(Command.shell("cat '\(pid)'").text.dropLast()), let facts = ProcessTable.facts(left) {
      ProcessTable.signal(facts, SignalNumber.kill)
    }
  }

  @Test("rm -rf state/* under a live runner harms nothing, and folders that vanish come back")
  func stateGone() throws {
    let spool = try TestSpool()
    let runner = try spool.start()
    try spool.drop("a", #"{"run": "\#(spool.untilLetGo)"}"#)
    #expect(spool.begins("a"))
    spool.shell("rm -rf state/*")
    spool.letGo()
    #expect(try spool.ended("a").isSuccess)
    spool.shell("rm -rf state keys outbox tasks ipc logs held")
    #expect(eventually { spool.has("keys") && spool.has("logs/jobs") })
    try spool.drop("b", #"{"run": "echo hi", "key": "k"}"#)
    #expect(try spool.ended("b").isSuccess)
    runner.kill()
    try spool.drop("c", #"{"run": "true"}"#)
    try spool.drain()
    #expect(try spool.result("c").isSuccess)
  }

  @Test(
    "a deleted or replaced processing comes back, jobs run in it, and who runs there is known after a SIGKILL",
    arguments: ["rm -rf processing", "mv processing elsewhere; mkdir -m 700 processing"])
  func processingGone(line: String) throws {
    let spool = try TestSpool()
    let runner = try spool.start()
    try spool.drop("a", #"{"run": "true"}"#)
    try spool.ended("a")
    spool.shell(line)
    try #require(eventually { spool.logged("folder-replaced") == 1 })
    try spool.drop("b", #"{"run": "touch left; echo 1 > $BOBBIN_RESULT; pwd"}"#)
    let result = try spool.ended("b")
    #expect(result.isSuccess && result.outcome?.value != nil && spool.has("done/b.files/left"))
    #expect(result.stdout?.text.contains("/processing/.scratch/") == true)
    try spool.drop("c", #"{"run": "touch \#(spool.place.path)/$BOBBIN_ATTEMPT; exec sleep 1000"}"#)
    try #require(try eventually { try spool.place.folder.has("1") })
    runner.kill()
    #expect(try RunTable.read(folder: try spool.folder(.processing))?.runs.map(\.id.text) == ["c"])
  }

  @Test("a spool works on a path with spaces, quotes and other letters, and behind a symbolic link")
  func oddPath() throws {
    let spool = try TestSpool(name: "ein Spool \u{00E4}\u{65E5} $(x) \"q\"")
    let link = spool.place.path + "/link"
    Command.shell("ln -s '\(spool.path)' '\(link)'")
    try spool.drop("x", #"{"run": "pwd; echo '{}' > \"$BOBBIN_RESULT\"; touch left"}"#)
    try RunnerProcess(
      BobbinProgram.program(BobbinProgram.runner(link, drain: true), environment: []), output: spool.place.path + "/out"
    ).end()
    let result = try spool.result("x")
    #expect(result.isSuccess && result.stdout?.text.hasPrefix(spool.path + "/processing/") == true)
    #expect(result.outcome?.value != nil && spool.has("done/x.files/left"))
  }

  @Test("a spool that is renamed under a live runner works on, and its jobs are told the new path")
  func renamed() throws {
    let spool = try TestSpool()
    let runner = try spool.start()
    try spool.drop("a", #"{"run": "true"}"#)
    try spool.ended("a")
    let (here, now) = (spool.place.path, spool.place.path + "/deep/other")
    Command.shell("cd '\(here)' && mkdir deep && mv spool deep/other && ln -s deep/other spool")
    try #require(eventually { spool.logged("spool-moved") == 1 })
    Command.shell("rm '\(here)/spool'")  // nothing may go by the old path
    let job = #"{"run": "echo 1 > $BOBBIN_RESULT; echo $BOBBIN_SPOOL > \#(here)/t; mv \#(here)/t \#(here)/told"}"#
    try spool.place.write("job", job)
    Command.shell("mv '\(here)/job' '\(now)/inbox/b.json'")
    try #require(try eventually { try spool.place.folder.has("told") })
    Command.shell("ln -s deep/other '\(here)/spool'")
    let result = try spool.ended("b")
    #expect(try result.outcome?.value != nil && spool.place.text("told") == now + "\n")
    runner.kill()
  }

  @Test("a file that is renamed or removed between the look and the claim is not run under its old name")
  func moving() throws {
    let spool = try TestSpool(["slots": "1"])
    let runner = try spool.start()
    try spool.drop("first", #"{"run": "\#(spool.untilLetGo)"}"#)
    #expect(spool.begins("first"))
    for name in ["a", "b", "c"] { try spool.drop(name, #"{"run": "echo \#(name)"}"#) }
    spool.shell("mv inbox/a.json inbox/renamed.json; rm inbox/b.json")
    spool.letGo()
    try spool.ended("first")
    try spool.ended("c")
    #expect(try spool.ended("renamed").stdout?.text == "a\n")
    #expect(try spool.resultIfAny("a") == nil && spool.resultIfAny("b") == nil)
    runner.kill()
  }

  @Test("files that come and vanish under the runner's hands confuse nothing")
  func flicker() throws {
    let spool = try TestSpool()
    let runner = try spool.start()
    spool.shell("for i in $(seq 300); do echo '{\"run\": \"true\"}' > inbox/f$i.json; rm -f inbox/f$i.json; done")
    try spool.drop("last", #"{"run": "true"}"#)
    #expect(try spool.ended("last").isSuccess)
    #expect(eventually { ((try? spool.names(.processing)) ?? [""]).isEmpty })
    for name in try spool.names(.done) + spool.names(.errors) where name.hasSuffix(".result.json") {
      #expect(try spool.result(String(name.dropLast(12))).isSuccess, "\(name)")
    }
    runner.kill()
  }

  @Test("a spool that others may write to is refused")
  func modes() throws {
    let spool = try TestSpool()
    let lines = [
      ("chmod 777 .", true), ("chmod 700 .", false), ("chmod 777 inbox", true), ("chmod 700 inbox", false),
      ("chmod 770 done", true), ("chmod 700 done", false), ("chmod 666 settings.json", true),
    ]
    for (line, isRefused) in lines {
      spool.shell(line)
      #expect(try spool.start(drain: true).end() == .exited(isRefused ? 77 : 0), "\(line)")
    }
  }

  @Test("a spool with a group's settings that others may write to is refused")
  func groupModes() throws {
    let spool = try TestSpool()
    spool.shell("echo '{\"host\": true}' > groups/g.json && chmod 666 groups/g.json")
    try spool.drop("x", #"{"run": "true", "group": "g"}"#)
    #expect(try spool.start(drain: true).end() == .exited(77))
    #expect(spool.has("inbox/x.json"))
  }

  @Test("root runs no spool of somebody else", .enabled(if: Need.root, "\(Need.rootSays)"))
  func foreign() throws {
    let spool = try TestSpool()
    try spool.drop("x", #"{"run": "true"}"#)
    spool.shell("chown -R 65534 .")
    #expect(try spool.start(drain: true).end() == .exited(77))
    #expect(spool.has("inbox/x.json"))
  }

  @Test("a state folder on another device is refused at the start", .enabled(if: Need.mounting, "\(Need.mountingSays)"))
  func otherDevice() throws {
    let spool = try TestSpool()
    let mount = try MountedFolder(size: "1m", at: spool.path + "/done")
    try spool.drop("x", #"{"run": "true"}"#)
    #expect(try spool.start(drain: true).end() == .exited(78))
    #expect(spool.shell("find inbox done -type f").text == "inbox/x.json\n")
    withExtendedLifetime(mount) {}
  }

  @Test("a path that is no spool is refused and stays as it is")
  func noSpool() throws {
    let place = try TemporaryFolder()
    let runner = try RunnerProcess(
      BobbinProgram.program(BobbinProgram.runner(place.path, drain: true), environment: []), output: place.path + "/out"
    )
    #expect(runner.end() == .exited(74))
    #expect(try place.folder.names() == ["out"])
  }

  @Test("when the kernel's queue of notices runs over, nothing that was dropped is missed")
  func overflow() throws {
    let spool = try TestSpool(["scanInterval": "\"1h\""])
    let runner = try spool.start()
    try spool.drop("first", #"{"run": "true"}"#)
    try spool.ended("first")
    runner.signal(SignalNumber.stop)
    let most = Int(Command.shell("cat /proc/sys/fs/inotify/max_queued_events").text.dropLast()) ?? 16_384
    let inbox = try spool.folder(.inbox)
    for _ in 0..<(most / 2 + 10) {
      _ = try inbox.create(".t")
      try inbox.remove(".t")
    }
    try spool.drop("x", #"{"run": "true"}"#)
    runner.signal(SignalNumber.go)
    #expect(try spool.ended("x").isSuccess)
    runner.kill()
  }
}
