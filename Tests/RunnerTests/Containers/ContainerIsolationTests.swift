import Jobs
import Platform
import TestSupport
import Testing

/// What a job in isolation has of the machine, and what it has not.
@Suite(.timeLimit(.minutes(60))) struct ContainerIsolationTests {
  /// How many of the words come out at the end of a line of a job that tries things.
  private func lines(_ result: JobRecord) -> [String] { result.text.split(separator: "\n").map(String.init) }

  @Test("there is no network: one interface, no route, nobody to reach", arguments: JobGround.isolated)
  func network(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let result = try stage.run(
      "sed 1,2d /proc/net/dev | cut -d: -f1 | tr -d ' '; sed 1d /proc/net/route | wc -l; readlink /proc/self/ns/net")
    let own = Command.shell("readlink /proc/self/ns/net").text
    #expect(lines(result).prefix(2) == ["lo", "0"], "\(result.story)")
    #expect(result.text.hasSuffix("]\n") && !result.text.hasSuffix(own))
    stage.finish()
  }

  @Test("only a few places can be written to, each of limited size", arguments: JobGround.isolated)
  func writable(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let result = try stage.run(
      """
      for d in / /bin /etc /usr /root /home /var /var/tmp /run /dev /sys /proc /bobbin /bobbin/group /work /tmp /dev/shm . /bobbin/out; do
        [ -d $d ] || continue; if (: > $d/try) 2> /dev/null; then echo $d; rm -f $d/try; fi; done
      """)
    let group = ground.isKept ? ["/bobbin/group"] : []
    #expect(lines(result) == group + ["/tmp", "/dev/shm", ".", "/bobbin/out"], "\(result.story)")
    // Each write is within `fileSize`, which the limit is as well.
    let fill =
      "i=0; while [ $i -lt 20 ] && dd if=/dev/zero of=PLACE/$i bs=1k count=100 2> /dev/null; do i=$((i+1)); done; echo $i"
    let filled = try stage.run(
      ["/tmp", "/dev/shm"].map { fill.replacing("PLACE", with: $0) }.joined(separator: "\n"),
      ["limits": #"{"scratch": "1m"}"#])
    #expect(
      lines(filled).compactMap { Int($0) }.allSatisfy { (8...10).contains($0) } && lines(filled).count == 2,
      "\(filled.story)")
    if ground.isSlow { return stage.finish() }
    let free = try stage.run(fill.replacing("PLACE", with: "/tmp"))
    #expect(free.text == "20\n", "\(free.story)")
    stage.finish()
  }

  @Test("a job is nobody of the machine's and has no rights, whoever the runner is", arguments: JobGround.isolated)
  func rights(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let word = ContainerStubbornTests.word()
    try stage.warm()
    try stage.drop(
      "x",
      """
      id -u; grep -E '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs)' /proc/self/status | tr -d '\\t'; cat /proc/1/environ
      ls /proc/1/fd; ls /proc/1/root; chown 0 .; mount -t tmpfs none /tmp; echo .; sleep \(word)
      """)
    #expect(eventually { AttackedSpool.isAlive(word) })
    let owners = ProcessTable.all().filter { AttackedSpool.line(of: $0) == "sleep \(word)" }.map {
      Command.shell("sed -n 's/^Uid:\\t//p' /proc/\($0.pid)/status").text
    }
    let expected = Machine.user == 0 ? "65534" : "\(Machine.user)"
    #expect(owners == ["\(expected)\t\(expected)\t\(expected)\t\(expected)\n"], "\(owners)")
    stage.spool.shell("touch processing/x.cancel")
    let result = try stage.spool.ended("x")
    let caps = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map { "\($0):0000000000000000" }
    #expect(Array(lines(result).dropFirst()) == caps + ["NoNewPrivs:1", "."], "\(result.story)")
    #expect(lines(result).first != "0")
    stage.finish()
  }

  @Test("a job sees no process but its own, and has nothing open but its streams", arguments: JobGround.isolated)
  func surroundings(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let result = try stage.run(
      """
      set -- /proc/[0-9]*; echo $#; for f in /proc/self/fd/*; do echo ${f##*/}; done | tr '\\n' ' '; echo; hostname 2> /dev/null || cat /proc/sys/kernel/hostname
      ls -A /tmp /dev/shm . /bobbin/out | grep -v :
      """)
    let all = lines(result)
    // A shell holds the folder it expands open.
    #expect(all == ["2", "0 1 2 3 ", "bobbin"], "\(result.story)")
    stage.finish()
  }

  @Test("mounts are there as asked: read-only, or to write where list and job say so", arguments: JobGround.isolated)
  func mounts(ground: JobGround) throws {
    let stage = try GroundSpool(
      ground, mounts: #"{"roots": [{"path": "BASE/srv"}, {"path": "BASE/srv/rw", "allowReadWrite": true}]}"#)
    let base = stage.spool.place.path
    // On the way to a source nobody else may write; what lies in it is the user's affair.
    Command.shell(
      """
      cd '\(base)' && chmod 711 . && mkdir -m 755 srv srv/data srv/rw other && mkdir srv/rw/inner && chmod 777 srv/rw/inner
      echo data > srv/data/file; echo one > srv/one
      """)
    func mount(_ source: String, _ place: String, _ more: String = "") -> String {
      #"{"host": "\#(base)/\#(source)", "container": "\#(place)"\#(more)}"#
    }
    let both = [mount("srv/data", "/data"), mount("srv/one", "/one")]
    let read = try stage.run(
      "cat /data/file /one; (echo x > /data/file) 2> /dev/null || echo closed; (echo x > /data/new) 2> /dev/null || echo closed",
      ["mounts": "[\(both.joined(separator: ", "))]"])
    #expect(read.text == "data\none\nclosed\nclosed\n", "\(read.story)")
    #expect(Command.shell("cat '\(base)/srv/data/file'; ls '\(base)/srv/data'").text == "data\nfile\n")
    if ground.isKept {
      // Jobs of a group with settings may write where the group may.
      let own = mount("srv/rw", "/rw", #", "readOnly": false"#)
      try stage.spool.write(group: "g", ["keep": "\"10m\"", "mounts": "[\(own)]"])
    }
    let beside = [mount("srv/rw", "/rw", #", "readOnly": false"#), mount("other", "/o")]
    try stage.drop("outside", "true", ["mounts": "[\(beside.joined(separator: ", "))]"])
    #expect(try stage.spool.ended("outside").code == "mount-not-allowed")
    let write = try stage.run(
      "echo x > /rw/inner/written; ls /rw", ["mounts": "[\(mount("srv/rw", "/rw", #", "readOnly": false"#))]"])
    #expect(write.text == "inner\n", "\(write.story)")
    #expect(Command.shell("cat '\(base)/srv/rw/inner/written'").text == "x\n")
    stage.finish()
  }
}
