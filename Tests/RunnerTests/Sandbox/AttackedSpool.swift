import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// A spool with things around it that a job must not reach, whose runner is root or an ordinary user.
final class AttackedSpool {
  /// Root, and nobody in particular.
  static let users: [UInt32] = Machine.user == 0 ? [0, 1234] : [Machine.user]

  let spool: TestSpool
  let user: UInt32
  /// Of the host: outlives whatever a job does, or not.
  let victim: Int32
  private var helpers: [Int32] = []
  private var started = 0
  private let bobbin: String

  var path: String { spool.path }
  var outside: String { spool.place.path }
  /// A folder that a job finds in its sandbox too, with a setuid program of root.
  let shared: String

  init(user: UInt32, _ settings: [String: String] = [:]) throws {
    self.user = user
    shared = "/opt/bobbin-test-\(UInt64.random(in: 0 ... .max))"
    var settings = settings
    settings["sandboxPaths"] = "[\"\(shared)\"]"
    spool = try TestSpool(settings)
    spool.owner = user
    bobbin = spool.place.path + "/bobbin"
    let made = Command.shell(
      """
      cp '\(BobbinProgram.path)' '\(bobbin)' && mkdir -p '\(shared)' && cp /usr/bin/id '\(shared)/id' &&
      chmod 4755 '\(shared)/id' && cd '\(spool.path)' && mkdir groups/other && echo secret > groups/other/secret &&
      mkdir '\(spool.place.path)/precious' && echo x > '\(spool.place.path)/precious/file' &&
      chown -R \(user):\(user) '\(spool.place.path)'
      """)
    try #require(made.isSuccess, "\(made.text)")
    victim = try Self.program(user, ["/bin/sleep", "1000"]).start(
      input: FileSystem.openNull(), output: FileSystem.openNull(), error: FileSystem.openNull())
  }

  deinit {
    for pid in helpers + [victim] {
      ProcessTable.signalChild(pid, SignalNumber.kill)
      _ = Children.wait(for: pid)
    }
    Command.shell("rm -rf '\(shared)'")
  }

  static func program(_ user: UInt32, _ arguments: [String], environment: [String] = []) -> Program {
    let path = "PATH=\(Machine.environment("PATH") ?? "/usr/bin:/bin")"
    guard user != Machine.user else {
      return Program(paths: [arguments[0]], arguments: arguments, environment: [path] + environment)
    }
    return Program(
      paths: ["/usr/bin/setpriv", "/bin/setpriv"],
      arguments: ["setpriv", "--reuid=\(user)", "--regid=\(user)", "--clear-groups"] + arguments,
      environment: [path] + environment)
  }

  /// A server of the host: Python that says on a line of its own when it listens, which is the answer.
  func serve(_ python: String) throws -> String {
    let output = try FileSystem.memoryFile([])
    let helper = Self.program(user, ["/usr/bin/env", "python3", "-c", python])
    helpers.append(try helper.start(input: FileSystem.openNull(), output: output, error: FileSystem.openNull()))
    var said: [UInt8] = []
    try #require(
      eventually {
        said = (try? output.reopened().readAll(limit: 100)) ?? []
        return said.last == UInt8(ascii: "\n")
      }, "the server listens")
    return String(decoding: said.dropLast(), as: UTF8.self)
  }

  func start(drain: Bool) throws -> RunnerProcess {
    started += 1
    var program = Self.program(
      user, [bobbin] + BobbinProgram.runner(path, drain: drain),
      environment: ["HOME=\(outside)", "RUNNER_SECRET=1", "SWIFT_BACKTRACE=enable=no"])
    program.folder = .path(outside)
    return try RunnerProcess(program, output: outside + "/runner-\(started).txt")
  }

  /// Drops a shell line.
  func drop(_ name: String, _ line: String, sandbox: Bool, _ more: [String: String] = [:]) throws {
    var keys = more
    keys["run"] = Self.quoted(line)
    keys["runtime"] = sandbox ? "\"sandbox\"" : "\"process\""
    try spool.drop(name, "{" + keys.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}")
  }

  static func quoted(_ text: String) -> String {
    var json = JSONWriter(.compact, capacity: text.utf8.count)
    json.string(text)
    return String(decoding: json.bytes, as: UTF8.self)
  }

  /// Whether a process with this word among its arguments is alive anywhere on the machine.
  static func isAlive(_ word: String) -> Bool {
    ProcessTable.all().contains { process in
      let line = (try? FileSystem.openForReading(path: "/proc/\(process.pid)/cmdline"))
        .flatMap { try? $0.readAll(limit: 65_536) }
      return line?.split(separator: 0).contains { $0.elementsEqual(word.utf8) } ?? false
    }
  }

  /// The arguments of a process, with blanks between.
  static func line(of process: ProcessFacts) -> String {
    let line = (try? FileSystem.openForReading(path: "/proc/\(process.pid)/cmdline"))
      .flatMap { try? $0.readAll(limit: 65_536) }
    return line.map { bytes in
      bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    } ?? ""
  }

  var victimLives: Bool { ProcessTable.facts(victim)?.isZombie == false }
}
