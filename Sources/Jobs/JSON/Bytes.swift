/// Text that is put together byte by byte: without the strings in between, each of which costs more than what is appended
/// (a line of the log 24,000 instructions with them and 10,000 without).
extension [UInt8] {
  /// Appends a text as UTF-8.
  public mutating func append(utf8 text: String) {
    var text = text
    text.withUTF8 { append(contentsOf: $0) }
  }

  /// Appends a text as UTF-8.
  public mutating func append(utf8 text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Appends a whole number in decimal digits, `-` before a negative one.
  public mutating func append(decimal number: Int64) {
    if number < 0 { append(UInt8(ascii: "-")) }
    append(digitsOf: number.magnitude)
  }

  /// Appends the last so many decimal digits of a number that is not negative.
  public mutating func append(decimal number: Int64, places: Int) {
    if places > 1 { append(decimal: number / 10, places: places - 1) }
    append(0x30 &+ UInt8(truncatingIfNeeded: number % 10))
  }

  /// Appends seconds with decimals; what is finer is cut off.
  ///
  /// - Parameter places: 3 or 6; nil, the default: three, or six if the microseconds are not zero.
  public mutating func append(seconds duration: Duration, places: Int? = nil) {
    let (whole, fraction) = duration.components
    let micros = fraction / 1_000_000_000_000
    if whole < 0 || micros < 0 { append(UInt8(ascii: "-")) }
    append(digitsOf: whole.magnitude)
    append(UInt8(ascii: "."))
    let rest = Int64(micros.magnitude)
    let places = places ?? (rest % 1000 == 0 ? 3 : 6)
    append(decimal: places == 3 ? rest / 1000 : rest, places: places)
  }

  private mutating func append(digitsOf number: UInt64) {
    if number >= 10 { append(digitsOf: number / 10) }
    append(0x30 &+ UInt8(truncatingIfNeeded: number % 10))
  }
}
