import Jobs
import Platform
import TestSupport
import Testing

@testable import Scheduling

/// This machine's zones, against the C library's answers.
@Suite(.timeLimit(.minutes(60)), .enabled(if: Need.zones, "\(Need.zonesSays)"))
struct ZoneMachineTests {
  private let files = ZoneFiles(folder: nil, variable: nil)
  private static let folder = "/usr/share/zoneinfo"
  private static let path = "PATH=$PATH:/usr/sbin:/sbin;"

  /// Every zone's name with its bytes; those of right/ and posix/ left out.
  private func all() throws -> [(name: String, bytes: [UInt8])] {
    let list = Command.shell(
      "cd \(ZoneMachineTests.folder) && find . \\( -name right -o -name posix \\) -prune -o \\( -type f -o -type l \\) -print | sort"
    )
    return list.text.split(separator: "\n").compactMap { line in
      let name = String(line.dropFirst(2))
      guard ZoneTable.isName(name), let bytes = files.read(name), bytes.starts(with: "TZif".utf8) else { return nil }
      return (name, bytes)
    }
  }

  /// The lines of zdump(8) by zone: a second and the offset at it.
  private func dump(_ zones: [String], until year: Int) throws -> [String: [Change]] {
    let names = zones.map { "'\($0)'" }.joined(separator: " ")
    let output = Command.shell("\(ZoneMachineTests.path) zdump -v -c 1969,\(year) \(names)")
    #expect(output.isSuccess)
    var lines: [String: [Change]] = [:]
    for line in output.output.split(separator: 0x0A) {
      let fields = line.split(separator: 0x20)
      // Zone, weekday, month, day, time, year, UT … gmtoff=n; those at the ends of time have neither.
      guard fields.count > 7, let last = fields.last, last.starts(with: "gmtoff=".utf8) else { continue }
      let zone = String(decoding: fields[0], as: UTF8.self)
      let month = try #require(ZoneMachineTests.months[String(decoding: fields[2], as: UTF8.self)])
      let clock = try fields[4].split(separator: 0x3A).map { try number($0) }
      let day = Calendar.day(year: try number(fields[5]), month: month, day: try number(fields[3]))
      let second = day * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
      lines[zone, default: []].append(Change(second: second, offset: try number(last.dropFirst(7))))
    }
    return lines
  }

  private func number(_ digits: ArraySlice<UInt8>) throws -> Int64 {
    try #require(Int64(String(decoding: digits, as: UTF8.self)))
  }

  private static let months: [String: Int64] = [
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6, "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11,
    "Dec": 12,
  ]

  /// The changes of the offset among lines, of which each two are the last second before one and its own.
  private func changes(_ lines: [Change]) throws -> [Change] {
    try #require(lines.count % 2 == 0)
    var changes: [Change] = []
    for index in stride(from: 0, to: lines.count, by: 2) {
      try #require(lines[index + 1].second == lines[index].second + 1)
      if lines[index].offset != lines[index + 1].offset { changes.append(lines[index + 1]) }
    }
    return changes
  }

  @Test("every zone of this machine has the C library's offset at each of its changes and beside it, 1969 to 2100")
  func everyZone() throws {
    // Many names have one content; zdump(8) is slow.
    var groups: [[UInt8]: [String]] = [:]
    for zone in try all() { groups[zone.bytes, default: []].append(zone.name) }
    let lines = try dump(groups.values.compactMap { $0.first }, until: 2101)
    var (names, compared) = (0, 0)
    for (bytes, group) in groups {
      let zone = try TZif.zone(bytes, name: group[0])
      #expect(zone.flaw() == nil, "\(group[0])")
      let lines = lines[group[0]] ?? []
      for line in lines {
        let period = zone.period(at: line.second)
        if period.offset != line.offset || zone.flaw(at: line.second) != nil {
          Issue.record("\(group[0]) at \(line.second): \(period), the C library says \(line.offset)")
        }
      }
      // None more and none less.
      let isSame = try zone.changes(in: newYear(1969)..<newYear(2101)) == changes(lines)
      #expect(isSame, "\(group[0])")
      names += group.count
      compared += lines.count * group.count
    }
    #expect(names > 300)
    #expect(compared > 30_000)
  }

  @Test(
    "a rule alone changes when the C library says, up to the end of times in nanoseconds",
    arguments: [
      "CET-1CEST,M3.5.0,M10.5.0/3", "NZST-12NZDT,M9.5.0,M4.1.0/3", "AAA3BBB,J60/0,J300/0", "AAA3BBB,59,300/23:30:15",
      "IST-1GMT0,M10.5.0,M3.5.0/1", "AAA3BBB,M9.1.0/-167,M4.1.0/167", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
    ])
  func rules(text: String) throws {
    let zone = Zone(try #require(PosixZone(text.utf8)))
    let lines = try dump([text], until: 2263)[text] ?? []
    #expect(lines.count == 4 * (2262 - 1970 + 1) || lines.count == 4 * (2262 - 1969 + 1))
    let first = try #require(lines.first).second
    #expect(try zone.changes(in: first..<newYear(2263)) == changes(lines))
  }

  @Test("a file cut short anywhere is refused, and one with a byte of a header changed does no harm")
  func realFile() throws {
    let bytes = try #require(files.read("Europe/Berlin"))
    for count in 0..<bytes.count {
      #expect(throws: ZoneProblem.self) { try TZif.zone(Array(bytes[..<count]), name: "X") }
    }
    var zones = 0
    for place in 0..<44 {
      for bit in 0..<8 {
        var changed = bytes
        changed[place] ^= 1 << bit
        guard let zone = try? TZif.zone(changed, name: "X") else { continue }
        zones += 1
        #expect(zone.flaw() == nil)
      }
    }
    #expect(zones > 50, "\(zones) zones")
  }

  @Test("slim files of all zones have the periods of the fat ones")
  func slim() throws {
    let place = try TemporaryFolder()
    for kind in ["slim", "fat"] {
      let made = Command.shell(
        "\(ZoneMachineTests.path) zic -b \(kind) -d '\(place.path)/\(kind)' \(ZoneMachineTests.folder)/tzdata.zi")
      #expect(made.isSuccess, "\(made.text)")
    }
    let slim = ZoneFiles(folder: place.path + "/slim", variable: nil)
    let fat = ZoneFiles(folder: place.path + "/fat", variable: nil)
    var (compared, smaller) = (0, 0)
    for zone in try all() {
      guard let slim = slim.read(zone.name), let fat = fat.read(zone.name) else { continue }
      if slim.count < fat.count { smaller += 1 }
      // Up to here fat files have every change. (After 2072 the zic of 2022 leaves changes of Asia/Gaza out of slim ones.)
      let range = newYear(1800)..<newYear(2038)
      let (a, b) = (try TZif.zone(slim, name: zone.name), try TZif.zone(fat, name: zone.name))
      let isSame = a.changes(in: range) == b.changes(in: range)
      #expect(isSame, "\(zone.name)")
      #expect(a.period(at: range.lowerBound) == b.period(at: range.lowerBound), "\(zone.name)")
      compared += 1
    }
    #expect(compared > 300)
    #expect(smaller > 100)
  }

  @Test("zones that count leap seconds are refused")
  func leapSeconds() throws {
    guard let bytes = files.read("right/Europe/Berlin") else { return }
    #expect(throws: ZoneProblem.countsLeapSeconds("right/Europe/Berlin")) {
      try TZif.zone(bytes, name: "right/Europe/Berlin")
    }
  }

  @Test("the machine's own zone is that of /etc/localtime, as date(1) has it")
  func localTime() throws {
    var table = ZoneTable(read: { [files] in files.read($0) }, machine: { [files] in files.machine() })
    let zone = try table.machineZone().zone
    for second in stride(from: Int64(0), to: 4_102_444_800, by: 200_000_000) {
      let said = Command.shell("unset TZ; date -d @\(second) +%z").text
      let number = try #require(Int64(said.dropLast()))
      #expect(zone.period(at: second).offset / 60 == number / 100 * 60 + number % 100, "\(second)")
    }
  }
}
