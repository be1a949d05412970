/// A piece of a stream as UTF-8: scalars as they are, every bad byte as U+FFFD, a scalar that a cut went through left out.
struct Repair {
  private let bytes: UnsafeBufferPointer<UInt8>
  /// The bytes between the scalars that a cut went through.
  private let range: Range<Int>
  /// The bytes of the repaired text.
  let length: Int
  /// Whether there was something to repair.
  let isBad: Bool

  private static let mark: [UInt8] = [0xEF, 0xBF, 0xBD]

  /// - Parameters:
  ///   - startsCut: bytes before the first are missing, so up to three continuation bytes are the rest of a scalar.
  ///   - endsCut: bytes after the last are missing, so the beginning of a scalar there is no fault.
  init(_ bytes: UnsafeBufferPointer<UInt8>, startsCut: Bool, endsCut: Bool) {
    self.bytes = bytes
    var start = 0
    if startsCut { while start < min(3, bytes.count), bytes[start] & 0xC0 == 0x80 { start += 1 } }
    var length = 0
    var isBad = false
    var end = bytes.count
    var index = start
    while index < bytes.count {
      let scalar = UTF8Text.scalarLength(bytes, at: index, end: bytes.count)
      if scalar == 0, endsCut, Repair.isBeginning(bytes, at: index) {
        end = index
        break
      }
      if scalar == 0 { isBad = true }
      length += scalar == 0 ? Repair.mark.count : scalar
      index += max(1, scalar)
    }
    range = start..<end
    self.length = length
    self.isBad = isBad
  }

  /// The text from the front, at most `most` bytes of it, and how many bytes of the stream it stands for.
  func text(keeping most: Int) -> (text: String, used: Int) {
    var out: [UInt8] = []
    var index = range.lowerBound
    while index < range.upperBound {
      let scalar = UTF8Text.scalarLength(bytes, at: index, end: range.upperBound)
      if out.count + (scalar == 0 ? Repair.mark.count : scalar) > most { break }
      append(scalar, at: index, to: &out)
      index += max(1, scalar)
    }
    return (String(decoding: out, as: UTF8.self), index - range.lowerBound)
  }

  /// The text without at least its first `least` bytes, and how many bytes of the stream it stands for.
  func text(dropping least: Int) -> (text: String, used: Int) {
    var out: [UInt8] = []
    var dropped = 0
    var index = range.lowerBound
    var first = range.upperBound
    while index < range.upperBound {
      let scalar = UTF8Text.scalarLength(bytes, at: index, end: range.upperBound)
      if dropped < least {
        dropped += scalar == 0 ? Repair.mark.count : scalar
      } else {
        first = min(first, index)
        append(scalar, at: index, to: &out)
      }
      index += max(1, scalar)
    }
    return (String(decoding: out, as: UTF8.self), range.upperBound - first)
  }

  private func append(_ scalar: Int, at index: Int, to out: inout [UInt8]) {
    if scalar == 0 {
      out.append(contentsOf: Repair.mark)
    } else {
      out.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[index..<index + scalar]))
    }
  }

  /// Whether the bytes from `index` to the end are a scalar's first ones, cut off: at most three.
  private static func isBeginning(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
    let rest = bytes.count - index
    guard rest <= 3, bytes[index] >= 0xC2, bytes[index] <= 0xF4 else { return false }
    let expected = bytes[index] < 0xE0 ? 2 : bytes[index] < 0xF0 ? 3 : 4
    guard rest < expected else { return false }
    // Filled up with the smallest or the largest continuation it is a scalar, or it never could be one.
    for filler: UInt8 in [0x80, 0xBF] {
      var filled = [UInt8](UnsafeBufferPointer(rebasing: bytes[index...]))
      while filled.count < expected { filled.append(filler) }
      if filled.withUnsafeBufferPointer({ UTF8Text.scalarLength($0, at: 0, end: expected) }) == expected { return true }
    }
    return false
  }
}
