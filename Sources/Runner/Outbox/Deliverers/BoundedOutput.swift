import Jobs

/// Head and tail of what a program or a server said, without the secrets that it was given.
struct BoundedOutput {
  /// The longest text in a result, bytes.
  static let limit = 4096

  private var redaction: Redaction?
  private var head: [UInt8] = []
  private var tail = Ring(capacity: limit / 2)
  private var total: Int64 = 0

  /// - Parameter redactor: nil: there is nothing to be kept out of it.
  init(_ redactor: Redactor?) { redaction = redactor.map { Redaction($0) } }

  mutating func take(_ bytes: UnsafeRawBufferPointer) {
    // Before anything is cut, so that no half of a secret is left.
    guard let clean = redaction?.take(bytes) else { return keep(bytes) }
    clean.withUnsafeBytes { keep($0) }
  }

  /// Nil: nothing was said.
  mutating func finish() -> StreamText? {
    let rest = redaction?.finish() ?? []
    rest.withUnsafeBytes { keep($0) }
    guard total > 0 else { return nil }
    return StreamText(head: head, tail: tail.contents, total: total, limit: Self.limit)
  }

  private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
    total += Int64(bytes.count)
    let room = min(bytes.count, Self.limit / 2 - head.count)
    head.append(contentsOf: bytes.prefix(room))
    tail.append(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(room)))
  }

  /// All of it at once.
  static func text(_ bytes: [UInt8], _ redactor: Redactor?) -> StreamText? {
    var output = BoundedOutput(redactor)
    bytes.withUnsafeBytes { output.take($0) }
    return output.finish()
  }
}
