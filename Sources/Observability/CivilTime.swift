import Jobs

/// A moment as date and time of day, proleptic Gregorian. Only for showing; nothing is decided by it.
struct CivilTime: Equatable {
  let year: Int64
  let month: Int64
  let day: Int64
  let hour: Int64
  let minute: Int64
  let second: Int64
  let millisecond: Int64

  /// - Parameters:
  ///   - nanoseconds: since 1970.
  ///   - utcOffset: seconds east of Greenwich.
  init(_ nanoseconds: Int64, utcOffset: Int = 0) {
    func split(_ value: Int64, _ unit: Int64) -> (Int64, Int64) {
      let rest = ((value % unit) + unit) % unit
      return ((value - rest) / unit, rest)
    }
    // Seconds first: adding the offset in nanoseconds could overflow at the ends of time.
    let seconds = nanoseconds / 1_000_000_000 - (nanoseconds % 1_000_000_000 < 0 ? 1 : 0)
    millisecond = ((nanoseconds % 1_000_000_000 + 1_000_000_000) % 1_000_000_000) / 1_000_000
    let (days, ofDay) = split(seconds + Int64(utcOffset), 86_400)
    (hour, minute, second) = (ofDay / 3600, ofDay / 60 % 60, ofDay % 60)
    (year, month, day) = Calendar.date(ofDay: days)
  }

  /// `11:02:03`.
  var clock: String { "\(pad(hour)):\(pad(minute)):\(pad(second))" }

  private func pad(_ value: Int64, _ width: Int = 2) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
