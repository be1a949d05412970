import Jobs
import Platform

/// What a request comes to on the disk.
public struct RequestWork: Sendable {
  public enum End: Sendable { case done, errors }

  /// A file that the host makes.
  public struct Creation: Sendable {
    public var place: SpoolPlace
    public var name: String
    public var bytes: [UInt8]
    /// Over the one that is there.
    public var replaces = false

    public init(_ place: SpoolPlace, _ name: String, _ bytes: [UInt8], replaces: Bool = false) {
      self.place = place
      self.name = name
      self.bytes = bytes
      self.replaces = replaces
    }
  }

  public var group: GroupName
  /// The request in `processing/ipc/GROUP`, and the name that it is filed away under.
  public var taken: String
  public var name: String
  /// What it says, as it was read: this is what is filed away as done. Nil: the file itself is, for a person to see.
  public var bytes: [UInt8]?
  public var creations: [Creation] = []
  /// Files of a message, copied into `outbox/NAME.files/`.
  public struct Copy: Sendable {
    public var source: Descriptor
    public var size: Int64
    public var name: String

    public init(_ source: Descriptor, size: Int64, name: String) {
      (self.source, self.size, self.name) = (source, size, name)
    }
  }
  public var copies: [Copy] = []
  public var copiesName = ""
  /// A note of the host's in the answers' folder, there before anything shows.
  public var note: (name: String, bytes: [UInt8])?
  /// Jobs that are to be ended, by the caller.
  public var cancelled: [JobID] = []
  /// Tasks that go to `done/tasks`.
  public var removedTasks: [String] = []
  public var moves: [(name: String, from: SpoolPlace, to: SpoolPlace)] = []
  public var answers: [(name: String, bytes: [UInt8])] = []
  public var end = End.done
  /// Why it was refused, for `errors/ipc/GROUP/NAME.result.json`.
  public var reason: [UInt8]?

  public init(group: GroupName, taken: String, name: String) {
    self.group = group
    self.taken = taken
    self.name = name
  }
}
