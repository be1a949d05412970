import Jobs
import Operations
import Platform

/// What a command gets from outside: everything that tests replace.
struct Context {
  /// A variable of the environment.
  var environment: (String) -> String?
  /// The folder that the caller is in.
  var currentFolder: String?
  /// The path of this program.
  var executable: String?
  /// The wall clock.
  var now: @Sendable () -> Timestamp
  /// The time zones of this machine.
  var zones: TaskZones
  var generator: any RandomNumberGenerator
  /// Reads all of standard input, up to a limit.
  var readInput: (Int) throws(SystemError) -> [UInt8]
  var console: Console

  /// The real one.
  static func system() -> Context {
    Context(
      environment: { Machine.environment($0) }, currentFolder: Machine.currentFolder, executable: Machine.executable,
      now: { Timestamp(nanoseconds: Clock.wall()) }, zones: .ofMachine(), generator: SystemRandomNumberGenerator(),
      readInput: { (limit) throws(SystemError) in try Terminal.readInput(limit: limit) }, console: Console.system())
  }
}
