import Jobs

/// What a server says in the header `Retry-After`: seconds, or a date in one of HTTP's three forms (RFC 9110, 10.2.3, 5.6.7).
public enum RetryAfter {
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// The wait that is asked for, 0…``RetryRule/longestRetryAfter``; nil for what is neither.
  ///
  /// - Parameter now: the time of day, for a date.
  public static func parse(_ text: String, now: Timestamp) -> Duration? {
    let text = text.utf8.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
    if text.count == 1, text[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      // More digits than Int has are longer than a day.
      let seconds = Int64(text[0]) ?? .max
      return .seconds(min(seconds, RetryRule.longestRetryAfter.components.seconds))
    }
    guard let time = date(text, now: now) else { return nil }
    return min(max(time.duration(since: now), .zero), RetryRule.longestRetryAfter)
  }

  private static func date(_ words: [String], now: Timestamp) -> Timestamp? {
    switch words.count {
    // Sun, 06 Nov 1994 08:49:37 GMT
    case 6 where words[5] == "GMT":
      return time(day: words[1], month: words[2], year: number(words[3], 4), words[4])
    // Sunday, 06-Nov-94 08:49:37 GMT
    case 4 where words[3] == "GMT":
      let parts = words[1].split(separator: "-").map(String.init)
      guard parts.count == 3, let short = number(parts[2], 2) else { return nil }
      // More than fifty years ahead is the past, says the RFC.
      let thisYear = Calendar.date(ofDay: now.nanoseconds / 86_400_000_000_000).year
      let century = thisYear - thisYear % 100
      let year = century + short > thisYear + 50 ? century - 100 + short : century + short
      return time(day: parts[0], month: parts[1], year: year, words[2])
    // Sun Nov  6 08:49:37 1994
    case 5: return time(day: words[2], month: words[1], year: number(words[4], 4), words[3])
    default: return nil
    }
  }

  private static func time(day: String, month: String, year: Int64?, _ clock: String) -> Timestamp? {
    guard (1...2).contains(day.utf8.count) else { return nil }
    let parts = clock.split(separator: ":", omittingEmptySubsequences: false).map { number(String($0), 2) }
    guard let year, (1970...2200).contains(year), let month = months.firstIndex(of: month).map({ Int64($0) + 1 }),
      let day = number(day, day.utf8.count),
      (1...Calendar.days(in: month, of: year)).contains(day), parts.count == 3, let hour = parts[0], hour < 24,
      let minute = parts[1], minute < 60, let second = parts[2], second <= 60
    else { return nil }
    return Timestamp(
      seconds: Calendar.day(year: year, month: month, day: day) * 86_400 + hour * 3600 + minute * 60 + second)
  }

  private static func number(_ text: String, _ digits: Int) -> Int64? {
    guard text.utf8.count == digits, digits <= 4, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return Int64(text)
  }
}
