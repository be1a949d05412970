/// A place in a text as people count: from 1, lines by `\n`, columns by Unicode scalar.
///
/// Computed from an offset only when something is refused, so that the reader counts nothing on the good path.
struct TextPosition: Equatable {
  /// From 1.
  var line: Int
  /// From 1.
  var column: Int

  /// The place of the byte at `offset`; an offset past the end means the end.
  init(of offset: Int, in source: UnsafeBufferPointer<UInt8>) {
    line = 1
    column = 1
    for index in 0..<max(0, min(offset, source.count)) {
      let byte = source[index]
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
  }
}
