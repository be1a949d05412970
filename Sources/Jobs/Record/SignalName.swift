/// Names of signals by their numbers on Linux (signal(7), x86 and ARM).
public enum SignalName {
  private static let names = [
    "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV",
    "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN",
    "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
  ]

  /// `SIGKILL` for 9; a number without a name as `SIG34`.
  public static func name(of number: Int32) -> String {
    (1...31).contains(number) ? names[Int(number) - 1] : "SIG\(number)"
  }

  /// 9 for `SIGKILL`; nil for what `name(of:)` never gives.
  public static func number(of name: String) -> Int32? {
    if let index = names.firstIndex(of: name) { return Int32(index) + 1 }
    guard name.hasPrefix("SIG"), let number = Int32(name.dropFirst(3)), number >= 32 else { return nil }
    return number
  }
}
