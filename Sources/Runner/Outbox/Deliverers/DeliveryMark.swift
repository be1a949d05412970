import Platform

/// What a channel's program has in its environment, and with it all that it starts, unless they clear it: a shell that dies
/// with its runner leaves what it waited for, and before a message goes out again nothing of the attempt before may go on.
struct DeliveryMark: Hashable, Sendable {
  static let name = "BOBBIN_DELIVERY"
  /// What was killed is waited for no longer than this, ns: it may be in the middle of a call to a dead disk.
  private static let patience: Int64 = 2_000_000_000
  private static let slice: Int64 = 5_000_000

  let value: String

  init(spool: String, channel: String, message: String) { value = "\(spool)/\(channel)/\(message)" }

  /// Kills what is alive of the attempts at one message.
  func end() { _ = Self.end([self]) }

  /// Kills what is alive of attempts at these messages. False: something still is, or may be.
  static func end(_ marks: Set<DeliveryMark>) -> Bool {
    let values = Set(marks.map(\.value))
    let deadline = Clock.continuous() + patience
    while true {
      let refusals = ProcessTable.refusals
      let living = ProcessTable.all().filter { process in
        ProcessTable.isOurs(process)
          && ProcessTable.environmentValue(name, of: process.pid).map(values.contains) ?? false
      }
      if living.isEmpty, ProcessTable.refusals == refusals { return true }
      for process in living { ProcessTable.signal(process, SignalNumber.kill) }
      guard Clock.continuous() < deadline else { return false }
      Clock.wait(nanoseconds: slice)
    }
  }
}
