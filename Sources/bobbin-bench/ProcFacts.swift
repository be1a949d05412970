import Platform

/// Figures of proc(5).
enum ProcFacts {
  /// Processor time of the whole machine since it started, in ticks.
  struct MachineTime {
    let busy: Int
    let idle: Int

    /// Between two moments.
    static func - (later: MachineTime, earlier: MachineTime) -> MachineTime {
      MachineTime(busy: later.busy - earlier.busy, idle: later.idle - earlier.idle)
    }

    private init(busy: Int, idle: Int) { (self.busy, self.idle) = (busy, idle) }

    /// Now: the first line of /proc/stat. Waiting for a disk is idle; what a hypervisor took is busy.
    init() {
      let fields = text("/proc/stat").prefix { $0 != "\n" }.split(separator: " ").dropFirst().map { Int($0) ?? 0 }
      guard fields.count >= 8 else {
        (busy, idle) = (0, 0)
        return
      }
      idle = fields[3] + fields[4]
      busy = fields[0] + fields[1] + fields[2] + fields[5] + fields[6] + fields[7]
    }

    /// Share of the time in which no process ran.
    var idleShare: Double { Double(idle) / Double(max(1, busy + idle)) }
    var busyNanoseconds: Double { Double(busy) * 1e9 / Double(ProcessTable.ticksPerSecond) }
  }

  /// A line of /proc/PID/status in bytes: "VmRSS", "VmHWM".
  static func memory(_ name: String, of pid: Int32) -> Double {
    for line in text("/proc/\(pid)/status").split(separator: "\n") where line.hasPrefix(name + ":") {
      let fields = line.split { $0 == " " || $0 == "\t" }
      return fields.count > 1 ? (Double(fields[1]) ?? 0) * 1024 : 0
    }
    return 0
  }

  /// What a process takes of memory when each page that several map is shared out among them, bytes: Pss of
  /// /proc/PID/smaps_rollup. Sums of it are true of many processes of one program, sums of VmRSS are not.
  static func fairMemory(of pid: Int32) -> Double {
    for line in text("/proc/\(pid)/smaps_rollup").split(separator: "\n") where line.hasPrefix("Pss:") {
      let fields = line.split { $0 == " " || $0 == "\t" }
      return fields.count > 1 ? (Double(fields[1]) ?? 0) * 1024 : 0
    }
    return 0
  }

  /// Time on a processor of what a process has waited for, ns, in ticks of 10 ms: cutime and cstime of /proc/PID/stat.
  static func waitedTime(of pid: Int32) -> Int64 {
    let line = text("/proc/\(pid)/stat")
    // The second field is a name in brackets, with any characters.
    guard let bracket = line.lastIndex(of: ")") else { return 0 }
    let fields = line[bracket...].split(separator: " ").dropFirst().map { Int64($0) ?? 0 }
    guard fields.count > 14 else { return 0 }
    return (fields[13] + fields[14]) * 1_000_000_000 / Int64(ProcessTable.ticksPerSecond)
  }

  /// Time on a processor of all threads of a process, ns: /proc/PID/task/N/schedstat, since the ticks of /proc/PID/stat
  /// (10 ms) are too coarse for 0.2 % of ten seconds.
  static func processorTime(of pid: Int32) -> Int64 {
    // A process that is gone takes nothing.
    guard let folder = try? Folder(path: "/proc/\(pid)/task"), let names = try? folder.names() else { return 0 }
    return names.reduce(0) { sum, thread in
      sum + (text("/proc/\(pid)/task/\(thread)/schedstat").split(separator: " ").first.flatMap { Int64($0) } ?? 0)
    }
  }

  /// A whole file; empty if it cannot be read.
  static func text(_ path: String) -> String {
    var bytes: [UInt8] = []
    guard let file = try? FileSystem.openForReading(path: path) else { return "" }  // the caller's figure is 0 then
    while let more = try? file.readChunk(65_536), !more.isEmpty { bytes += more }
    return String(decoding: bytes, as: UTF8.self)
  }
}
