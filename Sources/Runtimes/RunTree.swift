import Platform

/// Which processes belong together by descent.
enum RunTree {
  /// The pids of a run: its first process, its session, and all descendants of these.
  ///
  /// - Parameter isReaped: the first process was. Linux gives a number to nobody as long as it still names a session or a
  ///   group (`free_pid` in kernel/pid.c), so who has it then is a stranger, in whose session nothing is the run's.
  static func members(
    of first: Int32, isReaped: Bool, among processes: [ProcessFacts]
  ) -> Set<Int32> {
    if isReaped, processes.contains(where: { $0.pid == first }) { return [] }
    var members: Set<Int32> = [first]
    var chosen = Set<Int32>()
    for process in processes where process.session == first || process.pid == first {
      members.insert(process.pid)
      chosen.insert(process.pid)
    }
    // Children of members, in as many rounds as the tree is deep.
    var grew = true
    while grew {
      grew = false
      for process in processes where members.contains(process.parent) && !members.contains(process.pid) {
        members.insert(process.pid)
        chosen.insert(process.pid)
        grew = true
      }
    }
    return chosen
  }
}
