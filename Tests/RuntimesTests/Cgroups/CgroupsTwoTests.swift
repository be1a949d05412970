import Jobs
import Platform
import TestSupport
import Testing

@testable import Runtimes

/// Version 2, on a tree of plain files: the tests run where nobody hands a cgroup over.
@Suite(.timeLimit(.minutes(60))) struct CgroupsTwoTests {
  private let plain: PlainTree
  private let pid = Machine.processID
  init() throws { plain = try PlainTree() }

  private func cgroups(_ noted: [String] = []) -> Cgroups {
    Cgroups(spool: "s", noted: noted, finder: plain.finder, tree: plain.tree) { .absent("No scope") }
  }

  private var limits: Limits {
    var limits = Limits()
    (limits.memory, limits.cpus, limits.pids) = (.mebibytes(64), 0.5, 10)
    return limits
  }

  @Test("a runner that owns its cgroup moves to a leaf before it gives the controllers on, and back at its end")
  func takesOver() throws {
    let cgroups = cgroups()
    #expect(!plain.has("own/bobbin-s"), "looking changes nothing")
    cgroups.begin()
    #expect(plain.text("own/bobbin-s/runner-\(pid)/cgroup.procs") == "\(pid)")
    #expect(plain.text("own/cgroup.subtree_control") == "+cpu +memory +pids")
    #expect(plain.text("own/bobbin-s/cgroup.subtree_control") == "+cpu +memory +pids")
    try plain.set("own/cgroup.procs", "")
    cgroups.close()
    #expect(plain.text("own/cgroup.subtree_control") == "-cpu -memory -pids")
    #expect(plain.text("own/cgroup.procs") == "\(pid)")
    #expect(!plain.has("own/bobbin-s"))
  }

  @Test("a run with limits has a cgroup of its own with them, joined by one file, and it goes when the run is over")
  func limited() throws {
    let cgroups = cgroups()
    cgroups.begin()
    let hold = try cgroups.hold(limits, ownProcesses: 3, hasTimeout: false, slot: 4)
    let cgroup = try #require(hold.cgroup)
    #expect(cgroup.isLimited && cgroup.joins.count == 1 && cgroup.isEmpty)
    let path = "own/bobbin-s/\(cgroup.name)"
    #expect(cgroup.name.hasPrefix("4-"))
    #expect(plain.text(path + "/memory.max") == "67108864" && plain.text(path + "/memory.swap.max") == "0")
    #expect(plain.text(path + "/memory.oom.group") == "1" && plain.text(path + "/cpu.max") == "50000 100000")
    #expect(plain.text(path + "/pids.max") == "13")
    try cgroup.joins[0].write(Array("0".utf8))
    #expect(plain.text(path + "/cgroup.procs") == "0", "a process of another pid namespace is none that we know")
    try plain.set(path + "/cgroup.procs", "")
    try plain.set(path + "/cpu.stat", "usage_usec 7\n")
    #expect(cgroup.readings()?.processorTime == 7000)
    cgroups.letGo(hold)
    #expect(!plain.has(path) && cgroups.nextDue == nil)
  }

  @Test("a cgroup whose last process has just ended is removed by a later try, and the loop is told when")
  func busy() throws {
    let cgroups = cgroups()
    cgroups.begin()
    let hold = try cgroups.hold(limits, ownProcesses: 0, hasTimeout: false, slot: 0)
    let path = "own/bobbin-s/\(try #require(hold.cgroup).name)"
    try plain.set(path + "/cgroup.procs", "1\n")
    cgroups.letGo(hold)
    var due = try #require(cgroups.nextDue)
    cgroups.proceed(now: due - 1)
    #expect(cgroups.nextDue == due, "not before it is due")
    for _ in 0..<3 {
      cgroups.proceed(now: due)
      let next = try #require(cgroups.nextDue)
      #expect(next > due && plain.has(path))
      due = next
    }
    try plain.set(path + "/cgroup.procs", "")
    cgroups.proceed(now: due)
    #expect(!plain.has(path) && cgroups.nextDue == nil)
  }

  @Test("killing asks the kernel for all at once and stops new processes")
  func kill() throws {
    let cgroups = cgroups()
    cgroups.begin()
    let cgroup = try #require(try cgroups.hold(limits, ownProcesses: 0, hasTimeout: false, slot: 0).cgroup)
    cgroup.killRest()
    let path = "own/bobbin-s/\(cgroup.name)"
    #expect(plain.text(path + "/cgroup.kill") == "1" && plain.text(path + "/pids.max").hasPrefix("0"))
    #expect(!cgroup.lostProcessToMemory(), "the kernel kills all by itself")
  }

  @Test("a run with a timeout alone has one that holds nothing; one without has none")
  func tracked() throws {
    let cgroups = cgroups()
    cgroups.begin()
    let hold = try cgroups.hold(Limits(), ownProcesses: 0, hasTimeout: true, slot: 0)
    let cgroup = try #require(hold.cgroup)
    #expect(!cgroup.isLimited && cgroup.readings() == nil)
    #expect(plain.text("own/bobbin-s/\(cgroup.name)/memory.max").isEmpty)
    cgroups.letGo(hold)
    #expect(try cgroups.hold(Limits(), ownProcesses: 0, hasTimeout: false, slot: 0).cgroup == nil)
    #expect(plain.names("own/bobbin-s") == ["runner-\(pid)"])
  }

  @Test("a limit whose controller was not handed over is refused with the cure, and nothing is left of the try")
  func refused() throws {
    try plain.set("own/cgroup.controllers", "memory pids")
    let cgroups = cgroups()
    cgroups.begin()
    do {
      _ = try cgroups.hold(limits, ownProcesses: 0, hasTimeout: false, slot: 0)
      Issue.record("it was held")
    } catch {
      #expect(error.code == "limit-unavailable" && error.reason.contains("cpu"))
    }
    #expect(plain.names("own/bobbin-s") == ["runner-\(pid)"])
    #expect(cgroups.support["memory"]?.means == .cgroup2 && cgroups.support["cpus"]?.means == nil)
    #expect(cgroups.support["cpus"]?.reason?.contains("No scope") == true)
  }

  @Test("where others share the cgroup the runner stays where it is, and a limited run is refused")
  func others() throws {
    try plain.set("own/cgroup.procs", "\(pid)\n1\n")
    let cgroups = cgroups()
    cgroups.begin()
    #expect(plain.text("own/cgroup.subtree_control").isEmpty && !plain.has("own/bobbin-s"))
    #expect(throws: StartFailure.self) {
      try cgroups.hold(limits, ownProcesses: 0, hasTimeout: false, slot: 0)
    }
    #expect(try cgroups.hold(Limits(), ownProcesses: 0, hasTimeout: true, slot: 0).cgroup != nil)
    cgroups.close()
  }

  @Test("what earlier runners left is cleared where they noted it, also elsewhere; another spool's is not touched")
  func earlier() throws {
    let tree = plain.tree
    let other = try tree.make("other", plain.place.folder)
    for (parent, spool) in [(try plain.place.folder.folder("own"), "s"), (other, "s"), (other, "t")] {
      let folder = try tree.make("bobbin-" + spool, parent)
      for name in ["0-1", "1-2", "runner-77"] { _ = try tree.make(name, folder) }
    }
    let notes = ["other/bobbin-s", "other/bobbin-t", "other", "nowhere/bobbin-s"].map { plain.place.path + "/" + $0 }
    let cgroups = cgroups(notes)
    #expect(cgroups.folders.contains(plain.place.path + "/other/bobbin-s"), "noted on until it is gone")
    cgroups.begin()
    #expect(plain.names("other") == ["bobbin-t"] && plain.names("other/bobbin-t") == ["0-1", "1-2", "runner-77"])
    #expect(plain.names("own/bobbin-s") == ["runner-\(pid)"])
    #expect(cgroups.folders == [plain.own + "/bobbin-s"] && cgroups.nextDue == nil)
  }

  @Test("what cannot be cleared yet is tried again, and nothing of this runner takes its name")
  func earlierBusy() throws {
    let folder = try plain.tree.make("bobbin-s", plain.place.folder.folder("own"))
    _ = try plain.tree.make("0-1", folder)
    try plain.set("own/bobbin-s/0-1/cgroup.procs", "1\n")
    let cgroups = cgroups()
    #expect(cgroups.earlierLiving().map(\.pid) == [1])
    cgroups.begin()
    #expect(plain.has("own/bobbin-s/0-1"))
    let hold = try cgroups.hold(limits, ownProcesses: 0, hasTimeout: false, slot: 0)
    #expect(hold.cgroup?.name == "0-2")
    try plain.set("own/bobbin-s/0-1/cgroup.procs", "")
    cgroups.proceed(now: try #require(cgroups.nextDue))
    #expect(!plain.has("own/bobbin-s/0-1") && plain.has("own/bobbin-s/0-2"))
  }
}
