/// UTF-8 by the rules of Unicode (table 3-7): no overlong forms, no surrogates, nothing past U+10FFFF.
enum UTF8Text {
  /// A letter or digit of ASCII.
  static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }

  /// The length in bytes (1…4) of the scalar at `index`, 0 when there is no whole and valid one before `end`.
  @inline(__always)
  static func scalarLength(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int, end: Int) -> Int {
    let first = bytes[index]
    if first < 0x80 { return 1 }
    guard first >= 0xC2, first <= 0xF4, index + 1 < end else { return 0 }
    let second = bytes[index + 1]
    if first < 0xE0 { return second & 0xC0 == 0x80 ? 2 : 0 }
    let low: UInt8 = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80
    let high: UInt8 = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF
    guard second >= low, second <= high, index + 2 < end, bytes[index + 2] & 0xC0 == 0x80 else { return 0 }
    if first < 0xF0 { return 3 }
    guard index + 3 < end, bytes[index + 3] & 0xC0 == 0x80 else { return 0 }
    return 4
  }

  /// The offset of the first byte that is not UTF-8, nil when all are.
  static func firstInvalid(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    var index = 0
    while index < bytes.count {
      let length = scalarLength(bytes, at: index, end: bytes.count)
      if length == 0 { return index }
      index += length
    }
    return nil
  }

  /// Whether two texts have the same bytes. `==` of String alone merges NFC and NFD (measured, MEASURED: JSON).
  static func same(_ a: String, _ b: String) -> Bool {
    guard a.utf8.count == b.utf8.count else { return false }
    return withBytes(a, b) { a, b in
      var difference: UInt8 = 0
      for index in a.indices { difference |= a[index] ^ b[index] }
      return difference == 0
    }
  }

  /// Whether `a` stands before `b` in byte order.
  static func precedes(_ a: String, _ b: String) -> Bool {
    withBytes(a, b) { a, b in
      for index in 0..<min(a.count, b.count) where a[index] != b[index] { return a[index] < b[index] }
      return a.count < b.count
    }
  }

  /// Jobs are looked up and sorted by their names: a buffer is compared ten times as fast as a view of a string.
  @inline(__always)
  private static func withBytes(
    _ a: String, _ b: String, _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool
  ) -> Bool {
    var (a, b) = (a, b)
    return a.withUTF8 { a in b.withUTF8 { b in body(a, b) } }
  }
}
