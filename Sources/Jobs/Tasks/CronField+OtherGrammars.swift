extension CronField {
  /// Refuses what other schedulers know and this one does not, with what to write instead.
  func refuseOtherGrammars(_ item: ArraySlice<UInt8>) throws(Refusal) {
    func has(_ letter: Unicode.Scalar) -> Bool { item.contains { UInt32($0) == letter.value } }
    func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }
    let last = item.last.map { $0 & 0xDF }
    // Quartz: "no particular one".
    if has("?") { throw bad("\(name) \(quote(item)) is not known here: expected '*'") }
    // OpenBSD's cron and cronie: a number at random.
    if has("~") { throw bad("\(name) \(quote(item)) is not known here: expected a fixed number") }
    if has("#"), self != .weekday {
      throw bad("\(name) \(quote(item)) is not understood: expected '#' in the weekday only, as in FRI#2")
    }
    switch self {
    case .day where last == UInt8(ascii: "W") && (isDigit(item.first) || item.count <= 2):
      // Quartz: the working day nearest to it.
      throw bad("\(name) \(quote(item)) is not known here: expected a day, or weekdays such as MON-FRI")
    case .day where item.first.map({ $0 & 0xDF }) == UInt8(ascii: "L"):
      // Quartz: L-3, LW.
      throw bad("\(name) \(quote(item)) is not known here: expected L alone, for the last day")
    case .weekday where last == UInt8(ascii: "L") && (isDigit(item.first) || item.count == 1 || item.count == 4):
      // Quartz: the last Friday.
      throw bad("\(name) \(quote(item)) is not known here: expected a weekday, or one of a month as in FRI#4")
    default: break
    }
  }
}
