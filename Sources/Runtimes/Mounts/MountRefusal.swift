/// Why a mount is not made.
public struct MountRefusal: Error, Equatable, Sendable {
  /// The stable name of the kind, for results and programs.
  public enum Code: String, Sendable, CaseIterable {
    /// It lies below no root of the list, or there is no list; or the job's group does not have it.
    case notAllowed = "mount-not-allowed"
    /// The list itself cannot be used: bad, or others could have written it.
    case badList = "mount-list-unusable"
    /// Its path has a name that is never mounted, or it is a place that never is: the spool, the home, /proc.
    case blocked = "mount-blocked"
    /// There is nothing, or the runner may not look.
    case missing = "mount-missing"
    /// Another user or a container could make the path lead elsewhere.
    case unsafe = "mount-unsafe"
    /// It may be mounted, but not to write.
    case readOnly = "mount-read-only"
    /// A socket, a FIFO, a device: through these one reaches beyond the files.
    case wrongKind = "mount-wrong-kind"
    /// Its place in the job is that of another mount, or lies in one.
    case conflict = "mount-conflict"
  }

  public let code: Code
  /// One sentence.
  public let reason: String

  public init(_ code: Code, _ reason: String) {
    self.code = code
    self.reason = reason
  }
}
