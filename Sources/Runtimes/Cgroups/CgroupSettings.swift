import Jobs

/// One value that is written into a new cgroup.
struct CgroupSetting: Equatable {
  /// What a refusal by the kernel means.
  enum Refused: Equatable {
    /// The limit cannot be held: nothing is started.
    case fails(cure: String?)
    /// A kernel without this file holds it in its own way, or the file only helps.
    case passes
    /// EINVAL: a cgroup above allows less, which holds it too (cgroup v1, `cpu`).
    case passesIfHeldAbove
  }

  let file: String
  let value: String
  let refused: Refused

  init(_ file: String, _ value: String, _ refused: Refused = .fails(cure: nil)) {
    self.file = file
    self.value = value
    self.refused = refused
  }
}

extension CgroupSetting {
  /// A period of cpu bandwidth, µs: the kernel's default, and what "half a processor" means within 0.1 s.
  private static let period: Int64 = 100_000

  /// The controllers that these limits need.
  static func controllers(for limits: Limits) -> Set<String> {
    var needed: Set<String> = []
    if limits.memory != nil || limits.swap != nil { needed.insert("memory") }
    if limits.cpus != nil { needed.insert("cpu") }
    if limits.pids != nil { needed.insert("pids") }
    return needed
  }

  /// What to write for one controller, in this order.
  ///
  /// - Parameter ownProcesses: the runtime's, on top of `pids`.
  static func list(
    _ limits: Limits, ownProcesses: Int, controller: String, version: CgroupPlace.Version
  ) -> [CgroupSetting] {
    switch (controller, version) {
    case ("memory", .two): memory(two: limits)
    case ("memory", .one): memory(one: limits)
    case ("pids", _): limits.pids.map { [CgroupSetting("pids.max", String($0 + ownProcesses))] } ?? []
    case ("cpu", .two):
      limits.cpus.map { [CgroupSetting("cpu.max", "\(quota($0)) \(period)")] } ?? []
    case ("cpu", .one):
      limits.cpus.map {
        [
          CgroupSetting("cpu.cfs_period_us", String(period)),
          CgroupSetting("cpu.cfs_quota_us", String(quota($0)), .passesIfHeldAbove),
        ]
      } ?? []
    default: []
    }
  }

  private static func memory(two limits: Limits) -> [CgroupSetting] {
    var list: [CgroupSetting] = []
    if let memory = limits.memory { list.append(CgroupSetting("memory.max", String(memory.bytes))) }
    if let swap = limits.swap ?? limits.memory.map({ _ in ByteCount(0) }) {
      list.append(
        CgroupSetting("memory.swap.max", String(swap.bytes), limits.swap == nil ? .passes : .fails(cure: swapCure)))
    }
    // A job of which one process was killed for memory is no longer what it was: all of it goes.
    if limits.memory != nil { list.append(CgroupSetting("memory.oom.group", "1", .passes)) }
    return list
  }

  private static func memory(one limits: Limits) -> [CgroupSetting] {
    guard let memory = limits.memory else { return [] }
    let (both, overflow) = memory.bytes.addingReportingOverflow(limits.swap?.bytes ?? 0)
    var list = [
      CgroupSetting("memory.limit_in_bytes", String(memory.bytes)),
      CgroupSetting(
        "memory.memsw.limit_in_bytes", String(overflow ? .max : both),
        limits.swap == nil ? .passes : .fails(cure: swapCure)),
    ]
    // Where swap is not counted the pages stay in memory, as far as the kernel can.
    if limits.swap == nil { list.append(CgroupSetting("memory.swappiness", "0", .passes)) }
    return list
  }

  private static let swapCure = "this kernel does not count swap: leave 'swap' out, or boot with 'swapaccount=1'"

  private static func quota(_ cpus: Double) -> Int64 { Int64(cpus * Double(period) + 0.5) }
}
