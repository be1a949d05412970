import Jobs
import Testing

@testable import Runtimes

@Suite(.timeLimit(.minutes(60))) struct CgroupSettingTests {
  private func written(_ limits: Limits, _ version: CgroupPlace.Version, own: Int = 0) -> [String] {
    ["memory", "pids", "cpu", "cpuacct"].flatMap { controller in
      CgroupSetting.list(limits, ownProcesses: own, controller: controller, version: version)
    }.map { "\($0.file)=\($0.value)" }
  }

  private func limits(memory: Int64? = nil, swap: Int64? = nil, cpus: Double? = nil, pids: Int? = nil) -> Limits {
    var limits = Limits()
    limits.memory = memory.map { ByteCount($0) }
    limits.swap = swap.map { ByteCount($0) }
    (limits.cpus, limits.pids) = (cpus, pids)
    return limits
  }

  @Test("memory without swap gets none, and with version 2 the job is killed whole")
  func memory() {
    let limits = limits(memory: 1000)
    #expect(written(limits, .two) == ["memory.max=1000", "memory.swap.max=0", "memory.oom.group=1"])
    #expect(
      written(limits, .one) == [
        "memory.limit_in_bytes=1000", "memory.memsw.limit_in_bytes=1000", "memory.swappiness=0",
      ])
  }

  @Test("swap is beside the memory; version 1 counts both as one, up to what a number holds")
  func swap() {
    #expect(
      written(limits(memory: 1000, swap: 24), .two) == [
        "memory.max=1000", "memory.swap.max=24", "memory.oom.group=1",
      ])
    #expect(
      written(limits(memory: 1000, swap: 24), .one) == [
        "memory.limit_in_bytes=1000", "memory.memsw.limit_in_bytes=1024",
      ])
    #expect(written(limits(memory: .max, swap: 1), .one).last == "memory.memsw.limit_in_bytes=\(Int64.max)")
    #expect(written(limits(swap: 7), .two) == ["memory.swap.max=7"])
  }

  @Test("a stated swap that this kernel does not count is refused, an unstated one is not")
  func swapRefused() {
    func refused(_ limits: Limits, _ version: CgroupPlace.Version, _ file: String) -> CgroupSetting.Refused? {
      CgroupSetting.list(limits, ownProcesses: 0, controller: "memory", version: version)
        .first { $0.file == file }?.refused
    }
    for (version, file) in [(.one, "memory.memsw.limit_in_bytes"), (.two, "memory.swap.max")]
      as [(CgroupPlace.Version, String)]
    {
      #expect(refused(limits(memory: 9), version, file) == .passes)
      if case .fails(cure: _?)? = refused(limits(memory: 9, swap: 0), version, file) {} else { Issue.record("passes") }
    }
  }

  @Test(
    "processors are time in periods of 0.1 s, from a hundredth on",
    arguments: [(0.01, 1000), (0.5, 50_000), (3, 300_000)])
  func cpus(cpus: Double, quota: Int) {
    #expect(written(limits(cpus: cpus), .two) == ["cpu.max=\(quota) 100000"])
    #expect(written(limits(cpus: cpus), .one) == ["cpu.cfs_period_us=100000", "cpu.cfs_quota_us=\(quota)"])
  }

  @Test("processes are those of the job and the runtime's own")
  func pids() {
    for version in [CgroupPlace.Version.one, .two] {
      #expect(written(limits(pids: 5), version, own: 2) == ["pids.max=7"])
    }
  }

  @Test("no limit writes nothing")
  func none() {
    #expect(written(Limits(), .one).isEmpty && written(Limits(), .two).isEmpty)
    #expect(CgroupSetting.controllers(for: Limits()).isEmpty)
    #expect(CgroupSetting.controllers(for: limits(swap: 1, cpus: 1)) == ["memory", "cpu"])
  }

  // MARK: readings

  private func read(_ version: CgroupPlace.Version, _ files: [String: String]) -> CgroupReadings {
    var readings = CgroupReadings()
    readings.add(controllers: ["memory", "pids", "cpu", "cpuacct"], version: version) { files[$0] }
    return readings
  }

  @Test("version 2's counts are read")
  func readingsTwo() {
    let files = [
      "cpu.stat": "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\nnr_periods 9\nnr_throttled 4\n",
      "memory.peak": "67108864\n", "memory.events": "low 0\nhigh 0\nmax 31\noom 1\noom_kill 2\noom_group_kill 1\n",
      "pids.events": "max 7\n",
    ]
    let readings = read(.two, files)
    #expect(readings.processorTime == 1_500_000 && readings.peakMemory == 67_108_864)
    #expect(readings.memoryKills == 2 && readings.processesRefused == 7 && readings.periodsThrottled == 4)
  }

  @Test("a kill for want of memory of the whole machine is not the job's limit")
  func killedByOthers() {
    #expect(read(.two, ["memory.events": "max 0\noom 0\noom_kill 1\n"]).memoryKills == 0)
    let one = [
      "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n", "memory.limit_in_bytes": "67108864\n",
      "memory.max_usage_in_bytes": "1000\n",
    ]
    #expect(read(.one, one).memoryKills == 0)
    #expect(read(.one, one.merging(["memory.max_usage_in_bytes": "67100672"]) { $1 }).memoryKills == 1)
    let both = ["memory.memsw.limit_in_bytes": "2000\n", "memory.memsw.max_usage_in_bytes": "2000\n"]
    #expect(read(.one, one.merging(both) { $1 }).memoryKills == 1)
  }

  @Test("version 1's counts are read")
  func readingsOne() {
    let files = [
      "cpuacct.usage": "1500000\n", "cpu.stat": "nr_periods 9\nnr_throttled 4\nthrottled_time 12\n",
      "memory.max_usage_in_bytes": "4096\n", "pids.events": "max 7\n",
    ]
    let readings = read(.one, files)
    #expect(readings.processorTime == 1_500_000 && readings.peakMemory == 4096)
    #expect(readings.memoryKills == 0 && readings.processesRefused == 7 && readings.periodsThrottled == 4)
  }

  @Test("files that this kernel does not have, or that say something else, count nothing")
  func nothing() {
    for version in [CgroupPlace.Version.one, .two] {
      #expect(read(version, [:]) == CgroupReadings())
      #expect(
        read(version, ["cpu.stat": "\n\nx\nnr_throttled many\n", "pids.events": "", "cpuacct.usage": "?"])
          == CgroupReadings())
    }
  }

  @Test("counts that no number holds are the largest", arguments: [CgroupPlace.Version.one, .two])
  func hugeCounts(version: CgroupPlace.Version) {
    let huge = "\(Int64.max)"
    var readings = CgroupReadings()
    for _ in 0..<2 {
      readings.add(controllers: ["memory", "pids", "cpu", "cpuacct"], version: version) { _ in
        "usage_usec \(huge)\nnr_throttled \(huge)\noom 1\noom_kill \(huge)\nmax \(huge)\n"
      }
    }
    #expect(readings.periodsThrottled == .max && readings.processesRefused == .max)
    #expect(readings.memoryKills == (version == .two ? .max : 0))
  }
}
