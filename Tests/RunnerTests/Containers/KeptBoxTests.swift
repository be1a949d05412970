import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// Boxes that stay after a job for the next one of their group.
@Suite(.timeLimit(.minutes(60))) struct KeptBoxTests {
  /// Says in which box it is: the kernel gives the number of a namespace that is gone to the next one, so with it when the
  /// first process began.
  private static let which = "echo $(readlink /proc/self/ns/pid) $(cut -d' ' -f22 /proc/1/stat)"

  /// The box that a job ran in.
  private func box(_ stage: GroundSpool, _ keys: [String: String] = [:], id: String) throws -> String {
    try stage.drop(id, Self.which, keys)
    let result = try stage.spool.ended(id)
    #expect(result.isSuccess && result.text.hasPrefix("pid:["), "\(result.story)")
    return result.text
  }

  @Test(
    "nothing of one job is there for the next: files, memory, processes, rights of folders", arguments: JobGround.kept)
  func clean(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let word = ContainerStubbornTests.word()
    let look = """
      \(Self.which); ls -d /dev/mqueue; ls -A . /tmp /dev/shm /dev/mqueue /bobbin/out 2> /dev/null | grep -v :; ls -A /bobbin; stat -c '%a %u' . /bobbin/out /tmp
      set -- /proc/[0-9]*; echo $#; umask; ulimit -a | grep -v -e fifo; env | sort; cat $BOBBIN_AFTER
      """
    let first = try stage.run(look, id: "first")
    let dirty = try stage.run(
      """
      for d in . /tmp /dev/shm /bobbin/out; do mkdir -p $d/a/b/c; echo x > $d/.f; echo x > $d/a/b/c/f; ln -s /etc $d/l; mkfifo $d/p; chmod 000 $d/a/b $d/a; done
      ln -s /etc/passwd $BOBBIN_RESULT; chmod 777 /bobbin/out; chmod 000 .; [ ! -d /dev/mqueue ] || : > /dev/mqueue/q
      (setsid sh -c "trap '' TERM HUP; sleep \(word)" &); (sh -c 'kill -STOP $$; sleep \(word)' &); umask 0; exit 0
      """, ["env": #"{"LEFT": "behind"}"#, "limits": #"{"openFiles": 100, "cpuTime": 7}"#])
    #expect(dirty.isSuccess && (dirty.leftover ?? 0) >= 2, "\(dirty.story)")
    #expect(!AttackedSpool.isAlive(word))
    let second = try stage.run(look, id: "second")
    #expect(second.text == first.text.replacing("BOBBIN_JOB_ID=first", with: "BOBBIN_JOB_ID=second"), "\(second.story)")
    stage.finish()
  }

  @Test("a box with something left that cannot be taken away is left by all", arguments: JobGround.kept)
  func unremovable(ground: JobGround) throws {
    // busybox has no program that makes one: the machine's, with its libraries.
    let stage = try GroundSpool(ground, mounts: #"{"roots": [{"path": "BASE/srv"}]}"#)
    let tools = stage.spool.place.path + "/srv"
    let made = Command.shell(
      """
      mkdir -m 755 '\(tools)'; chmod 711 '\(stage.spool.place.path)'; p=$(command -v ipcmk) || exit 3
      cp "$p" $(ldd "$p" | grep -o '/[^ ]*') '\(tools)' && cp '\(tools)'/ld-linux* '\(tools)/ld'
      """)
    try #require(made.isSuccess, "\(made.text)")
    let keys = ["mounts": #"[{"host": "\#(tools)", "container": "/tools"}]"#]
    let first = try box(stage, keys, id: "first")
    #expect(try box(stage, keys, id: "again") == first)
    let memory = try stage.run(
      "/tools/ld --library-path /tools /tools/ipcmk -M 4096 && cat /proc/sysvipc/shm | wc -l", keys)
    #expect(memory.text.hasSuffix("2\n"), "\(memory.story)")
    let other = try box(stage, keys, id: "other")
    #expect(other != first, "shared memory of one job was there for the next")
    // Deeper than anybody looks.
    let deep = try stage.run(
      "cd /tmp && i=0; while [ $i -lt 300 ]; do mkdir d && cd -P d || exit 3; i=$((i+1)); done", keys)
    #expect(deep.isSuccess, "\(deep.story)")
    #expect(try box(stage, keys, id: "last") != other)
    stage.finish()
  }

  @Test("a box whose first process a job changed is left by all", arguments: JobGround.kept)
  func changedFirst(ground: JobGround) throws {
    let stage = try GroundSpool(ground, mounts: #"{"roots": [{"path": "BASE/srv"}]}"#)
    let tools = stage.spool.place.path + "/srv"
    let made = Command.shell(
      """
      mkdir -m 755 '\(tools)'; chmod 711 '\(stage.spool.place.path)'
      for p in prlimit renice; do p=$(command -v $p) || exit 3; cp "$p" $(ldd "$p" | grep -o '/[^ ]*') '\(tools)'; done
      cp '\(tools)'/ld-linux* '\(tools)/ld'
      """)
    try #require(made.isSuccess, "\(made.text)")
    let keys = ["mounts": #"[{"host": "\#(tools)", "container": "/tools"}]"#]
    let look = "grep -e size -e files /proc/self/limits; cut -d' ' -f19 /proc/self/stat"
    let first = try stage.run(look, keys, id: "first")
    let run = "/tools/ld --library-path /tools /tools/"
    // A sandbox's filter refuses it; an engine's does not.
    for (index, change) in ["prlimit --pid 1 --fsize=0", "renice -n 5 -u $(id -u)"].enumerated() {
      let before = try box(stage, keys, id: "before\(index)")
      let job = try stage.run("\(run)\(change) || echo no", keys, id: "change\(index)")
      #expect(job.isSuccess, "\(job.story)")
      let after = try box(stage, keys, id: "after\(index)")
      #expect(after != before || job.text.contains("no"), "\(change): \(job.story)")
      let next = try stage.run(look, keys, id: "next\(index)")
      #expect(next.text == first.text, "\(change): \(next.story)")
    }
    stage.finish()
  }

  @Test(
    "another group, other limits, another network, other mounts, another user's image: each starts afresh",
    arguments: JobGround.kept)
  func apart(ground: JobGround) throws {
    let stage = try GroundSpool(
      ground, ["allowNetworks": #"["host"]"#], mounts: #"{"roots": [{"path": "BASE/srv"}]}"#)
    let source = stage.spool.place.path + "/srv"
    Command.shell("mkdir -m 755 '\(source)'; chmod 711 '\(stage.spool.place.path)'")
    try stage.spool.write(group: "h", ["keep": "\"10m\""])
    var seen = [try box(stage, id: "a")]
    #expect(try box(stage, id: "b") == seen[0])
    #expect(try !seen.contains(box(stage, ["group": "\"h\""], id: "h")))
    #expect(try box(stage, id: "c") == seen[0], "two groups, two boxes")
    let keys = [
      ["limits": #"{"memory": "64m"}"#], ["limits": #"{"pids": 40}"#], ["network": "\"host\""],
      ["mounts": #"[{"host": "\#(source)", "container": "/srv"}]"#], [:],
    ]
    for (index, keys) in keys.enumerated() {
      let next = try box(stage, keys, id: "k\(index)")
      #expect(!seen.contains(next), "\(keys)")
      seen.append(next)
    }
    // What is mounted is not there any more in the place that it was: the same words, another folder.
    let mount = keys[3]
    let before = try box(stage, mount, id: "before")
    Command.shell("mv '\(source)' '\(source)-old' && mkdir -m 755 '\(source)' && echo new > '\(source)/f'")
    try stage.drop("after", Self.which + "; cat /srv/f", mount)
    let after = try stage.spool.ended("after")
    #expect(after.text.hasSuffix("new\n") && !after.text.hasPrefix(before), "\(after.story)")
    if ground.isEngine {
      #expect(eventually { stage.containers.count == 2 }, "what was left is gone, g's and h's are there")
    }
    stage.finish()
  }

  @Test("when nobody came for 'keep' it goes, and when the group wants it no more", arguments: JobGround.kept)
  func time(ground: JobGround) throws {
    let stage = try GroundSpool(ground, group: ["keep": "\"3s\""])
    _ = try box(stage, id: "a")
    #expect(stage.inits().count == 1)
    #expect(eventually { stage.inits().isEmpty && stage.containers.isEmpty })
    #expect(stage.runner.isAlive)
    _ = try box(stage, id: "b")
    #expect(stage.inits().count == 1)
    try stage.spool.write(group: "g", ["image": ground.image.map { "\"\($0)\"" } ?? "\"\""])
    _ = try box(stage, id: "c")
    #expect(eventually { stage.inits().isEmpty && stage.containers.isEmpty })
    stage.finish()
  }

  @Test(
    "a job that was timed out or cancelled in it leaves a box that is as clean as any, or none",
    arguments: JobGround.kept)
  func ended(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let word = ContainerStubbornTests.word()
    let line =
      "echo x > /tmp/left; (setsid sh -c \"trap '' TERM; sleep \(word)\" &); trap '' TERM; sleep \(word); sleep \(word)"
    let late = try stage.run(line, ["timeout": "\"300ms\"", "grace": "\"100ms\""])
    #expect(late.status == "timed-out" && !AttackedSpool.isAlive(word), "\(late.story)")
    try stage.drop("x", line, ["grace": "\"100ms\""])
    #expect(eventually { AttackedSpool.isAlive(word) })
    stage.spool.shell("touch processing/x.cancel")
    #expect(try stage.spool.ended("x").status == "cancelled" && !AttackedSpool.isAlive(word))
    let next = try stage.run("ls -A /tmp; echo .")
    #expect(next.text == ".\n", "\(next.story)")
    stage.finish()
  }

  @Test("jobs that wait for a slot get the group's box and image too", arguments: JobGround.kept)
  func queued(ground: JobGround) throws {
    // What comes next is made ready while the slots are taken.
    let stage = try GroundSpool(
      ground, ["slots": "1"], group: ["slots": "2", "image": "\"\(ground.image ?? "")\"", "env": #"{"FROM": "group"}"#])
    let names = (1...5).map { "q\($0)" }
    for name in names {
      let keys = [
        "run": GroundSpool.quoted(Self.which + "; echo $FROM $IMAGE_SAYS; ls -d /bobbin/group"), "group": "\"g\"",
      ]
      let body = keys.merging(["runtime": "\"\(ground.runtime)\""]) { $1 }.map { "\"\($0)\": \($1)" }
      try stage.spool.drop(name, "{" + body.joined(separator: ", ") + "}")
    }
    let results = try names.map { try stage.spool.ended($0) }
    #expect(Set(results.map { $0.text.split(separator: "\n").first }).count == 1, "\(results.map(\.story))")
    #expect(results.allSatisfy { $0.text.hasSuffix("\ngroup hello\n/bobbin/group\n") }, "\(results.map(\.story))")
    stage.finish()
  }

  @Test("many jobs in one box, each with its own result", arguments: JobGround.kept)
  func many(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let results = try stage.run(
      all: (1...60).map { "echo \($0); cat; exit \($0 % 3)" }, ["stdin": "\"in\"", "retry": "1"])
    for (index, result) in results.enumerated() {
      #expect(result.text == "\(index + 1)\nin" && result.outcome?.exitCode == (index + 1) % 3, "\(result.story)")
    }
    #expect(stage.inits().count == 1)
    stage.finish()
  }
}
