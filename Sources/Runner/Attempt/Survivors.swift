import Platform
import Runtimes

/// What of a run is alive, told apart from what is another run's or nobody's.
final class Survivors {
  private let core: Core
  private let kept: KeptBoxes
  private let children = ChildList()
  /// Orphans that belong to no run as far as can be told (DESIGN §6): not searched for again at each job's end.
  private var strangers: Set<Int32> = []

  init(_ core: Core, kept: KeptBoxes) {
    self.core = core
    self.kept = kept
  }

  /// What a run left when its first process ended. Orphans become our children, so with none but known ones nothing
  /// was left, and /proc need not be searched for every job.
  func afterExit(_ run: ActiveRun, among active: [Int: ActiveRun], _ byProcess: [Int32: Int]) -> Int {
    // A box says that it is over when nothing in it is alive.
    if run.run.box != nil { return 0 }
    if let cgroup = run.hold.cgroup, !cgroup.isEmpty { return living(run, among: active, byProcess).count }
    guard let children = children?.pids() else { return living(run, among: active, byProcess).count }
    // A box that waits is nobody's leftover: with one there /proc would be searched for every job, 3 ms each.
    let unknown = Set(children.filter { byProcess[$0] == nil }).subtracting(kept.makers)
    strangers.formIntersection(unknown)
    if !run.supervision.wasSignalled, unknown == strangers { return 0 }
    let refusals = ProcessTable.refusals
    let living = living(run, among: active, byProcess)
    let count = living.isEmpty ? unseen(run, among: active, byProcess) : living.count
    strangers = unknown.filter { pid in !living.contains { $0.pid == pid } && !isOfSomeRun(pid, active) }
    // Whoever could not be looked at may be anybody's: looked for again.
    guard ProcessTable.refusals == refusals else {
      strangers = []
      return max(1, count)
    }
    return count
  }

  /// How many of a run are alive once its first process has ended.
  ///
  /// - Parameter ends: it was to be killed: so is what shows only now.
  func count(_ run: ActiveRun, among active: [Int: ActiveRun], _ byProcess: [Int32: Int], ends: Bool = false) -> Int {
    let refusals = ProcessTable.refusals
    let living = living(run, among: active, byProcess)
    if !living.isEmpty || byProcess[run.run.pid] != nil { return living.count }
    let count = unseen(run, among: active, byProcess, ends: ends)
    return ProcessTable.refusals == refusals ? count : max(1, count)
  }

  /// How many of a run are alive of which a look at /proc shows nothing: at most one is told.
  ///
  /// Where that stays unclear, because others leave orphans at every moment, the run is held for as long as a program that
  /// was left behind, and no longer: a busy machine does not keep a job from its result.
  private func unseen(
    _ run: ActiveRun, among active: [Int: ActiveRun], _ byProcess: [Int32: Int], ends: Bool = false
  ) -> Int {
    // A runtime with a first process of its own ends with that.
    guard let children, run.run.box == nil, run.runtime.ownProcesses == 0 else { return 0 }
    let fleeting = Fleeting(
      run: run.run,
      isKnown: { [kept, strangers] in
        byProcess[$0] != nil || kept.makers.contains($0) || strangers.contains($0)
      },
      isOthers: { session in active.values.contains { $0.slot != run.slot && $0.run.pid == session } })
    switch fleeting.look(at: children, ends: ends) {
    case .none: return 0
    case .alive: return 1
    case .unclear:
      run.unclearSince = run.unclearSince ?? core.now
      return core.now - (run.unclearSince ?? 0) < Supervision.leftoverGrace ? 1 : 0
    }
  }

  /// Whether an orphan shows that it belongs to a run of this spool, which then is looked for when that run ends.
  private func isOfSomeRun(_ pid: Int32, _ active: [Int: ActiveRun]) -> Bool {
    guard let process = ProcessTable.facts(pid) else { return false }
    if ProcessTable.isOurs(process), ProcessTable.environmentValue(RunMark.spoolName, of: pid) == core.spoolID {
      return true
    }
    return active.values.contains { $0.run.pid == process.session }
  }

  func living(_ run: ActiveRun, among active: [Int: ActiveRun], _ byProcess: [Int32: Int]) -> [ProcessFacts] {
    var living = run.runtime.living(of: run.run)
    if byProcess.count > 1 || byProcess[run.run.pid] == nil {
      living.removeAll { process in slot(of: process, byProcess).map { $0 != run.slot } ?? false }
    }
    for process in run.hold.cgroup?.living() ?? [] where !living.contains(where: { $0.pid == process.pid }) {
      living.append(process)
    }
    return living
  }

  /// Whose process it is by session and descent: a mark that says otherwise was made up by that job.
  private func slot(of process: ProcessFacts, _ byProcess: [Int32: Int]) -> Int? {
    var next: ProcessFacts? = process
    while let process = next, process.pid > 1, process.pid != Machine.processID {
      if let slot = byProcess[process.pid] ?? byProcess[process.session] { return slot }
      next = process.parent == Machine.processID ? nil : ProcessTable.facts(process.parent)
    }
    return nil
  }
}
