#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import CPlatform
import Synchronization

/// How a process ended and what it used.
public struct ProcessEnd: Equatable, Sendable {
  public enum Cause: Equatable, Sendable {
    case exited(Int32)
    case signalled(Int32)

    /// As wait(2) gives it.
    public init(status: Int32) {
      // WIFSIGNALED, WTERMSIG and WEXITSTATUS are macros; this is their definition in wait(2)'s header.
      let signal = status & 0x7F
      self = signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
    }
  }

  public let pid: Int32
  public var cause: Cause
  /// User and system time of the process and of those of its descendants that it waited for, ns (getrusage(2)).
  public var processorTime: Int64
  /// Largest resident size of one of them, bytes. Nil when it was not above our own: between vfork and exec a child
  /// shares our memory, and the kernel counts that as its own (Linux, mm_release in exec).
  public var maxResidentBytes: Int64?

  public init(pid: Int32, cause: Cause, processorTime: Int64 = 0, maxResidentBytes: Int64? = nil) {
    self.pid = pid
    self.cause = cause
    self.processorTime = processorTime
    self.maxResidentBytes = maxResidentBytes
  }
}

/// The processes below this one.
public enum Children {
  /// Orphans of our descendants become our children, so none gets away by a double fork (PR_SET_CHILD_SUBREAPER).
  public static func adoptOrphans() throws(SystemError) {
    #if os(Linux)
      try check("prctl") { bobbin_become_subreaper() }
    #endif
  }

  /// One child of the calling thread that has ended, or an orphan that the first thread adopted, wait4(2); nil when none
  /// has. Another thread's are its own to wait for: reaped here they would never end there.
  public static func reap() -> ProcessEnd? {
    var status: Int32 = 0
    var usage = rusage()
    #if os(Linux)
      let options = WNOHANG | __WNOTHREAD
    #else
      let options = WNOHANG
    #endif
    var pid: Int32
    repeat { pid = wait4(-1, &status, options, &usage) } while pid < 0 && errno == EINTR
    guard pid > 0 else { return nil }
    return ProcessEnd(
      pid: pid, cause: ProcessEnd.Cause(status: status),
      processorTime: nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime),
      maxResidentBytes: isAboveOurs(usage.ru_maxrss) ? Int64(usage.ru_maxrss) * residentUnit : nil)
  }

  /// Our own largest resident size when it was asked last, in the kernel's unit: it only grows.
  private static let ownMostResident = Atomic<Int>(0)

  /// Whether we never had that much resident.
  private static func isAboveOurs(_ size: Int) -> Bool {
    guard size > ownMostResident.load(ordering: .relaxed) else { return false }
    var own = rusage()
    bobbin_own_usage(&own)
    ownMostResident.store(own.ru_maxrss, ordering: .relaxed)
    return size > own.ru_maxrss
  }

  /// Waits until a child of the calling thread has ended, and leaves it to `reap`.
  ///
  /// The kernel wakes a thread that waits here on the processor that the child leaves (WF_SYNC), and one that polls
  /// where it ran last: with as many busy children as processors that is the wrong one.
  public static func awaitEnd(of pid: Int32) {
    var facts = siginfo_t()
    while waitid(P_PID, id_t(pid), &facts, WEXITED | WNOWAIT) < 0, errno == EINTR {}
  }

  /// What can be read once a child has ended, pidfd_open(2); nil where there is none to be had.
  public static func end(of pid: Int32) -> Descriptor? {
    #if os(Linux)
      let raw = bobbin_pidfd_open(pid)
      return raw < 0 ? nil : Descriptor(owning: raw)
    #else
      return nil
    #endif
  }

  /// Waits for one child by pid: for programs that have a single one.
  public static func wait(for pid: Int32) -> ProcessEnd.Cause? {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 { if errno != EINTR { return nil } }
    return ProcessEnd.Cause(status: status)
  }

  /// Waits for one child with so much `Patience`, ns; nil if it goes on. Looks every half millisecond, for starts that are
  /// waited for once in a while.
  public static func wait(for pid: Int32, atMost: Int64) -> ProcessEnd.Cause? {
    var patience = Patience(nanoseconds: atMost)
    while true {
      var status: Int32 = 0
      let answer = waitpid(pid, &status, WNOHANG)
      if answer == pid { return ProcessEnd.Cause(status: status) }
      if (answer < 0 && errno != EINTR) || patience.isOver() { return nil }
      Clock.wait(nanoseconds: 500_000)
    }
  }

  /// Waits for one child with so much `Patience`; nil: it goes on.
  public static func wait(for pid: Int32, nanoseconds: Int64) -> ProcessEnd.Cause? {
    var patience = Patience(nanoseconds: nanoseconds)
    while !patience.isOver() {
      if ProcessTable.facts(pid)?.isZombie != false { return wait(for: pid) }
      Clock.wait(nanoseconds: 1_000_000)
    }
    return nil
  }

  private static func nanoseconds(_ time: timeval) -> Int64 {
    Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_usec) * 1000
  }

  #if canImport(Darwin)
    private static let residentUnit: Int64 = 1
  #else
    private static let residentUnit: Int64 = 1024
  #endif
}

/// The list of this process's children, orphans that we adopted among them, as the kernel keeps it. Opened once and read
/// anew at each question: a job's end asks it.
public final class ChildList: Sendable {
  private let file: Descriptor

  /// Children belong to the thread that started them, adopted ones to the first: its list it is.
  ///
  /// - Returns: nil where the kernel does not list them (CONFIG_PROC_CHILDREN).
  public init?() {
    let pid = Machine.processID
    guard let file = try? FileSystem.openForReading(path: "/proc/\(pid)/task/\(pid)/children") else { return nil }
    self.file = file
  }

  /// All pids; nil if the list cannot be read now.
  public func pids() -> [Int32]? {
    var pids: [Int32] = []
    var number: Int32 = 0
    var offset: Int64 = 0
    return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
      while true {
        guard let count = try? file.read(into: buffer, at: offset) else { return nil }  // nil says it
        // Decimal numbers, each followed by a blank.
        for byte in buffer[..<count] {
          if byte == 0x20 {
            pids.append(number)
            number = 0
          } else {
            number = number * 10 + Int32(byte) - 0x30
          }
        }
        // The kernel fills a buffer up to the last pid that fits: with room left that was all.
        if count < buffer.count / 2 { return pids }
        offset += Int64(count)
      }
    }
  }
}
