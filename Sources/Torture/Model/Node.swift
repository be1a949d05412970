import Jobs

/// What a file system holds under an inode.
public struct Node: Sendable {
  public enum Kind: Sendable { case file, folder, link }

  public let kind: Kind
  /// The bytes of a file, or where a link points.
  public var content: Content
  public var mode: UInt32
  /// The content time where somebody set it, ns since 1970.
  public var modified: Int64?
}

/// The bytes of a file, with what was found out about them: most states share most of their files.
public struct Content: Sendable {
  /// What the checks want to know of JSON.
  struct Facts: Sendable {
    /// A whole JSON object.
    var isWhole = false
    var status: String?
    /// Whose record it is.
    var id: String?
    var attempts = 0
    /// The folder of what the job left behind.
    var files: String?
    var rerun: Bool?
    /// Of a record: the name in the inbox, where it was another.
    var droppedAs: String?
    /// Of a task's state: the jobs that it says were made.
    var made: [String] = []
  }

  private final class Box: Sendable {
    let bytes: [UInt8]
    let digest: UInt64
    let facts: Facts

    init(_ bytes: [UInt8]) {
      self.bytes = bytes
      // FNV-1a, 64 bits: to tell apart, not to withstand anybody.
      digest = bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
      facts = Box.read(bytes)
    }

    private static func read(_ bytes: [UInt8]) -> Facts {
      var facts = Facts()
      guard bytes.first == UInt8(ascii: "{"), let root = try? JSONReader.read(bytes) else { return facts }  // not whole
      facts.isWhole = true
      if case .string(let text)? = root.member("status")?.value { facts.status = text }
      if case .string(let text)? = root.member("id")?.value { facts.id = text }
      if case .array(let list)? = root.member("attempts")?.value { facts.attempts = list.count }
      if case .string(let text)? = root.member("files")?.value { facts.files = text }
      if case .bool(let value)? = root.member("rerun")?.value { facts.rerun = value }
      if case .string(let text)? = root.member("droppedAs")?.value { facts.droppedAs = text }
      if case .array(let times)? = root.member("occurrences")?.value {
        facts.made = times.compactMap { if case .string(let id)? = $0.member("id")?.value { id } else { nil } }
      }
      return facts
    }
  }

  static let empty = Content([])

  private let box: Box

  public init(_ bytes: [UInt8]) { box = Box(bytes) }

  public var bytes: [UInt8] { box.bytes }
  /// Equal for equal bytes, and for others all but never.
  var digest: UInt64 { box.digest }
  var facts: Facts { box.facts }
}

extension Content: Equatable {
  public static func == (a: Content, b: Content) -> Bool { a.box === b.box || a.bytes == b.bytes }
}
