#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import CPlatform
import Synchronization

/// One process as proc(5) shows it. The pair of pid and start time names it for as long as the machine runs.
public struct ProcessFacts: Equatable, Sendable {
  public let pid: Int32
  public let parent: Int32
  public let session: Int32
  public let startTicks: UInt64
  /// A zombie has ended: late reaping is not life.
  public let isZombie: Bool

  /// How long ago it started, ns, to a tick of the kernel's clock.
  public var age: Int64 {
    let ticks = Int64(clamping: startTicks)
    let perSecond = Int64(ProcessTable.ticksPerSecond)
    return Clock.continuous() - (ticks / perSecond * 1_000_000_000 + ticks % perSecond * (1_000_000_000 / perSecond))
  }
}

/// All processes of the machine, proc(5).
///
/// What has ended, or is not ours to look at, is answered like what is not there. Where the machine keeps us from looking, for
/// want of a descriptor say, that would be wrong: `refusals` tells of it, and who needs to know that something is dead looks
/// again.
public enum ProcessTable {
  private static let refused = Atomic(0)

  /// How often the machine kept us from looking at something. A look between two equal counts missed nothing for that.
  public static var refusals: Int { refused.load(ordering: .relaxed) }

  /// Nil where it is gone, or not ours to read.
  private static func unlessRefused<Answer>(_ look: () throws(SystemError) -> Answer) -> Answer? {
    do throws(SystemError) { return try look() } catch {
      if !error.isMissing, !error.isNotPermitted, !error.isGone { refused.add(1, ordering: .relaxed) }
      return nil
    }
  }

  /// Clock ticks of `startTicks` a second, sysconf(3).
  public static let ticksPerSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))

  /// What runs under a pid; nil if nothing does.
  public static func facts(_ pid: Int32) -> ProcessFacts? { read("/proc/\(pid)/stat").flatMap { facts(pid, stat: $0) } }

  /// What `/proc/PID/stat` says; nil if it makes no sense.
  static func facts(_ pid: Int32, stat bytes: [UInt8]) -> ProcessFacts? {
    // The name may have blanks and brackets: what counts stands behind its last one.
    guard let close = bytes.lastIndex(of: 0x29) else { return nil }
    // After "pid (name) ": state ppid pgrp session … field 22 is the start time.
    let fields = bytes[(close + 1)...].split(separator: 0x20)
    guard fields.count > 19, let parent = number(fields[1]), let session = number(fields[3]),
      let start = number(fields[19]).flatMap({ UInt64(exactly: $0) })
    else { return nil }
    let state = fields[0].first
    return ProcessFacts(
      pid: pid, parent: Int32(truncatingIfNeeded: parent), session: Int32(truncatingIfNeeded: session),
      startTicks: start, isZombie: state == 0x5A || state == 0x58)
  }

  /// The name of the program that runs under a pid, at most 15 bytes, /proc/PID/comm.
  public static func name(of pid: Int32) -> String? {
    read("/proc/\(pid)/comm").map { String(decoding: $0.prefix { $0 != 0x0A }, as: UTF8.self) }
  }

  /// What a process was called with, its first 64 KiB; empty of one that is gone.
  public static func arguments(of pid: Int32) -> [String] {
    (read("/proc/\(pid)/cmdline") ?? []).split(separator: 0, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// All processes that are alive.
  public static func all() -> [ProcessFacts] {
    var pids: [Int32] = []
    _ = unlessRefused { () throws(SystemError) in
      try Folder(path: "/proc").forEachName { name, _ in
        var pid: Int32 = 0
        for byte in name {
          guard byte >= 0x30, byte <= 0x39, pid < 100_000_000 else { return }
          pid = pid * 10 + Int32(byte - 0x30)
        }
        if !name.isEmpty { pids.append(pid) }
      }
    }
    return pids.compactMap { facts($0) }.filter { !$0.isZombie }
  }

  /// How many processes and threads the machine has made since its start, /proc/stat; nil where it is not told.
  public static func made() -> Int64? {
    guard let bytes = read("/proc/stat", limit: 1 << 20) else { return nil }
    return bytes.split(separator: 0x0A).first { $0.starts(with: "processes ".utf8) }
      .flatMap { number($0.dropFirst("processes ".utf8.count)) }
  }

  /// Who was made last in our pid namespace, a thread perhaps: the last number of /proc/loadavg.
  public static func youngest() -> Int32? {
    guard let bytes = read("/proc/loadavg") else { return nil }
    return bytes.split(separator: 0x20).last.flatMap { number($0.prefix { $0 != 0x0A }) }
      .flatMap { Int32(exactly: $0) }
  }

  /// How much of an environment is read, bytes. A process says by prctl(2) PR_SET_MM_MAP what its environment is, and
  /// that may be all of its memory.
  static let environmentLimit = 256 << 10

  /// Whether what a process has in its environment may be believed: it is of our user and in our pid namespace. Of others
  /// only that of our children: an orphan that we adopted comes from one of our own, and nobody leaves a pid namespace as
  /// an orphan but its first process.
  public static func isOurs(_ process: ProcessFacts) -> Bool {
    if process.parent == Machine.processID { return true }
    // The folder's owner is the effective user whatever the process does; the files within are root's where it may not be
    // dumped.
    let status = unlessRefused { () throws(SystemError) in try FileSystem.status(path: "/proc/\(process.pid)") }
    return status??.owner == Machine.user && pidNamespace("\(process.pid)") == ownNamespace
  }

  private static let ownNamespace = pidNamespace("self")

  /// Nil where it is not ours to read, as the environment then.
  private static func pidNamespace(_ process: String) -> String? {
    unlessRefused { () throws(SystemError) in try FileSystem.linkTarget("/proc/\(process)/ns/pid") }
  }

  /// Whether the environment a process was started with has all these "NAME=value" entries within its first 256 KiB. False
  /// where we may not look.
  public static func environment(of pid: Int32, contains entries: [String]) -> Bool {
    guard let bytes = read("/proc/\(pid)/environ", limit: environmentLimit) else { return false }
    let present = bytes.split(separator: 0)
    return entries.allSatisfy { entry in present.contains { $0.elementsEqual(entry.utf8) } }
  }

  /// The value of a name in the environment a process was started with, its first 256 KiB.
  public static func environmentValue(_ name: String, of pid: Int32) -> String? {
    guard let bytes = read("/proc/\(pid)/environ", limit: environmentLimit) else { return nil }
    let prefix = Array((name + "=").utf8)
    return bytes.split(separator: 0).first { $0.starts(with: prefix) }
      .map { String(decoding: $0.dropFirst(prefix.count), as: UTF8.self) }
  }

  /// Sends a signal to exactly this process, never to another that got its pid: the pidfd is opened first, the start
  /// time compared then. False if it is gone.
  @discardableResult
  public static func signal(_ process: ProcessFacts, _ number: Int32) -> Bool {
    #if os(Linux)
      let raw = bobbin_pidfd_open(process.pid)
      guard raw >= 0 else { return false }
      let descriptor = Descriptor(owning: raw)
      guard let now = facts(process.pid), now.startTicks == process.startTicks, !now.isZombie else { return false }
      return bobbin_pidfd_signal(descriptor.number, number) == 0
    #else
      guard let now = facts(process.pid), now.startTicks == process.startTicks else { return false }
      return kill(now.pid, number) == 0
    #endif
  }

  /// Signals a child of ours that has not been reaped: its pid cannot be another's.
  public static func signalChild(_ pid: Int32, _ number: Int32) { kill(pid, number) }

  /// Signals the process group that such a child leads, kill(2): it and what it started, but for what left the group.
  public static func signalGroup(of pid: Int32, _ number: Int32) { kill(-pid, number) }

  private static func read(_ path: String, limit: Int = 65_536) -> [UInt8]? {
    unlessRefused { () throws(SystemError) in try FileSystem.openForReading(path: path).readToEnd(limit: limit) }
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int64? { Int64(String(decoding: digits, as: UTF8.self)) }
}

extension Descriptor {
  /// Everything until the end, for files of proc(5), which have no size; of a longer one its first `limit` bytes.
  func readToEnd(limit: Int = .max) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < limit {
      let more = try readChunk(min(4096, limit - bytes.count))
      if more.isEmpty { break }
      if bytes.isEmpty { bytes = more } else { bytes += more }
    }
    return bytes
  }
}

/// Numbers of the signals that Bobbin sends or tells apart.
public enum SignalNumber {
  public static let terminate: Int32 = SIGTERM
  public static let kill: Int32 = SIGKILL
  public static let stop: Int32 = SIGSTOP
  public static let go: Int32 = SIGCONT
  /// RLIMIT_FSIZE was reached.
  public static let fileTooLarge: Int32 = SIGXFSZ
  /// RLIMIT_CPU was reached.
  public static let processorTime: Int32 = SIGXCPU
}
