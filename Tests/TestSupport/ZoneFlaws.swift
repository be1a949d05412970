import Scheduling

extension Zone {
  /// What is wrong about its periods at a moment and at both their ends; nil if nothing is.
  public func flaw(at second: Int64) -> String? {
    let here = period(at: second)
    guard here.start <= second, second < here.end || here.end == .max else { return "\(here) does not hold \(second)" }
    guard here.before != here.offset || here.start == .min else { return "\(here) begins without a change" }
    guard abs(here.offset) < 26 * 3600 else { return "\(here) is longer than a day off" }
    if here.start > .min {
      let earlier = period(at: here.start - 1)
      if earlier.end != here.start || earlier.offset != here.before { return "\(earlier) does not lead to \(here)" }
    }
    if here.end < .max {
      let later = period(at: here.end)
      if later.start != here.end || later.before != here.offset { return "\(later) does not follow \(here)" }
    }
    return nil
  }

  /// The first flaw at either end of time, about the years 1700 to 2500, and far from them.
  public func flaw() -> String? {
    var seconds: [Int64] = [
      .min, .min + 1, .min + 90_000, -1 << 59, -1 << 59 - 1, 1 << 59, .max - 90_000, .max - 1, .max,
    ]
    seconds += stride(from: -8_520_336_000, to: 16_725_225_600, by: 25_000_000)
    for power in 34..<63 { seconds += [1 << power, -(1 << power)] }
    return seconds.lazy.compactMap { flaw(at: $0) }.first
  }
}
