#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The machine's clocks. Everything above takes them as values.
public enum Clock {
  /// Time of day, ns since 1970: for people and for file times. May be set in either direction at any moment.
  public static func wall() -> Int64 {
    #if DEBUG
      nanoseconds(CLOCK_REALTIME) &+ step()
    #else
      nanoseconds(CLOCK_REALTIME)
    #endif
  }

  #if DEBUG
    /// How far this process's time of day is set off, ns: the content of the file that `BOBBIN_CLOCK` names. For tests in
    /// which somebody sets the clock: the machine's own is everybody's, no namespace has one (time_namespaces(7)), and
    /// libfaketime leaves a Swift program without its arguments. Times of files stay the kernel's.
    private static func step() -> Int64 {
      guard let stepFile else { return 0 }
      var text = [CChar](repeating: 0, count: 32)
      let file = open(stepFile, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return 0 }
      defer { close(file) }
      guard read(file, &text, text.count - 1) > 0 else { return 0 }
      return Int64(strtoll(text, nil, 10))
    }

    private static let stepFile = Machine.environment("BOBBIN_CLOCK")
  #endif

  /// Never set, runs on while the machine sleeps (CLOCK_BOOTTIME): for waiting and for measuring.
  public static func continuous() -> Int64 {
    #if os(Linux)
      nanoseconds(CLOCK_BOOTTIME)
    #else
      nanoseconds(CLOCK_MONOTONIC)
    #endif
  }

  /// The grain of file times, ns: two changes within it can carry the same time (the kernel's tick, at worst 100 Hz).
  public static let fileTimeGrain: Int64 = 10_000_000

  /// Waits in this thread; for programs that poll, never for the runner's loop.
  public static func wait(nanoseconds: Int64) {
    var left = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    var rest = timespec()
    while nanosleep(&left, &rest) != 0, errno == EINTR { left = rest }
  }

  /// Seconds east of Greenwich at a wall time in the machine's zone, localtime_r(3).
  public static func utcOffset(_ wall: Int64) -> Int {
    var seconds = time_t(wall / 1_000_000_000)
    var parts = tm()
    localtime_r(&seconds, &parts)
    return Int(parts.tm_gmtoff)
  }

  private static func nanoseconds(_ clock: clockid_t) -> Int64 {
    var now = timespec()
    clock_gettime(clock, &now)
    return Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
  }
}
