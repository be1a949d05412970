import Jobs
import Testing

@testable import Scheduling

/// A second from which another offset holds.
struct Change: Equatable, Sendable {
  var second: Int64
  var offset: Int64
}

extension Zone {
  /// Its changes within a stretch of time, found by going from period to period.
  func changes(in range: Range<Int64>) -> [Change] {
    var changes: [Change] = []
    var period = period(at: range.lowerBound)
    while period.end < range.upperBound {
      period = self.period(at: period.end)
      changes.append(Change(second: period.start, offset: period.offset))
    }
    return changes
  }
}

/// Seconds since 1970 of a time such as `2026-03-29T01:00:00Z`.
func seconds(_ text: String) throws -> Int64 {
  try #require(Timestamp(rfc3339: text), "\(text)").nanoseconds / 1_000_000_000
}

/// The first second of a year, UTC.
func newYear(_ year: Int64) -> Int64 { Calendar.day(year: year, month: 1, day: 1) * 86_400 }

/// A zone file as a test wants it.
struct ZoneBytes {
  var version: Character? = "2"
  var changes: [(second: Int64, type: UInt8)] = []
  var offsets: [Int32] = [0]
  var leaps = 0
  var footer: String? = ""
  /// Whether the first block holds the changes too, as "fat" files have it.
  var isFat = false

  var bytes: [UInt8] {
    guard version != nil else { return block(timeSize: 4) }
    var empty = self
    if !isFat { (empty.changes, empty.offsets, empty.leaps) = ([], [0], 0) }
    return empty.block(timeSize: 4) + block(timeSize: 8) + (footer.map { Array("\n\($0)\n".utf8) } ?? [])
  }

  private func block(timeSize: Int) -> [UInt8] {
    var out = Array("TZif".utf8) + [version?.asciiValue ?? 0] + [UInt8](repeating: 0, count: 15)
    func append(_ number: Int64, _ size: Int) {
      for place in stride(from: size * 8 - 8, through: 0, by: -8) {
        out.append(UInt8(truncatingIfNeeded: number >> place))
      }
    }
    for count in [0, 0, leaps, changes.count, offsets.count, 4] { append(Int64(count), 4) }
    for change in changes { append(change.second, timeSize) }
    for change in changes { out.append(change.type) }
    for offset in offsets {
      append(Int64(offset), 4)
      out += [0, 0]
    }
    out += Array("ABC\0".utf8)
    for leap in 0..<leaps {
      append(Int64(78_796_800 + leap * 86_400 * 365), timeSize)
      append(Int64(leap + 1), 4)
    }
    return out
  }
}
