import CPlatform
@testable import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct ProcessTests {
  private let place: TemporaryFolder
  init() throws { place = try TemporaryFolder() }

  private func run(_ line: String, _ change: (inout Program) -> Void = { _ in }) -> Command {
    var program = Program(paths: ["/bin/sh"], arguments: ["sh", "-c", line], environment: ["PATH=/usr/bin:/bin"])
    change(&program)
    return Command.run(program)
  }

  /// A program that stays until it is killed.
  private func sleeper(_ environment: [String] = []) throws -> (pid: Int32, facts: ProcessFacts) {
    let null = try FileSystem.openNull()
    let program = Program(
      paths: ["/bin/sleep", "/usr/bin/sleep"], arguments: ["sleep", "1000"], environment: environment)
    let pid = try program.start(input: null, output: null, error: null)
    // exec(2) lets the parent go on a moment before /proc shows the new environment.
    try #require(eventually { environment.isEmpty || ProcessTable.environment(of: pid, contains: environment) })
    return (pid, try #require(ProcessTable.facts(pid)))
  }

  private func end(_ pid: Int32) -> ProcessEnd.Cause? {
    ProcessTable.signalChild(pid, SignalNumber.kill)
    return Children.wait(for: pid)
  }

  // MARK: starting

  @Test("a program leads a session of its own")
  func session() {
    let out = run("set -- $(cat /proc/self/stat); echo $$ $6").text.split(separator: " ")
    #expect(out.count == 2 && out[0] == out[1].dropLast())
  }

  @Test("the end of a child is waited for, and told by a descriptor, without reaping it")
  func awaited() throws {
    let (pid, _) = try sleeper()
    let end = try #require(Children.end(of: pid))
    #expect(!end.awaitReadable(nanoseconds: 0))
    ProcessTable.signalChild(pid, SignalNumber.kill)
    Children.awaitEnd(of: pid)
    #expect(end.awaitReadable(nanoseconds: 0) && ProcessTable.facts(pid)?.isZombie == true)
    #expect(Children.wait(for: pid) == .signalled(SignalNumber.kill) && Children.end(of: pid) == nil)
  }

  @Test("a program starts with every signal at its default and none blocked, whatever its parent ignores")
  func signals() throws {
    Signals.ignoreHarmless()
    let lines = run("cat /proc/self/status").text.split(separator: "\n")
    for name in ["SigBlk:", "SigIgn:", "SigCgt:"] {
      let mask = lines.first { $0.hasPrefix(name) }.flatMap { UInt64($0.dropFirst(8), radix: 16) }
      // 32 and 33 are the C library's own, which it lets nobody touch.
      #expect(mask.map { $0 & ~0x1_8000_0000 } == 0, "\(name) \(mask ?? 1)")
    }
  }

  @Test("a program sees nothing open but its three streams, although much is open here")
  func descriptors() throws {
    let leaked = try (0..<20).map { try place.folder.create("f\($0)") }
    // `:` keeps the shell from replacing itself; ls opens the folder as 3.
    let open = run("ls -1 /proc/self/fd; :").text.split(separator: "\n")
    #expect(open == ["0", "1", "2", "3"], "\(open)")
    withExtendedLifetime(leaked) {}
  }

  @Test(
    "a program in a small root sees what that shows and what is given, and may change neither it nor the machine",
    .enabled(if: Need.mounting, "\(Need.mountingSays)"))
  func smallRoot() throws {
    let root = try SmallRoot(["usr", "bin", "lib", "lib64", "etc", "dev", "proc", "no-such-name"])
    try place.folder.create("given").write(Array("here".utf8))
    for _ in 0..<2 {
      let out = run("cat /tmp/00/given; echo; ls /; mkdir /new 2>/dev/null && echo made") {
        $0.smallRoot = root
        $0.given = [Program.Given(place.folder.descriptor, isFolder: true)]
      }.text.split(separator: "\n").map(String.init)
      let (links, rest) = (
        ["bin", "lib", "lib64"].filter { out.contains($0) }, out.filter { !$0.hasPrefix("lib") && $0 != "bin" }
      )
      #expect(!links.isEmpty)
      #expect(rest == ["here", "dev", "etc", "proc", "tmp", "usr"])
    }
    let mounts = try FileSystem.openForReading(path: "/proc/self/mountinfo").readAll(limit: 1 << 20)
    #expect(!String(decoding: mounts, as: UTF8.self).contains(Program.givenPlace(0)))
  }

  @Test("limits hold for the program, soft and hard")
  func limits() {
    let out = run("ulimit -n; ulimit -Hn; ulimit -f; ulimit -t") {
      $0.limits = [
        ResourceLimit(.openFiles, 77), ResourceLimit(.fileSize, 512 * 40), ResourceLimit(.processorSeconds, 9),
      ]
    }
    #expect(out.text == "77\n77\n40\n9\n", "\(out.text)")
  }

  @Test("a hard limit may be above the soft one")
  func hardLimit() {
    let out = run("ulimit -t; ulimit -Ht") { $0.limits = [ResourceLimit(.processorSeconds, 9, hard: 12)] }
    #expect(out.text == "9\n12\n", "\(out.text)")
  }

  @Test("a child writes itself into what it is to join before anything else, and does not start where it may not")
  func joins() throws {
    // The ends of pipes take the same byte as a cgroup's file does.
    let (read, write) = try Program.pipe()
    let program = { (joins: [Descriptor]) in
      var program = Program(paths: ["/bin/true"], arguments: ["true"], environment: [])
      program.joins = joins
      return program
    }
    #expect(Self.failure(program([write, write])) == nil)
    #expect(try read.readChunk(10) == Array("00".utf8))
    let failure = Self.failure(program([write, try FileSystem.openNull(), read]))
    #expect(failure?.stage == .join && failure?.cause.call == "write")
  }

  @Test("a limit above the ceiling is refused for a user, and root may raise its own")
  func limitCeiling() { #expect(ResourceLimit.ceiling(.openFiles) > 0) }

  private static func failure(_ program: Program) -> Program.Failure? {
    do {
      let null = try FileSystem.openNull()
      _ = Children.wait(for: try program.start(input: null, output: null, error: null))
      return nil
    } catch { return error as? Program.Failure }
  }

  @Test("a program that is nowhere is told as missing, one that is found but not executable as that")
  func notStarted() throws {
    try place.write("plain", "#!/bin/sh\n")
    try place.write("text", "no program")
    try place.write("lost", "#!/no/such/interpreter\n")
    Command.shell("cd '\(place.path)' && chmod 600 plain && chmod 700 text lost")
    func failure(_ paths: [String]) -> Program.Failure? {
      Self.failure(Program(paths: paths, arguments: ["x"], environment: []))
    }
    let here = place.path
    #expect(failure([here + "/none", "/nowhere/x", here + "/text/below"])?.cause.isMissing == true)
    #expect(failure([here + "/plain", here + "/none"])?.cause.code == SystemError.noPermission)
    #expect(failure([here + "/text"])?.cause.code == SystemError.noExecutableFormat)
    #expect(failure([here + "/lost"])?.cause.isMissing == true)
    #expect(failure([here])?.cause.code == SystemError.noPermission)
    #expect(failure([here + "/plain", "/bin/true"]) == nil, "a later folder of PATH has it")
    #expect(failure([here + "/none"])?.stage == .execute)
  }

  @Test("arguments longer than the kernel takes are told as that")
  func tooLong() {
    let huge = String(repeating: "x", count: 3 << 20)
    let failure = Self.failure(Program(paths: ["/bin/true"], arguments: ["true", huge], environment: []))
    #expect(failure?.stage == .execute && failure?.cause.isTooLong == true)
  }

  @Test("a folder that is missing, or is a file, is told as the folder's fault")
  func folder() throws {
    try place.write("file", "")
    for path in [place.path + "/none", place.path + "/file"] {
      let failure = Self.failure(
        Program(paths: ["/bin/true"], arguments: ["true"], environment: [], folder: .path(path)))
      #expect(failure?.stage == .folder)
    }
    let out = run("pwd -P") { $0.folder = .open(place.folder) }
    #expect(out.text == (try FileSystem.realPath(place.path)) + "\n")
  }

  @Test("no failed start leaves a zombie or an open file")
  func noLeaks() throws {
    let program = Program(paths: ["/nowhere/x"], arguments: ["x"], environment: [])
    for _ in 0..<50 { #expect(Self.failure(program) != nil) }
    let zombies = (ChildList()?.pids() ?? []).compactMap(ProcessTable.facts).filter(\.isZombie)
    #expect(zombies.isEmpty)
  }

  @Test("the child notes its pid and the time before its first instruction; a failed start leaves no note")
  func birth() throws {
    let null = try FileSystem.openNull()
    let note = UnsafeMutablePointer<bobbin_birth>.allocate(capacity: 1)
    note.initialize(to: bobbin_birth())
    defer { note.deallocate() }
    let before = Clock.continuous()
    let pid = try Program(paths: ["/bin/true"], arguments: ["true"], environment: [])
      .start(input: null, output: null, error: null, birth: BirthNote(note))
    #expect(note.pointee.pid == Int64(pid))
    #expect(note.pointee.boottime_ns >= before && note.pointee.boottime_ns <= Clock.continuous())
    _ = Children.wait(for: pid)
    #expect(throws: Program.Failure.self) {
      try Program(paths: ["/nowhere"], arguments: ["x"], environment: [])
        .start(input: null, output: null, error: null, birth: BirthNote(note))
    }
    #expect(note.pointee.pid == 0)
  }

  @Test("how a program ended is told: its exit code, or the signal", arguments: [0, 1, 75, 255])
  func exitCodes(code: Int32) {
    #expect(run("exit \(code)").end == .exited(code))
  }

  @Test("each signal that ends a program is told by its number", arguments: [1, 2, 3, 6, 8, 9, 10, 11, 12, 13, 14, 15])
  func ended(by signal: Int32) {
    #expect(run("ulimit -c 0; kill -\(signal) $$").end == .signalled(signal))
  }

  @Test("arguments and environment reach the program byte by byte")
  func bytes() {
    let odd = "a b\n\"'$`\\é€😀"
    let program = Program(
      paths: ["/usr/bin/env", "/bin/env"], arguments: ["env", "printf", "%s|", odd, ""],
      environment: ["PATH=/usr/bin:/bin"])
    #expect(Command.run(program).text == odd + "||")
    let environment = Program(
      paths: ["/usr/bin/env", "/bin/env"], arguments: ["env"], environment: ["A=\(odd)", "B="])
    #expect(Command.run(environment).text == "A=\(odd)\nB=\n")
  }

  // MARK: the table of processes

  @Test("a process is listed with its parent, its session and its start, and not any more once it ended")
  func facts() throws {
    let (pid, facts) = try sleeper()
    #expect(facts.parent == Machine.processID && facts.session == pid && !facts.isZombie)
    #expect(ProcessTable.all().contains(facts))
    ProcessTable.signalChild(pid, SignalNumber.kill)
    #expect(eventually { ProcessTable.facts(pid)?.isZombie == true })
    #expect(!ProcessTable.all().contains { $0.pid == pid }, "a zombie is not alive")
    _ = Children.wait(for: pid)
    #expect(ProcessTable.facts(pid) == nil)
  }

  @Test("a process whose name looks like the end of its entry is read right")
  func oddName() throws {
    Command.shell("cp /bin/sleep '\(place.path)/a) R 1 (b'")
    let null = try FileSystem.openNull()
    let pid = try Program(paths: [place.path + "/a) R 1 (b"], arguments: ["x", "1000"], environment: [])
      .start(input: null, output: null, error: null)
    #expect(ProcessTable.facts(pid)?.session == pid)
    #expect(end(pid) == .signalled(9))
  }

  @Test(
    "an entry that makes no sense is none, whatever numbers it has", arguments: ["-5", "x", "99999999999999999999", ""])
  func oddEntry(start: String) {
    let entry = "7 (a) S 1 7 7 0 -1 1 1 2 3 4 5 6 7 8 20 0 1 0 "
    #expect(ProcessTable.facts(7, stat: Array((entry + start).utf8)) == nil)
    #expect(ProcessTable.facts(7, stat: Array((entry + "5").utf8))?.startTicks == 5)
  }

  @Test("a process is found by the entries it was started with, whole ones only")
  func environment() throws {
    let (pid, _) = try sleeper(["MARK=one", "OTHER=two", "EMPTY="])
    #expect(ProcessTable.environment(of: pid, contains: ["MARK=one", "OTHER=two"]))
    #expect(!ProcessTable.environment(of: pid, contains: ["MARK=on"]))
    #expect(!ProcessTable.environment(of: pid, contains: ["MARK=one", "THIRD=3"]))
    #expect(ProcessTable.environmentValue("OTHER", of: pid) == "two")
    #expect(ProcessTable.environmentValue("EMPTY", of: pid) == "")
    #expect(ProcessTable.environmentValue("THE", of: pid) == nil)
    _ = end(pid)
    #expect(!ProcessTable.environment(of: pid, contains: ["MARK=one"]))
  }

  @Test("a signal goes to exactly the process that was seen, never to another with its pid")
  func recycled() throws {
    let (pid, facts) = try sleeper()
    let other = ProcessFacts(
      pid: pid, parent: facts.parent, session: facts.session, startTicks: facts.startTicks &- 1, isZombie: false)
    #expect(!ProcessTable.signal(other, SignalNumber.kill))
    #expect(ProcessTable.facts(pid)?.isZombie == false)
    #expect(ProcessTable.signal(facts, SignalNumber.terminate))
    #expect(Children.wait(for: pid) == .signalled(15))
    #expect(!ProcessTable.signal(facts, SignalNumber.kill), "it is gone")
  }
}
