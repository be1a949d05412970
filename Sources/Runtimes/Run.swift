import Jobs
import Platform

/// What every process of a run carries in its environment.
public struct RunMark: Equatable, Sendable {
  public static let spoolName = "BOBBIN_SPOOL_ID"
  public static let jobName = "BOBBIN_JOB_ID"

  public let spool: String
  public let job: JobID

  public init(spool: String, job: JobID) {
    self.spool = spool
    self.job = job
  }

  public var entries: [String] { ["\(Self.spoolName)=\(spool)", jobEntry] }
  var jobEntry: String { "\(Self.jobName)=\(job.text)" }
}

/// A run that was started.
public struct Run: Equatable {
  public let mark: RunMark
  /// Its first process, which leads a session of its own.
  public let pid: Int32
  /// The first process as it was started; nil of a run that another runner started.
  public let launching: Launching?
  /// The box it runs in, if it is one; its end is then the box's to say.
  public private(set) var box: Box?
  /// The container that it runs in, where only the engine reaches it.
  private(set) var container: String?
  /// Where the first process of a sandbox reports.
  let report: Descriptor?
  /// What the program that makes the sandbox says.
  let complaints: Descriptor?
  /// The job's program, for messages.
  let name: String

  public init(mark: RunMark, pid: Int32, launching: Launching? = nil) {
    self.init(
      mark: mark, pid: pid, launching: launching, report: nil, complaints: nil, name: launching?.name ?? "")
  }

  /// A run in a container of which the engine's client is all that is seen.
  init(attached mark: RunMark, _ launching: Launching, container: String, name: String) {
    self.init(mark: mark, pid: launching.pid, launching: launching, report: nil, complaints: nil, name: name)
    self.container = container
  }

  /// A run in a box, whose maker's pid stands for it.
  init(mark: RunMark, box: Box, name: String) {
    self.init(mark: mark, pid: box.makerPID, launching: nil, report: nil, complaints: nil, name: name)
    self.box = box
  }

  init(
    mark: RunMark, pid: Int32, launching: Launching?, report: Descriptor?, complaints: Descriptor?, name: String
  ) {
    self.name = name
    self.mark = mark
    self.pid = pid
    self.launching = launching
    self.report = report
    self.complaints = complaints
  }

  /// Its first process was reaped: what has that pid now is another one.
  var isReaped: Bool { launching?.isReaped ?? box?.isMakerReaped ?? false }

  /// In isolation the job's own first process has ended, or never was, whatever of it is still being ended: the first thing
  /// that a sandbox reports.
  public var hasEndedWithin: Bool {
    box.map { $0.times.ended != nil } ?? report?.awaitReadable(nanoseconds: 0) ?? false
  }

  public static func == (one: Run, other: Run) -> Bool { one.mark == other.mark && one.pid == other.pid }
}
