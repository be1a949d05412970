import Jobs
import Platform
import Spool

/// One job as `ls` tells it.
public struct JobEntry: Equatable, Sendable {
  /// The id, or of a name that no job can have the stem with its bad bytes repaired.
  public var name: String
  public var place: SpoolPlace
  /// When it came into this folder.
  public var since: Timestamp
  public var group: GroupName?
  public var priority = 0
  /// What it waits for; nil once it has ended.
  public var waiting: Waiting?
  /// The result; nil before the end, or when it cannot be read.
  public var result: JobRecord?

  public init(name: String, place: SpoolPlace, since: Timestamp, waiting: Waiting? = nil, result: JobRecord? = nil) {
    self.name = name
    self.place = place
    self.since = since
    self.waiting = waiting
    self.result = result
    group = result?.group
  }
}

/// What a folder holds, as far as it was asked for.
public struct StateListing: Equatable, Sendable {
  public var place: SpoolPlace
  /// What has ended with the newest last; what waits in the order of the queue.
  public var entries: [JobEntry] = []
  /// Jobs that are not among the entries.
  public var more = 0
  /// Names nobody looks at, by reason, of each the first few.
  public var ignored: [Ignored] = []

  /// Names that are passed over for one reason.
  public struct Ignored: Equatable, Sendable {
    public var reason: FolderEntry.IgnoredBecause
    public var count: Int
    /// Bad bytes repaired; all of them when everything was asked for.
    public var names: [String]

    public init(reason: FolderEntry.IgnoredBecause, count: Int, names: [String]) {
      self.reason = reason
      self.count = count
      self.names = names
    }
  }

  public init(place: SpoolPlace) { self.place = place }
}
