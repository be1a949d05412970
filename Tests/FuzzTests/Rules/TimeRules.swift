import Jobs
import TestSupport

@testable import Scheduling

/// Zones and cron lines: when something is due.
enum TimeRules {
  static let all = [
    FuzzRule("tzif", upTo: 2048, file), FuzzRule("posix-zone", upTo: 64, rule), FuzzRule("cron", upTo: 200, cron),
  ]

  private static func file(_ bytes: [UInt8]) throws(Broken) {
    let zone: Zone
    do throws(ZoneProblem) { zone = try TZif.zone(bytes, name: "X") } catch {
      return try hold(!error.reason.isEmpty, "a problem without a sentence")
    }
    try check(zone)
  }

  private static func rule(_ bytes: [UInt8]) throws(Broken) {
    if let rule = PosixZone(bytes) { try check(Zone(rule)) }
  }

  /// Its periods join, and a cron line is met in it the same way forwards and backwards.
  private static func check(_ zone: Zone) throws(Broken) {
    if let flaw = zone.flaw() { throw Broken(flaw) }
    for line in ["30 2 * * *", "*/20 * 29 2 *"] {
      guard let cron = try? CronExpression.read(line) else { continue }
      for moment: Int64 in [-2_000_000_000, 951_700_000, 4_000_000_000] { try check(cron, moment, zone) }
    }
  }

  private static func check(_ cron: CronExpression, _ moment: Int64, _ zone: Zone) throws(Broken) {
    guard let next = cron.next(after: moment, in: zone) else { return }
    try hold(next > moment, "\(next) is not after \(moment)")
    try hold(
      cron.next(after: next - 1, in: zone) == next, "\(next) is not due when it is asked for from the second before")
    try hold(cron.previous(before: next + 1, in: zone) == next, "\(next) is not met backwards")
    if let before = cron.previous(before: next, in: zone) {
      try hold(before <= moment, "\(before) was passed over from \(moment)")
      try hold(cron.next(after: before, in: zone) == next, "from \(before) it is another than \(next)")
    }
  }

  private static let berlin = zone("CET-1CEST,M3.5.0,M10.5.0/3")
  private static let sane = [
    Zone.utc, berlin, zone("EST5EDT,M3.2.0,M11.1.0"), zone("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"),
    zone("IST-1GMT0,M10.5.0,M3.5.0/1"),
  ]

  private static func zone(_ rule: String) -> Zone { PosixZone(rule.utf8).map { Zone($0) } ?? .utc }

  /// A line; a moment; a POSIX rule of a zone.
  private static func cron(_ bytes: [UInt8]) throws(Broken) {
    let parts = bytes.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false)
    let line = text(parts[0])
    let read = try read(Array(line.utf8), hasPlace: false) { (bytes) throws(Refusal) in try CronLine.read(text(bytes)) }
    guard case .expression(let cron)? = read else { return }
    let moment = parts.count > 1 ? Int64(text(parts[1])) ?? 0 : 0
    if parts.count > 2, let rule = PosixZone(parts[2]) { try check(cron, moment, Zone(rule)) }
    for zone in sane { try check(cron, moment, zone) }

    // As the loop of Vixie's cron runs it, for two days.
    let day: Int64 = 86_400
    let fields = line.split { $0 == " " || $0 == "\t" }
    guard fields.count == 5, !hasLongNumber(line), (0...4_000_000_000).contains(moment) else { return }
    let plain = PlainCron(fields.joined(separator: " "))
    let zone = sane[Int(moment % Int64(sane.count))]
    let runs = plain.runs(in: zone, from: moment + 1, to: moment + 2 * day, most: 3)
    let next = cron.next(after: moment, in: zone)
    let isNear = next.map { $0 < moment + 2 * day } ?? false
    try hold(runs.first == (isNear ? next : nil), "cron runs it at \(runs), \(next ?? 0) was found after \(moment)")
  }

  /// Numbers that the plain reader could not hold.
  private static func hasLongNumber(_ line: String) -> Bool {
    line.utf8.split { !(0x30...0x39).contains($0) }.contains { $0.count > 9 }
  }
}
