import Platform
import TestSupport

/// A runner that a test started.
final class RunnerProcess {
  let pid: Int32
  private(set) var cause: ProcessEnd.Cause?
  private let output: String

  /// - Parameter output: a file for what it prints.
  init(_ program: Program, output: String) throws {
    self.output = output
    Command.shell(": >> '\(output)'")
    let folder = try Folder(path: String(output[..<(output.lastIndex(of: "/") ?? output.startIndex)]))
    let file = try folder.append(String(output[output.index(after: output.lastIndex(of: "/") ?? output.startIndex)...]))
    pid = try program.start(input: try FileSystem.openNull(), output: file, error: file)
  }

  /// Waits for its end; nil if it goes on until the deadline.
  @discardableResult
  func end(within seconds: Int64 = 60) -> ProcessEnd.Cause? {
    if cause == nil, eventually(within: seconds, { ProcessTable.facts(pid)?.isZombie != false }) {
      cause = Children.wait(for: pid)
    }
    return cause
  }

  var isAlive: Bool { cause == nil && ProcessTable.facts(pid)?.isZombie == false }

  func signal(_ number: Int32) { if cause == nil { ProcessTable.signalChild(pid, number) } }

  /// SIGKILL, and gone when this returns.
  func kill() {
    signal(SignalNumber.kill)
    end()
  }

  /// What it printed.
  var text: String { Command.shell("cat '\(output)'").text }

  deinit {
    guard cause == nil else { return }
    signal(SignalNumber.kill)
    _ = Children.wait(for: pid)
  }
}
