import Jobs
import Platform

/// Finds what an earlier runner of a spool left running (DESIGN §1.4, §6).
public enum EarlierRuns {
  /// A run that somebody noted: its first process, which is its session.
  public struct Note: Equatable, Sendable {
    public let job: JobID
    public let pid: Int32
    /// A process under that pid which started later than this (ns since the machine's start) is another one.
    public let startedBefore: Int64

    public init(job: JobID, pid: Int32, startedBefore: Int64) {
      self.job = job
      self.pid = pid
      self.startedBefore = startedBefore
    }
  }

  /// Whose job is not known: a process in a cgroup of the spool that left its session and cleared its environment. May be
  /// any job's.
  public static let unknownJob = JobID(unchecked: "")

  /// All living processes of earlier runs of a spool, by job. Notes must be of this boot of this machine.
  ///
  /// - Parameter inCgroups: those that the spool's cgroups hold (`Cgroups.earlierLiving`).
  public static func living(
    spool: String, notes: [Note], inCgroups: [ProcessFacts] = []
  ) -> [JobID: [ProcessFacts]] {
    var found = living(spool: spool, notes: notes, processes: ProcessTable.all()) { process in
      let pid = process.pid
      guard ProcessTable.isOurs(process), ProcessTable.environmentValue(RunMark.spoolName, of: pid) == spool else {
        return nil
      }
      return ProcessTable.environmentValue(RunMark.jobName, of: pid).map { JobID(unchecked: $0) }
    }
    let known = Set(found.values.joined().map(\.pid))
    let unknown = inCgroups.filter { !known.contains($0.pid) }
    if !unknown.isEmpty { found[unknownJob] = unknown }
    return found
  }

  static func living(
    spool: String, notes: [Note], processes: [ProcessFacts], markedJob: (ProcessFacts) -> JobID?
  ) -> [JobID: [ProcessFacts]] {
    let tick = Int64(1_000_000_000 / ProcessTable.ticksPerSecond)
    var sessions: [Int32: JobID] = [:]
    for note in notes {
      // A leader of that pid that began after the note was written is another process, and then so is its session. One
      // tick of grace: start times are cut to ticks.
      let leader = processes.first { $0.pid == note.pid }
      if let leader, Int64(leader.startTicks) * tick > note.startedBefore + tick { continue }
      sessions[note.pid] = note.job
    }
    let own = Machine.processID
    var found: [JobID: [ProcessFacts]] = [:]
    for process in processes where process.pid != own {
      if let job = sessions[process.session] ?? sessions[process.pid] ?? markedJob(process) {
        found[job, default: []].append(process)
      }
    }
    return found
  }
}
