/// A decimal number that is not negative, as it was written: no binary fraction in between.
struct Decimal: Equatable {
  /// The whole part.
  var whole: Int64
  /// The fraction in billionths, 0…999,999,999; further digits are cut off.
  var billionths: Int64

  /// Reads `12`, `1.5`, `0.25` from the bytes at `index` and moves it behind the number.
  ///
  /// Nil when there is no digit, a point without digits behind it, or more than Int64 holds.
  init?(_ bytes: [UInt8], _ index: inout Int) {
    var whole: Int64 = 0
    let start = index
    while index < bytes.count, case let digit = bytes[index] &- 0x30, digit < 10 {
      let (product, tooLarge) = whole.multipliedReportingOverflow(by: 10)
      let (sum, tooLargeNow) = product.addingReportingOverflow(Int64(digit))
      if tooLarge || tooLargeNow { return nil }
      whole = sum
      index += 1
    }
    if index == start { return nil }
    var billionths: Int64 = 0
    if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
      index += 1
      let first = index
      var place: Int64 = 100_000_000
      while index < bytes.count, case let digit = bytes[index] &- 0x30, digit < 10 {
        billionths += Int64(digit) * place
        place /= 10
        index += 1
      }
      if index == first { return nil }
    }
    self.whole = whole
    self.billionths = billionths
  }

  /// This many times `unit`, cut down to a whole number; nil when Int64 does not hold it.
  func times(_ unit: Int64) -> Int64? {
    let (product, tooLarge) = whole.multipliedReportingOverflow(by: unit)
    // A billionth times the largest unit (a day in ns, 1 TiB) needs 128 bits on the way.
    let part = Int64(Int128(billionths) * Int128(unit) / 1_000_000_000)
    let (sum, tooLargeNow) = product.addingReportingOverflow(part)
    return tooLarge || tooLargeNow ? nil : sum
  }
}
