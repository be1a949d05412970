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

    /// The first process of a run, as its record names it.
    public init(job: JobID, process: ProcessMark) {
      self.job = job
      pid = Int32(clamping: process.session)
      startedBefore = EarlierRuns.time(ofTicks: process.startTicks).saturating(adding: EarlierRuns.tick)
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

  /// A clock tick of the kernel's, ns.
  private static let tick = Int64(1_000_000_000 / ProcessTable.ticksPerSecond)

  /// ns since the machine's start.
  private static func time(ofTicks ticks: Int64) -> Int64 {
    let (time, isTooLarge) = ticks.multipliedReportingOverflow(by: tick)
    return isTooLarge ? .max : time
  }

  static func living(
    spool: String, notes: [Note], processes: [ProcessFacts], markedJob: (ProcessFacts) -> JobID?
  ) -> [JobID: [ProcessFacts]] {
    var sessions: [Int32: JobID] = [:]
    for note in notes {
      // A leader of that pid that began after the note was written is another process, and then so is its session. One
      // tick of grace: start times are cut to ticks.
      let leader = processes.first { $0.pid == note.pid }
      let latest = note.startedBefore.saturating(adding: tick)
      if let leader, time(ofTicks: Int64(clamping: leader.startTicks)) > latest { continue }
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

extension Int64 {
  /// A sum, held at the largest number: times come from files, and a file may say anything.
  fileprivate func saturating(adding other: Int64) -> Int64 {
    let (sum, isTooLarge) = addingReportingOverflow(other)
    return isTooLarge ? .max : sum
  }
}
