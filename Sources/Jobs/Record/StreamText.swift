/// What a result shows of a stream: all of a short one, head and tail of a long one.
public struct StreamText: Sendable, Equatable {
  /// At most `limit` bytes of UTF-8: the stream, or its head, a line that counts what is missing, and its tail.
  public var text = ""
  /// The bytes of the whole stream.
  public var bytes: Int64 = 0
  /// Whether something is missing from `text`.
  public var truncated = false
  /// Whether the stream is not UTF-8, as far as it is seen here; then every bad byte is U+FFFD in `text`.
  public var notUTF8 = false
  /// The log file of the whole stream, relative to the spool; nil: the stream wrote nothing.
  public var log: String?

  /// The longest text, 64 KiB (DESIGN §3, Result).
  public static let limit = 64 * 1024
  /// What is enough to keep of each end of a stream for `init(head:tail:total:)`.
  public static let half = limit / 2

  /// An empty stream.
  public init() {}

  /// The text of a stream of which both ends were kept.
  /// - Parameters:
  ///   - head: the first bytes of the stream.
  ///   - tail: the last bytes of what follows the head, without overlap; empty when the head is everything.
  ///   - total: the bytes of the whole stream, at least those of head and tail.
  ///   - log: the log file, relative to the spool.
  public init(head: [UInt8], tail: [UInt8] = [], total: Int64, log: String? = nil, limit: Int = StreamText.limit) {
    self.log = log
    let kept = Int64(head.count) + Int64(tail.count)
    bytes = max(total, kept)
    if kept >= total {
      let whole = tail.isEmpty ? head : head + tail
      if whole.count <= limit, let text = String(validating: whole, as: UTF8.self) {
        self.text = text
        return
      }
      if fill(whole, limit: limit) { return }
      join(whole, whole, limit: limit, isSplit: false)
    } else {
      join(head, tail, limit: limit, isSplit: true)
    }
  }

  /// Takes a whole stream after repair; false when it is too long for that.
  private mutating func fill(_ whole: [UInt8], limit: Int) -> Bool {
    whole.withUnsafeBufferPointer { buffer in
      let pieces = Repair(buffer, startsCut: false, endsCut: false)
      guard pieces.length <= limit else { return false }
      text = pieces.text(dropping: 0).text
      notUTF8 = pieces.isBad
      return true
    }
  }

  /// Head and tail with a line between. Unless they are two pieces (`isSplit`), both are the same whole stream.
  private mutating func join(_ head: [UInt8], _ tail: [UInt8], limit: Int, isSplit: Bool) {
    truncated = true
    // The line with the largest count has 45 bytes.
    let half = max(0, (limit - 64) / 2)
    let front = isSplit ? head : [UInt8](head.prefix(half))
    let back = isSplit ? tail : [UInt8](tail.suffix(min(half, max(0, tail.count - front.count))))
    front.withUnsafeBufferPointer { frontBuffer in
      back.withUnsafeBufferPointer { backBuffer in
        let start = Repair(frontBuffer, startsCut: false, endsCut: true)
        let end = Repair(backBuffer, startsCut: true, endsCut: false)
        let first = start.text(keeping: half)
        let last = end.text(dropping: max(0, end.length - half))
        notUTF8 = start.isBad || end.isBad
        let missing = bytes - Int64(first.used) - Int64(last.used)
        text = first.text + "\n[… \(missing) bytes are missing here …]\n" + last.text
      }
    }
  }
}
