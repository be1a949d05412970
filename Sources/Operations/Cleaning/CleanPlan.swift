import Jobs
import Platform
import Spool

/// What `clean` is asked to remove, over what the settings say.
public struct CleanRequest: Equatable, Sendable {
  /// In place of the settings' ages of done and errors.
  public var olderThan: Duration?
  /// In place of the settings' counts of done and errors.
  public var keep: Int?

  public init(olderThan: Duration? = nil, keep: Int? = nil) {
    self.olderThan = olderThan
    self.keep = keep
  }

  var isEmpty: Bool { olderThan == nil && keep == nil }
}

/// What retention removes.
public struct CleanPlan: Equatable, Sendable {
  /// Why something goes.
  public enum Cause: String, Sendable {
    case age, count
  }

  /// A family of a name, or only its logs.
  public struct Item: Equatable, Sendable {
    /// The name; of what was swept away the file's, bad bytes repaired.
    public var id: JobID
    /// Where it ended, or `jobLogs` where only the logs go.
    public var place: SpoolPlace
    /// Whose request it was. Default nil: it is none.
    public var group: GroupName?
    /// When it ended, or when its logs were written last.
    public var since: Timestamp
    public var cause: Cause
    /// Of logs, tasks and requests: the files, in the order in which they go. Default none.
    var files: [String] = []
    /// In the folder of what was swept away: its name there. Default nil: it is a request.
    var swept: [UInt8]?

    /// It was no request and lay in a folder of requests for too long.
    public var isSwept: Bool { swept != nil }

    /// The folder that it lies in, as the spool has it.
    public var folder: String {
      guard let group else { return place.rawValue }
      return "\(place.rawValue)/\(group)" + (isSwept ? "/\(RequestFiles.stale)" : "")
    }
  }

  /// Oldest first.
  public var items: [Item] = []
  /// No rule says that anything is ever removed.
  public var hasNoRule = false
}
