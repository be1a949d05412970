import Jobs
import Spool

/// One task as its files tell it.
public struct TaskEntry: Equatable, Sendable {
  /// What its file says at the moment.
  public enum Content: Equatable, Sendable {
    case good(TaskReading)
    case bad(Refusal)
    /// Somebody writes it.
    case beingWritten
    /// There is only its state left.
    case gone
  }

  /// How its newest job came out.
  public struct Last: Equatable, Sendable {
    public var id: JobID?
    /// A status of a result; nil: the job is under way.
    public var status: String?
    /// When it ended, or which time it is for.
    public var at: Timestamp?

    public init(id: JobID?, status: String?, at: Timestamp?) {
      self.id = id
      self.status = status
      self.at = at
    }
  }

  /// Its name, or of a name that no task can have the stem with its bad bytes repaired.
  public var name: String
  /// `tasks`, `pausedTasks` or `doneTasks`.
  public var place: SpoolPlace
  public var status: TaskState.Status
  public var content: Content
  /// The last version that was good: what counts while the file does not.
  public var earlier: TaskReading?
  /// What the runner wrote beside it; nil: it has not seen it, or the file cannot be read.
  public var state: TaskState?
  /// Every time of it up to this second is done with.
  var handled: Int64 = 0
  /// The first of its times that is not done with; one that has passed was seen by nobody yet. Nil: it has none.
  public var next: TaskTime?
  /// How many have passed and are not done with, counted up to `TaskEntry.countLimit`.
  public var passed = 0
  public var last: Last?

  /// The most that `passed` tells.
  public static let countLimit = 10_000

  public init(name: String, place: SpoolPlace, status: TaskState.Status, content: Content) {
    self.name = name
    self.place = place
    self.status = status
    self.content = content
  }

  /// What counts: the file where it is good, else the version before it.
  public var reading: TaskReading? {
    if case .good(let reading) = content { return reading }
    return earlier
  }

  public var task: ScheduledTask? { reading?.task }

  /// What is wrong with the file.
  public var problem: Refusal? {
    if case .bad(let refusal) = content { return refusal }
    return nil
  }
}

/// What `tasks/` holds.
public struct TaskListing: Equatable, Sendable {
  /// Those that are due at times, then the paused ones, each by name; then those in `done/tasks/`, the newest last.
  public var entries: [TaskEntry] = []
  /// How many more there are in `done/tasks/`.
  public var more = 0
  /// Names nobody looks at, by folder.
  public var ignored: [Ignored] = []

  /// What is passed over in one folder.
  public struct Ignored: Equatable, Sendable {
    public var place: SpoolPlace
    public var names: [StateListing.Ignored]
  }

  public init() {}
}
