import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// What a job may try. Its shell line prints "in" when it got there.
private struct Attack: Sendable {
  let name: String
  /// Filled in: SPOOL, OUTSIDE, SHARED, VICTIM.
  let line: String
  /// As whom it works for a plain process; empty: it cannot be shown there.
  var works: Set<Who> = [.root, .user]

  enum Who { case root, user }

  init(_ name: String, _ line: String, works: Set<Who> = [.root, .user]) {
    (self.name, self.line, self.works) = (name, line, works)
  }

  /// A system call by its numbers on x86_64 and aarch64.
  static func call(_ x86: Int, _ arm: Int, _ arguments: String) -> String {
    """
    python3 -c 'import ctypes, platform; c = ctypes.CDLL(None, use_errno=True)
    n = \(x86) if platform.machine() == "x86_64" else \(arm)
    print("in" if c.syscall(n, \(arguments)) >= 0 else "errno %d" % ctypes.get_errno())'
    """
  }

  static let all = [
    Attack(
      "unix-socket",
      #"python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect("OUTSIDE/socket"); print("in")'"#),
    Attack(
      "abstract-socket",
      #"python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect("\0OUTSIDE"); print("in")'"#),
    Attack("network", #"python3 -c 'import socket; socket.create_connection(("127.0.0.1", PORT)); print("in")'"#),
    Attack("shadow", "head -c 1 /etc/shadow > /dev/null && echo in", works: [.root]),
    Attack("spool", "cat SPOOL/settings.json > /dev/null && echo in"),
    Attack("group", "cat SPOOL/groups/other/secret > /dev/null && echo in"),
    Attack(
      "environment",
      "grep -lz '^RUNNER_SECRET=1' /proc/[0-9]*/environ > /dev/null 2>&1; [ $? -le 1 ] || true; "
        + "for f in /proc/[0-9]*/environ; do grep -qz '^RUNNER_SECRET=1' $f 2> /dev/null && echo in && break; done"),
    Attack("write", "echo x > OUTSIDE/written && echo in"),
    Attack("signal", "kill -0 VICTIM && echo in"),
    Attack("setuid", "[ \"$(SHARED/id -u)\" = 0 ] && echo in"),
    Attack("namespace", "unshare -Ur true && echo in"),
    Attack("mount", "unshare -rm mount -t tmpfs none /mnt && echo in"),
    Attack("keyring", call(250, 219, "0, -4, 1")),
    Attack("io_uring", call(425, 425, "4, ctypes.byref(ctypes.create_string_buffer(120))")),
    Attack("prlimit", call(302, 261, "1, 7, 0, ctypes.byref(ctypes.create_string_buffer(16))"), works: [.root]),
    Attack("priority", call(141, 140, "0, 1, 0"), works: [.root]),
    Attack("handle", call(303, 264, "-1, 0, 0, 0, 0"), works: []),
    Attack(
      "ptrace",
      "sleep 10 & python3 -c 'import ctypes; c = ctypes.CDLL(None); print(\"in\" if c.ptrace(16, '$!', 0, 0) >= 0 else \"\")'; kill $!"
    ),
    Attack("vsock", "python3 -c 'import socket; socket.socket(40, 1); print(\"in\")'", works: []),
    Attack(
      "first-process", "ls /proc/1/fd > /dev/null && echo in; cat /proc/1/environ > /dev/null && echo in",
      works: [.root]),
    Attack("device", "echo x > /dev/kmsg && echo in", works: [.root]),
    Attack("scratch", "ls OUTSIDE > /dev/null && echo in"),
    Attack("root-folder", "mkdir /bobbin-was-here && rmdir /bobbin-was-here && echo in", works: [.root]),
  ]
}

@Suite(
  .timeLimit(.minutes(60)), .enabled(if: Need.sandbox, "\(Need.sandboxSays)"),
  .enabled(if: Need.otherUser, "\(Need.otherUserSays)"), .enabled(if: Need.python, "\(Need.pythonSays)"))
struct AttackTests {
  @Test(
    "what a plain process reaches a sandbox does not: sockets, secrets, other processes, files, rights, kernel calls",
    arguments: AttackedSpool.users)
  func attacks(user: UInt32) throws {
    let stage = try AttackedSpool(user: user)
    let port = try stage.serve(
      """
      import socket, select
      a = socket.socket(socket.AF_UNIX); a.bind("\(stage.outside)/socket"); a.listen()
      b = socket.socket(socket.AF_UNIX); b.bind("\\0\(stage.outside)"); b.listen()
      c = socket.socket(); c.bind(("127.0.0.1", 0)); c.listen()
      print(c.getsockname()[1], flush=True)
      while True:
        for s in select.select([a, b, c], [], [])[0]: s.accept()
      """)
    func line(_ attack: Attack) -> String {
      var line = attack.line
      for (word, value) in [
        ("SPOOL", stage.path), ("OUTSIDE", stage.outside), ("SHARED", stage.shared), ("VICTIM", "\(stage.victim)"),
        ("PORT", port),
      ] { line = line.replacing(word, with: value) }
      return line
    }
    let who: Attack.Who = user == 0 ? .root : .user
    for attack in Attack.all {
      if attack.works.contains(who) { try stage.drop("\(attack.name)-process", line(attack), sandbox: false) }
      try stage.drop("\(attack.name)-sandbox", line(attack), sandbox: true)
    }
    let runner = try stage.start(drain: true)
    runner.end(within: 300)
    for attack in Attack.all {
      func got(_ kind: String) throws -> Bool {
        let result = try stage.spool.result("\(attack.name)-\(kind)")
        #expect(result.runtime == kind)
        #expect(
          ["exit", nil].contains(result.code), "\(attack.name): \(result.code ?? "") \(result.outcome?.reason ?? "")")
        return result.stdout?.text.split(separator: "\n").contains("in") ?? false
      }
      if attack.works.contains(who) { #expect(try got("process"), "\(attack.name) does not work as a process either") }
      #expect(try !got("sandbox"), "\(attack.name) works in a sandbox")
    }
    #expect(stage.victimLives)
  }

  @Test("a sandbox that kills all it can see kills itself alone", arguments: AttackedSpool.users)
  func killing(user: UInt32) throws {
    let stage = try AttackedSpool(user: user)
    let runner = try stage.start(drain: false)
    try stage.drop("quiet", "sleep 2; echo well", sandbox: true)
    try stage.drop("all", "trap '' TERM; kill -9 -1; kill -9 0", sandbox: true, ["retry": "1"])
    try stage.drop("group", "kill -9 0", sandbox: true, ["retry": "1"])
    try stage.drop("first", "kill -9 1; kill -TERM 1; kill -INT 1; sleep 0.2; echo on", sandbox: true)
    #expect(try stage.spool.ended("all").outcome?.status == .failed)
    #expect(try stage.spool.ended("group").outcome?.signal == "SIGKILL")
    #expect(try stage.spool.ended("first").stdout?.text == "on\n")
    #expect(try stage.spool.ended("quiet").stdout?.text == "well\n")
    #expect(stage.victimLives && runner.isAlive)
    runner.kill()
  }

  @Test(
    "links that a sandbox leaves are not followed: as its result, among its files, when they are cleaned away",
    arguments: AttackedSpool.users)
  func links(user: UInt32) throws {
    let stage = try AttackedSpool(user: user)
    try stage.drop(
      "x",
      """
      ln -s '\(stage.outside)/precious' dir; ln -s '\(stage.outside)/precious/file' file; mkdir a; ln -s ../.. a/up
      ln -s '\(stage.outside)/precious/file' "$BOBBIN_RESULT"; cd ..; rmdir job; mv job other; ln -s /etc job; chmod 0 job
      """, sandbox: true)
    try stage.start(drain: true).end()
    let result = try stage.spool.result("x")
    #expect(result.outcome?.value == nil && result.outcome?.valueError?.contains("link") == true)
    let files = try stage.spool.folder(.done).folder("x.files")
    #expect(try files.status("dir")?.kind == .link && files.status("file")?.kind == .link)
    let status = try #require(try stage.spool.folder(.done).status("x.files"))
    #expect(status.kind == .folder && status.owner == user && status.mode == 0o700)
    try stage.spool.write(["retention": #"{"done": {"count": 0}}"#])
    #expect(BobbinProgram.run(["clean", "--spool", stage.path]).isSuccess)
    #expect(try stage.spool.names(.done).isEmpty)
    #expect(Command.shell("cat '\(stage.outside)/precious/file'").text == "x\n")
  }

  @Test("typing into a terminal is refused, even into one that a job controls", arguments: AttackedSpool.users)
  func typing(user: UInt32) throws {
    let stage = try AttackedSpool(user: user)
    // A terminal of its own: the call is refused by the filter alone, EPERM; the kernel would say 0, or EIO where it has
    // been switched off (dev.tty.legacy_tiocsti).
    let line = """
      python3 -c 'import os, pty, fcntl, errno
      pid, fd = pty.fork()
      if pid == 0:
        try: fcntl.ioctl(0, 0x5412, b"x"); code = 0
        except OSError as e: code = e.errno
        os._exit(code)
      print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))'
      """
    for sandbox in [false, true] { try stage.drop("x-\(sandbox)", line, sandbox: sandbox) }
    try stage.start(drain: true).end()
    #expect(["0\n", "5\n"].contains(try stage.spool.result("x-false").stdout?.text))
    #expect(try stage.spool.result("x-true").stdout?.text == "1\n")
  }

  @Test(
    "nothing of a sandbox outlives its timeout, its cancellation, its first process, the runner's SIGKILL",
    arguments: AttackedSpool.users, [true, false])
  func survivors(user: UInt32, sandbox: Bool) throws {
    let stage = try AttackedSpool(user: user)
    // Every way out at once: a double fork, a session and an environment of its own, no ear for SIGTERM.
    let words = ["timeout", "cancel", "left", "killed"].map { ($0, "1000.\(UInt32.random(in: 1_000_000 ... .max))") }
    func line(_ word: String, _ then: String) -> String {
      "(env -i setsid sh -c 'trap \"\" TERM HUP; sleep \(word) & sleep \(word)' &) ; \(then)"
    }
    let runner = try stage.start(drain: false)
    for (name, word) in words {
      try stage.drop(
        name, line(word, name == "left" ? "sleep 0.5" : "sleep 1000"), sandbox: sandbox,
        name == "timeout" ? ["timeout": "\"1s\"", "grace": "\"200ms\""] : ["grace": "\"200ms\""])
    }
    let last = words[3].1
    for name in ["timeout", "left"] { try stage.spool.ended(name) }
    stage.spool.shell("touch processing/cancel.cancel")
    try stage.spool.ended("cancel")
    #expect(eventually { AttackedSpool.isAlive(last) })
    runner.kill()
    if sandbox {
      for (name, word) in words { #expect(eventually { !AttackedSpool.isAlive(word) }, "\(name)") }
    } else {
      // The attack works: what `process` cannot promise (DESIGN §6).
      #expect(AttackedSpool.isAlive(last))
      for process in ProcessTable.all() {
        let line = try? FileSystem.openForReading(path: "/proc/\(process.pid)/cmdline").readAll(limit: 4096)
        let isOurs = words.contains { word in
          line?.split(separator: 0).contains { $0.elementsEqual(word.1.utf8) } ?? false
        }
        if isOurs { ProcessTable.signal(process, SignalNumber.kill) }
      }
    }
  }
}
