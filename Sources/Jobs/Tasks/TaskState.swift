/// What became of a task: `tasks/NAME.state.json`. Written by the runner only, and the truth about which of its times are
/// done with; what a person may read of it comes first.
public struct TaskState: Sendable, Equatable {
  /// What the task does at the moment.
  public enum Status: String, Sendable, CaseIterable {
    /// It waits for its next time.
    case scheduled
    /// It lies in `tasks/paused/`.
    case paused
    /// No version of its file was ever good: it does nothing.
    case bad
    /// It has no further time.
    case finished
    /// Its file was taken away.
    case removed
  }

  /// How many there were of each kind.
  public struct Counts: Sendable, Equatable {
    /// Jobs made for its times; those that a person asked for are not among them.
    public var runs = 0
    /// Ends of its jobs, retries by hand counted again.
    public var succeeded = 0
    public var failed = 0
    /// Times that were skipped, by the rule that did it.
    public var missed = 0
    public var overlapped = 0

    public init() {}
  }

  /// The task's name.
  public var task: String
  public var status = Status.scheduled
  /// The next time, without jitter; with the offset of its zone, for people. Nil: none is known.
  public var next: String?
  /// The newest time that a job was made for.
  public var previous: String?
  /// How the newest job that ended came out, a status of a result.
  public var lastStatus: String?
  /// What is wrong with the file as it is now; a version before it is in force if there was one.
  public var problem: Refusal?
  /// Something unusual that was done, for people: the clock was wrong, times were dropped.
  public var notice: String?
  public var counts = Counts()
  /// The newest `maxOccurrences`, the newest first.
  public var occurrences: [Occurrence] = []
  /// What the scheduler goes by.
  public var progress: TaskProgress

  /// How many occurrences are kept.
  public static let maxOccurrences = 20

  public init(task: String, progress: TaskProgress) {
    self.task = task
    self.progress = progress
  }

  /// Adds what became of a time, newest first.
  public mutating func add(_ occurrence: Occurrence) {
    occurrences.insert(occurrence, at: 0)
    if occurrences.count > Self.maxOccurrences { occurrences.removeLast() }
  }
}

/// Which times of a task are done with, and which jobs of it are under way.
public struct TaskProgress: Sendable, Equatable {
  /// Every time up to this one is done with, seconds since 1970.
  public var handled: Int64
  /// Times whose jobs are to be made when the ones before have ended, oldest first.
  public var queued: [Int64] = []
  /// Jobs of it that have not ended as far as is known.
  public var active: [JobID] = []
  /// The clock was wrong up to here, seconds since 1970: those of these times that have a job were told before.
  public var repeatedUntil: Int64?
  /// The boot of the machine that `@reboot` is done with.
  public var boot: String?
  /// The file as it was last seen.
  public var file: FileMark?
  /// Our copy of the version in force was to follow this state onto the disk; default false.
  public var awaitsGood = false

  /// A new task: what was due before it came does not count.
  public init(handled: Int64) { self.handled = handled }

  /// A version of the file: an edit changes inode or content time, `mv` away and back only the change time.
  public struct FileMark: Sendable, Equatable {
    public var inode: UInt64
    /// Nanoseconds since 1970.
    public var modified: Int64
    public var changed: Int64

    public init(inode: UInt64, modified: Int64, changed: Int64) {
      self.inode = inode
      self.modified = modified
      self.changed = changed
    }
  }

  /// Whether the file may have lain in `tasks/paused/` since it was last seen, as far as times tell: a rename out of that
  /// folder changes the folder's content time along with the file's change time. chmod, chown, and ln as of a backup,
  /// change the latter alone.
  ///
  /// - Parameters:
  ///   - mark: the file as it is; - folder: when the folder's content changed, ns since 1970; - grain: of file times, ns:
  ///     not every file system takes one time for both.
  public func cameBack(as mark: FileMark, pausedChanged folder: Int64, grain: Int64) -> Bool {
    guard let file, file.inode == mark.inode, file.modified == mark.modified, file.changed != mark.changed else {
      return false
    }
    let (age, isFarOff) = mark.changed.subtractingReportingOverflow(folder)
    return mark.changed <= folder || (!isFarOff && age <= grain)
  }
}

/// What became of one time of a task, or of several in a row that were skipped for one reason.
public struct Occurrence: Sendable, Equatable {
  /// Why no job was made.
  public enum Skipped: String, Sendable, CaseIterable {
    /// The time had passed before anybody saw it.
    case missed
    /// A job of the task still waited or ran.
    case overlap
    /// It had passed before anybody saw it, and there were more of those than `maxMissed`.
    case dropped
    /// As many times wait in the queue as may.
    case queueFull = "queue-full"
    /// A newer time took its place in the queue.
    case replaced
    /// The task was put aside then.
    case paused
  }

  /// The time; of several the newest.
  public var scheduled: Timestamp
  /// Of several: the oldest.
  public var since: Timestamp?
  /// Of several: how many; nil: one.
  public var count: Int?
  /// Whether there were more than were counted.
  public var isCountCut = false
  /// The job; nil: none was made.
  public var id: JobID?
  /// How the job ended, a status of a result; nil: it has not.
  public var status: String?
  public var finishedAt: Timestamp?
  /// Why there is no job.
  public var skipped: Skipped?
  /// The same in a sentence.
  public var reason: String?

  public init(scheduled: Timestamp, id: JobID? = nil) {
    self.scheduled = scheduled
    self.id = id
  }
}
