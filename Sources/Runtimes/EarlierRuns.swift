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

  /// All living processes of earlier runs of a spool, by job. Notes must be of this boot of this machine. Where the machine
  /// kept us from looking at some, nobody's are among them: any of the jobs may have one.
  ///
  /// - Parameters:
  ///   - inCgroups: those that the spool's cgroups hold (`Cgroups.earlierLiving`).
  ///   - ends: what ends and begins anew faster than it is looked at gets SIGKILL as soon as it is seen.
  public static func living(
    spool: String, notes: [Note], inCgroups: [ProcessFacts] = [], ends: Bool = false
  ) -> [JobID: [ProcessFacts]] {
    func look(at processes: [ProcessFacts]) -> [JobID: [ProcessFacts]] {
      living(spool: spool, notes: notes, processes: processes) { process in
        let pid = process.pid
        guard ProcessTable.isOurs(process), ProcessTable.environmentValue(RunMark.spoolName, of: pid) == spool else {
          return nil
        }
        return ProcessTable.environmentValue(RunMark.jobName, of: pid).map { JobID(unchecked: $0) }
      }
    }
    var found: [JobID: [ProcessFacts]] = [:]
    let refusals = ProcessTable.refusals
    for _ in 0..<Self.looks {
      let made = ProcessTable.made()
      found = look(at: ProcessTable.all())
      // With no process made meanwhile what was looked at was all there is; and of nobody who never ran nothing hides.
      if !found.isEmpty || notes.isEmpty || made == nil || ProcessTable.made() == made { break }
      found = youngest(look, ends: ends)
      if !found.isEmpty { break }
    }
    let known = Set(found.values.joined().map(\.pid))
    let unknown = inCgroups.filter { !known.contains($0.pid) }
    if !unknown.isEmpty || ProcessTable.refusals != refusals { found[unknownJob] = unknown }
    return found
  }

  /// How often all processes are looked at while others are made, and for how long the youngest are in between, ns. Then
  /// what was not seen is taken for dead: on a busy machine a runner would never begin.
  private static let looks = 3
  private static let youngestFor: Int64 = 20_000_000

  /// Looks only at who was made last, as soon as it is made: of a run of which each process forks and ends at once, that is
  /// the one that is alive.
  private static func youngest(
    _ look: ([ProcessFacts]) -> [JobID: [ProcessFacts]], ends: Bool
  ) -> [JobID: [ProcessFacts]] {
    var found: [JobID: [ProcessFacts]] = [:]
    var last: Int32?
    let end = Clock.continuous() + youngestFor
    while Clock.continuous() < end, let pid = ProcessTable.youngest() {
      guard pid != last else { continue }
      last = pid
      guard let process = ProcessTable.facts(pid), !process.isZombie else { continue }
      let seen = look([process])
      guard !seen.isEmpty else { continue }
      guard ends else { return seen }
      found = seen
      // Looked at again if it was too late.
      if ProcessTable.signal(process, SignalNumber.kill) { last = nil }
    }
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
