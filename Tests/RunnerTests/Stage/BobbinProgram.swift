import Platform
import TestSupport

/// The program under test: `bobbin`, which the build puts beside the test bundle. What its command line looks like is
/// known here and nowhere else.
enum BobbinProgram {
  static let path: String = {
    let bundle = Machine.executable ?? CommandLine.arguments[0]
    return String(bundle[..<(bundle.lastIndex(of: "/") ?? bundle.startIndex)]) + "/bobbin"
  }()

  static func initialise(_ spool: String) -> Command { run(["init", spool]) }

  /// The arguments of a runner.
  static func runner(_ spool: String, drain: Bool, more: [String] = []) -> [String] {
    ["run", "--spool", spool] + (drain ? ["--drain"] : []) + more
  }

  static func run(_ arguments: [String], environment: [String] = []) -> Command {
    Command.run(program(arguments, environment: environment))
  }

  static func program(_ arguments: [String], environment: [String]) -> Program {
    let usual = [
      "PATH=\(Machine.environment("PATH") ?? "/usr/bin:/bin")", "HOME=\(Machine.home)",
      // A crash in a test is seen by its signal; a backtrace would cost seconds each.
      "SWIFT_BACKTRACE=enable=no",
    ]
    return Program(paths: [path], arguments: [path] + arguments, environment: merged(usual, environment))
  }

  /// The environment of a program whose calls go wrong as the plan says (`CFault`): "stat:EIO@3".
  static func callFault(_ plan: String) -> [String] {
    ["LD_PRELOAD=\(path.dropLast("bobbin".utf8.count))libCFault.so", "BOBBIN_CALL_FAULT=\(plan)"]
  }

  /// Two lists of "NAME=value"; a name in `upper` replaces the same one below. Of two entries of one name a program would
  /// see the first.
  static func merged(_ lower: [String], _ upper: [String]) -> [String] {
    lower.filter { entry in !upper.contains { $0.hasPrefix(entry.prefix { $0 != "=" } + "=") } } + upper
  }
}
