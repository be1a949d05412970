import Platform
import Runtimes

/// Finds of a run what ends and begins anew faster than /proc is read: each of its processes forks and is gone before it is
/// looked at, so that a look at all of them shows nothing.
///
/// We adopt orphans. Whoever lives and is nobody else's child is in the list of our children, itself or the one that made
/// it and is not reaped yet. So a list of which each was looked at before is proof: it was dead by then, and a child that
/// it had would be in the list as a new one; or it was alive and none of the run's. What other people's programs fork
/// does not matter to it.
struct Fleeting {
  enum Finding: Equatable {
    /// Nothing of the run is alive.
    case none
    /// Something of it is, or was a moment ago and goes on as that does.
    case alive
    /// Orphans come faster than they are looked at, and whose they are is not seen.
    case unclear
  }

  /// Looks at the list, of some 40 µs each.
  private static let looks = 250

  let run: Run
  /// What is known not to be the run's.
  let isKnown: (Int32) -> Bool
  /// Whether a session is another run's.
  let isOthers: (Int32) -> Bool

  /// - Parameter ends: what is found gets SIGKILL at once: later it is another process.
  func look(at children: ChildList, ends: Bool) -> Finding {
    var seen: Set<Int32> = []
    var isRestless = false
    for look in 0..<Self.looks {
      // What cannot be read proves nothing; the look at /proc has to do.
      guard let list = children.pids() else { return .none }
      var isQuiet = true
      // The youngest first: the others have ended most likely.
      for pid in list.reversed() where !seen.contains(pid) && !isKnown(pid) {
        guard let process = ProcessTable.facts(pid) else {
          seen.insert(pid)
          isQuiet = false
          continue
        }
        let isOthers = isOthers(process.session)
        if !isOthers { isQuiet = false }
        if !process.isZombie, !isOthers, ProcessRuntime.isPart(process, of: run) {
          guard ends else { return .alive }
          ProcessTable.signal(process, SignalNumber.kill)
          // Looked at again until it has ended.
          continue
        }
        // Without memory it is just ending: its mark is gone, and the child that it may have is not ours yet.
        if !process.isZombie, !isOthers, ProcessTable.arguments(of: pid) == [""] { continue }
        // It came after the list before this one, and so was alive then.
        if look > 0, process.session == run.pid { isRestless = true }
        seen.insert(pid)
      }
      if isQuiet { return .none }
    }
    return isRestless ? .alive : .unclear
  }
}
