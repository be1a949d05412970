import Platform

/// A program that a test runs to its end.
public struct Command: Sendable {
  public let end: ProcessEnd.Cause
  /// What it wrote to both streams.
  public let output: [UInt8]

  public var text: String { String(decoding: output, as: UTF8.self) }
  public var isSuccess: Bool { end == .exited(0) }

  /// Runs a shell line.
  @discardableResult
  public static func shell(_ line: String, environment: [String] = []) -> Command {
    run(
      Program(
        paths: ["/bin/sh"], arguments: ["sh", "-c", line],
        environment: ["PATH=\(Machine.environment("PATH") ?? "/usr/bin:/bin")", "HOME=\(Machine.home)"] + environment))
  }

  /// Runs a program; one that cannot be started has exit code 127 and says why.
  public static func run(_ program: Program, input: [UInt8] = []) -> Command {
    do {
      // A file without a name holds whatever comes, and no reader is needed while it comes.
      let output = try FileSystem.memoryFile([])
      let pid = try program.start(input: try FileSystem.memoryFile(input), output: output, error: output)
      let end = Children.wait(for: pid) ?? .exited(127)
      return Command(end: end, output: try contents(output))
    } catch { return Command(end: .exited(127), output: Array("\(error)".utf8)) }
  }

  /// All of an open file from its start, whatever its offset.
  private static func contents(_ file: Descriptor) throws -> [UInt8] {
    try FileSystem.openForReading(path: "/proc/self/fd/\(file.number)").readAll(limit: 64 << 20)
  }
}
