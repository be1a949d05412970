import Platform
import Runtimes

/// Runs a deliverer's program to its end, in the thread that calls: what it writes is handed on as it comes, and it ends when
/// its time is over or the runner's is. It dies with the runner, and what it started is ended before another attempt
/// (`DeliveryMark`): at most one attempt at a message is alive.
struct DeliveryProgram {
  enum End: Equatable {
    case ended(ProcessEnd.Cause)
    case timedOut
    case stopped
    /// Enough was read of it.
    case cut
  }

  /// Which of its two streams is read; the other one goes nowhere.
  enum Stream { case output, error }

  /// Between two looks whether it ended or is to end, ns: what holds the stream open behind it tells nothing.
  private static let slice: Int64 = 10_000_000

  var program: Program
  let input: [UInt8]
  let reads: Stream
  /// ns.
  let timeout: Int64
  let grace: Int64
  let control: DeliveryControl
  let mark: DeliveryMark

  /// - Parameter take: what it wrote; false: enough, it is killed.
  /// - Throws: why it was not started.
  func run(_ take: (UnsafeRawBufferPointer) -> Bool) throws(StartFailure) -> End {
    var program = program
    program.diesWithParent = true
    let (pipe, pid) = try start(program)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16_384, alignment: 16)
    defer { buffer.deallocate() }
    let deadline = Clock.continuous() + timeout
    var why: End?
    var killAt = Int64.max
    var isOpen = true
    while true {
      guard drain(pipe, &isOpen, buffer, take) else {
        ProcessTable.signalGroup(of: pid, SignalNumber.kill)
        _ = Children.wait(for: pid)
        mark.end()
        return .cut
      }
      if let cause = Children.wait(for: pid, atMost: 0) {
        _ = drain(pipe, &isOpen, buffer, take)
        guard let why else { return .ended(cause) }
        mark.end()
        return why
      }
      let now = Clock.continuous()
      if why == nil, control.isStopping || now >= deadline {
        why = control.isStopping ? .stopped : .timedOut
        killAt = now + grace
        ProcessTable.signalGroup(of: pid, SignalNumber.terminate)
      }
      if why != nil, now >= killAt || control.isStoppingAtOnce {
        ProcessTable.signalGroup(of: pid, SignalNumber.kill)
      }
      if isOpen { _ = pipe.awaitReadable(nanoseconds: Self.slice) } else { Clock.wait(nanoseconds: Self.slice) }
    }
  }

  private func start(_ program: Program) throws(StartFailure) -> (pipe: Descriptor, pid: Int32) {
    do {
      let (pipe, write) = try Program.pipe()
      let null = try FileSystem.openNull()
      let pid = try program.start(
        input: try FileSystem.memoryFile(input), output: reads == .output ? write : null,
        error: reads == .error ? write : null)
      return (pipe, pid)
    } catch let failure as Program.Failure {
      throw StartFailure(failure, name: program.arguments.first ?? "")
    } catch let error as SystemError {
      throw .exhausted(error)
    } catch { throw .engineFailed(reason: "\(error)") }  // nothing else is thrown above
  }

  /// Reads what is there, but no more than a few times: one that never stops writing must not keep the clock from being
  /// looked at. False: enough.
  private func drain(
    _ pipe: Descriptor, _ isOpen: inout Bool, _ buffer: UnsafeMutableRawBufferPointer,
    _ take: (UnsafeRawBufferPointer) -> Bool
  ) -> Bool {
    for _ in 0..<16 where isOpen {
      let count: Int?
      do throws(SystemError) { count = try pipe.read(into: buffer) } catch { count = 0 }  // unreadable is over
      guard let count else { return true }
      if count == 0 {
        isOpen = false
      } else if !take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) {
        return false
      }
    }
    return true
  }
}
