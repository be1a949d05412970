#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif
import CPlatform

/// Signals as something to read, signalfd(2): no handler ever runs.
public final class Signals {
  public enum Name: Int32, Sendable {
    case hangUp = 1
    case interrupt = 2
    case user1 = 10
    case terminate = 15
    case child = 17
  }

  public let descriptor: Descriptor

  /// Blocks the signals in this thread, and so in all threads that it starts later. Call it before any other starts.
  public init(_ names: [Name]) throws(SystemError) {
    var set = sigset_t()
    sigemptyset(&set)
    for name in names { sigaddset(&set, name.rawValue) }
    pthread_sigmask(SIG_BLOCK, &set, nil)
    descriptor = Descriptor(
      owning: try check("signalfd") { signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK)) })
  }

  /// What came since the last call, several of one kind as one.
  public func pending() throws(SystemError) -> [Name] {
    var names: [Name] = []
    var information = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    while true {
      var failure: SystemError?
      let count = withUnsafeMutableBytes(of: &information) { raw in
        do throws(SystemError) { return try descriptor.read(into: raw) ?? 0 } catch {
          failure = error
          return 0
        }
      }
      if let failure { throw failure }
      if count < size { return names }
      if let name = Name(rawValue: Int32(information.ssi_signo)) { names.append(name) }
    }
  }

  /// Signals that this process ignores, by us or by nohup or a shell that started it: bit n − 1 for signal n. They would
  /// stay ignored in what it executes; those with a handler would not (signal(7)).
  public static func ignored() -> UInt64 {
    var mask: UInt64 = 0
    for number in 1...Int32(64) {
      var action = sigaction()
      // glibc keeps two real-time signals for itself and says EINVAL.
      guard sigaction(number, nil, &action) == 0 else { continue }
      if unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1 { mask |= 1 << UInt64(number - 1) }
    }
    return mask
  }

  /// A closed pipe is an answer of write, and a broken lease is nothing: neither may end the program. Where SIGCHLD is
  /// ignored, as a shell may hand it down, nobody can wait for a child (wait(2)).
  public static func ignoreHarmless() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGIO, SIG_IGN)
    signal(SIGCHLD, SIG_DFL)
  }
}
