/// What the cgroups of a run counted.
public struct CgroupReadings: Equatable, Sendable {
  /// Processor time of all its processes, ns.
  public var processorTime: Int64?
  /// The most memory they had together, page cache included, bytes.
  public var peakMemory: Int64?
  /// Processes that the kernel killed because the job's own memory limit was reached.
  public var memoryKills = 0
  /// Times that a new process or thread was refused at the limit.
  public var processesRefused = 0
  /// Periods of 0.1 s in which it had to wait for the next one, for it had used up its processors' time.
  public var periodsThrottled = 0

  public init() {}

  /// Adds what the files of a folder say.
  mutating func add(controllers: Set<String>, version: CgroupPlace.Version, file: (String) -> String?) {
    switch version {
    case .two:
      let cpu = Self.table(file("cpu.stat"))
      processorTime = cpu["usage_usec"].map { Self.nanoseconds($0) } ?? processorTime
      Self.add(cpu["nr_throttled"], to: &periodsThrottled)
      guard controllers.contains("memory") else { break }
      peakMemory = Self.number(file("memory.peak")) ?? peakMemory
      let memory = Self.table(file("memory.events"))
      // `oom` says that it was this limit: a kill for want of memory of the whole machine counts in `oom_kill` alone.
      if memory["oom"] ?? 0 > 0 { Self.add(memory["oom_kill"], to: &memoryKills) }
    case .one:
      if controllers.contains("cpuacct") { processorTime = Self.number(file("cpuacct.usage")) ?? processorTime }
      if controllers.contains("cpu") { Self.add(Self.table(file("cpu.stat"))["nr_throttled"], to: &periodsThrottled) }
      guard controllers.contains("memory") else { break }
      peakMemory = Self.number(file("memory.max_usage_in_bytes")) ?? peakMemory
      Self.add(Int64(Self.memoryKills(file)), to: &memoryKills)
    }
    if controllers.contains("pids") { Self.add(Self.table(file("pids.events"))["max"], to: &processesRefused) }
  }

  /// Adds what the kernel counted: never less than nothing, and no more than a number holds.
  private static func add(_ count: Int64?, to sum: inout Int) {
    let (new, isTooLarge) = sum.addingReportingOverflow(Int(clamping: max(0, count ?? 0)))
    sum = isTooLarge ? .max : new
  }

  private static func nanoseconds(_ microseconds: Int64) -> Int64 {
    let (product, isTooLarge) = microseconds.multipliedReportingOverflow(by: 1000)
    return isTooLarge ? .max : max(0, product)
  }

  /// Version 1: how many were killed. That it was the job's own limit shows in how much it had at most: the counts of
  /// failures stay 0 on Linux 6.18. With swap counted it is the second limit that is reached, for it is the same.
  static func memoryKills(_ file: (String) -> String?) -> Int {
    let kills = table(file("memory.oom_control"))["oom_kill"] ?? 0
    guard kills > 0 else { return 0 }
    let isReached = ["memory", "memory.memsw"].contains { kind in
      guard let most = number(file(kind + ".max_usage_in_bytes")), let limit = number(file(kind + ".limit_in_bytes"))
      else { return false }
      // Memory is charged in advance by the processor, so the last pages may be on none of the counts.
      return most >= limit - limit / 16
    }
    return isReached ? Int(kills) : 0
  }

  /// "name number" lines.
  static func table(_ text: String?) -> [String: Int64] {
    var table: [String: Int64] = [:]
    for line in (text ?? "").split(separator: "\n") {
      let fields = line.split(separator: " ")
      if fields.count == 2, let number = Int64(fields[1]) { table[String(fields[0])] = number }
    }
    return table
  }

  static func number(_ text: String?) -> Int64? { text.flatMap { Int64($0.prefix { $0 != "\n" }) } }
}
