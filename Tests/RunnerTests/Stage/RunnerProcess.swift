import Platform
import TestSupport
import Testing

/// A program that a test started, a runner as a rule. One that dies of a signal that the test did not send has crashed,
/// which fails the test whatever else it looks at.
final class RunnerProcess {
  let pid: Int32
  private(set) var cause: ProcessEnd.Cause?
  private let output: String
  /// SIGKILL is always foreseen: a fault plan sends it too.
  private var sent: Set<Int32> = [SignalNumber.kill]

  /// - Parameter output: a file for what it prints.
  init(_ program: Program, output: String) throws {
    self.output = output
    Command.shell(": >> '\(output)'")
    let folder = try Folder(path: String(output[..<(output.lastIndex(of: "/") ?? output.startIndex)]))
    let file = try folder.append(String(output[output.index(after: output.lastIndex(of: "/") ?? output.startIndex)...]))
    pid = try program.start(input: try FileSystem.openNull(), output: file, error: file)
  }

  /// Waits for its end; nil if it goes on.
  @discardableResult
  func end(within seconds: Int64 = 60) -> ProcessEnd.Cause? {
    if cause == nil, eventually(within: seconds, { ProcessTable.facts(pid)?.isZombie != false }) {
      reap()
    }
    return cause
  }

  var isAlive: Bool { cause == nil && ProcessTable.facts(pid)?.isZombie == false }

  func signal(_ number: Int32) {
    sent.insert(number)
    if cause == nil { ProcessTable.signalChild(pid, number) }
  }

  private func reap() {
    cause = Children.wait(for: pid)
    if case .signalled(let number)? = cause, !sent.contains(number) {
      Issue.record("a program of the test died of signal \(number)\n\(text)")
    }
    if cause == .exited(66) {  // a sanitizer's own code: without what it says nothing is known
      Issue.record("a program of the test ended with 66\n\(text)")
    }
  }

  /// SIGKILL, and gone when this returns.
  func kill() {
    signal(SignalNumber.kill)
    end()
  }

  /// How often its loop went to rest of itself: something that grows as long as the loop goes round, and not without a rest.
  var rests: Int {
    let status = (try? FileSystem.openForReading(path: "/proc/\(pid)/status").readAll(limit: 1 << 16)) ?? []
    let line = String(decoding: status, as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("voluntary_ctxt_switches:") }
    return line.flatMap { $0.split(separator: "\t").last.flatMap { Int($0) } } ?? 0
  }

  /// Waits until its loop has gone round some times; false if it never rests.
  func goesRound(_ times: Int = 10) -> Bool {
    let before = rests
    return eventually { rests >= before + times }
  }

  /// What it printed.
  var text: String { Command.shell("cat '\(output)'").text }

  deinit {
    guard cause == nil else { return }
    signal(SignalNumber.kill)
    reap()
  }
}
