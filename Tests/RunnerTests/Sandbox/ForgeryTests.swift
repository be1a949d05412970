import Jobs
import Platform
import TestSupport
import Testing

/// What a job may pretend to be.
@Suite(
  .timeLimit(.minutes(60)), .enabled(if: Need.sandbox, "\(Need.sandboxSays)"),
  .enabled(if: Need.otherUser, "\(Need.otherUserSays)"), .enabled(if: Need.python, "\(Need.pythonSays)"))
struct ForgeryTests {
  @Test("a process that claims another job's mark is not that job's", arguments: AttackedSpool.users, [true, false])
  func mark(user: UInt32, sandbox: Bool) throws {
    let stage = try AttackedSpool(user: user)
    // The spool's name by a job of the same spool, so that the attack has all it could know.
    try stage.drop("spy", "echo $BOBBIN_SPOOL_ID", sandbox: false)
    try stage.drop("look", "echo x$BOBBIN_SPOOL_ID", sandbox: true)
    let runner = try stage.start(drain: false)
    let id = try #require(try stage.spool.ended("spy").stdout?.text).filter { $0 != "\n" }
    #expect(!id.isEmpty)
    #expect(try stage.spool.ended("look").stdout?.text == "x\n")
    try stage.drop(
      "forger", "env BOBBIN_SPOOL_ID=\(id) BOBBIN_JOB_ID=other sh -c 'echo up >&2; sleep 3; echo well'; echo $?",
      sandbox: sandbox)
    try stage.drop(
      "other", "sleep 30", sandbox: false, ["timeout": "\"1s\"", "grace": "\"100ms\""])
    #expect(try stage.spool.ended("other").outcome?.status == .timedOut)
    #expect(try stage.spool.ended("forger").stdout?.text == "well\n0\n", "it was not ended in the other's place")
    runner.kill()
  }

  @Test("a SIGTERM that claims to come from outside gives what is left no more time", arguments: AttackedSpool.users)
  func signal(user: UInt32) throws {
    let stage = try AttackedSpool(user: user)
    let python = """
      import ctypes, os, platform, struct
      c = ctypes.CDLL(None, use_errno=True)
      info = ctypes.create_string_buffer(struct.pack("iiiiii", 15, 0, -1, 0, 0, 0) + bytes(104))
      x86 = platform.machine() == "x86_64"
      c.syscall(129 if x86 else 138, 1, 15, info)
      c.syscall(297 if x86 else 240, 1, 1, 15, info)
      c.syscall(424, os.pidfd_open(1), 15, info, 0)
      """
    try stage.drop(
      "x", "(trap '' TERM; setsid sleep 1000 &) ; python3 -c '\(python)'; exit 0", sandbox: true)
    let begin = Clock.continuous()
    let runner = try stage.start(drain: false)
    try stage.spool.ended("x")
    #expect(Clock.continuous() - begin < 60_000_000_000)
    runner.kill()
  }

  @Test("an environment as large as its memory stops nobody", arguments: AttackedSpool.users, [true, false])
  func environment(user: UInt32, sandbox: Bool) throws {
    let stage = try AttackedSpool(user: user)
    // PR_SET_MM, PR_SET_MM_MAP: fields of struct prctl_mm_map from proc(5) stat, but for the environment's.
    let python = """
      import ctypes, mmap, struct, time
      f = open("/proc/self/stat").read().rsplit(")", 1)[1].split()
      g = lambda n: int(f[n - 3])
      size = 128 << 20
      m = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS); m.write(b"A" * size)
      at = ctypes.addressof(ctypes.c_char.from_buffer(m))
      map = struct.pack("QQQQQQQQQQQQIi", g(26), g(27), g(45), g(46), g(47), g(47), g(28), g(48), g(49), at, at + size, 0, 0, -1)
      r = ctypes.CDLL(None, use_errno=True).prctl(35, 14, map, len(map), 0)
      print("in" if r == 0 else "refused", ctypes.get_errno(), flush=True)
      time.sleep(8)
      """
    try stage.drop("big", "python3 -c '\(python)'", sandbox: sandbox)
    let runner = try stage.start(drain: false)
    try stage.drop("other", "sleep 30", sandbox: false, ["timeout": "\"4s\"", "grace": "\"100ms\""])
    #expect(try stage.spool.ended("other").outcome?.status == .timedOut)
    let memory = try FileSystem.openForReading(path: "/proc/\(runner.pid)/status").readAll(limit: 65_536)
    let line = String(decoding: memory, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let peak = try #require(line?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap { Int($0) })
    #expect(peak < 100 * 1024, "kB")
    let said = try stage.spool.ended("big").stdout?.text ?? ""
    #expect(said.hasPrefix(sandbox ? "refused 1" : "in "), "\(said)")
    runner.kill()
  }
}
