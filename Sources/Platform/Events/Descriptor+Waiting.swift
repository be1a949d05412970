#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Descriptor {
  /// Waits until something can be read or the other end is gone, poll(2). False when the time is over, ns.
  public func awaitReadable(nanoseconds: Int64) -> Bool {
    var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
    let end = Clock.continuous() + nanoseconds
    while true {
      let rest = max(0, end - Clock.continuous())
      let answer = poll(&entry, 1, Int32(clamping: (rest + 999_999) / 1_000_000))
      if answer > 0 { return true }
      if answer == 0 || errno != EINTR { return false }
    }
  }
}
