import Jobs
import Platform
import Spool

/// What lies in a group's folder of requests, and what became of the last ones.
public struct RequestTree: Equatable, Sendable {
  /// A file that a container, or the host, has written there.
  public struct File: Equatable, Sendable {
    /// Bad bytes repaired.
    public var name: String
    /// When it came, or changed last.
    public var since: Timestamp
    /// Bytes.
    public var size: Int64
    /// The first thing that reading it would refuse; nil: nothing, or it is none to be read.
    public var problem: Refusal?
    /// It is not whole, or somebody has it open.
    public var isBeingWritten = false
    /// Of `input/`: an agent says that it has dealt with it.
    public var isTaken = false
    /// It lies there for longer than a runner leaves it.
    public var isStale = false
  }

  /// Files of one folder.
  public struct Files: Equatable, Sendable {
    /// Oldest first.
    public var files: [File] = []
    /// Those that are not among them.
    public var more = 0
    /// Names that nobody reads: hidden ones, and those without `.json`.
    public var ignored = 0
    /// Of these, files that lie there for longer than a runner leaves them.
    public var stale = 0

    public init() {}
  }

  /// A request that was filed away.
  public struct Answered: Equatable, Sendable {
    public var name: String
    public var at: Timestamp
    public var isDone: Bool
    /// Why it was refused.
    public var code: String?
    public var reason: String?
  }

  public var group: GroupName
  /// Why its folder is not gone by; nil: it is.
  public var problem: String?
  /// By folder, in the order in which they are looked at.
  public var waiting: [(kind: Request.Kind, files: Files)] = []
  /// Taken from there and not filed away yet.
  public var processing = Files()
  /// Messages to its running jobs.
  public var input = Files()
  /// The last that were filed away, newest last.
  public var answered: [Answered] = []
  /// Files that were swept away as no requests.
  public var swept = 0

  public init(group: GroupName) { self.group = group }

  public static func == (a: RequestTree, b: RequestTree) -> Bool {
    a.group == b.group && a.problem == b.problem && a.processing == b.processing && a.input == b.input
      && a.answered == b.answered && a.swept == b.swept && a.waiting.count == b.waiting.count
      && zip(a.waiting, b.waiting).allSatisfy { $0.kind == $1.kind && $0.files == $1.files }
  }
}
