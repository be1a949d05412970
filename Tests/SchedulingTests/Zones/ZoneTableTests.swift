import Platform
import Testing

@testable import Scheduling

/// Zones by name, and the machine's own.
@Suite struct ZoneTableTests {
  private static let berlin = ZoneBytes(offsets: [3600], footer: "CET-1CEST,M3.5.0,M10.5.0/3").bytes
  private static let files: [String: [UInt8]] = [
    "Europe/Berlin": berlin, "Etc/GMT+12": ZoneBytes(offsets: [-43_200], footer: "<-12>12").bytes,
    "EST5EDT": ZoneBytes(offsets: [-18_000], footer: "EST5").bytes, "right/UTC": ZoneBytes(leaps: 3).bytes,
    "zone.tab": Array("# a list\n".utf8), "zonelist": Array("# a list\n".utf8), "Cut": Array(berlin.dropLast(3)),
  ]

  private func table(_ machine: MachineZone = .utc) -> ZoneTable {
    ZoneTable(read: { ZoneTableTests.files[$0] }, machine: { machine })
  }

  private func code(_ name: String) -> String? {
    var table = table()
    do throws(ZoneProblem) {
      _ = try table.zone(named: name)
      return nil
    } catch { return error.code }
  }

  @Test("a zone has the offsets of the file of its name")
  func named() throws {
    var table = table()
    #expect(try table.zone(named: "Europe/Berlin").period(at: try seconds("2026-07-01T00:00:00Z")).offset == 7200)
    #expect(try table.zone(named: "Etc/GMT+12") == Zone(offset: -43_200))
  }

  @Test("UTC needs no file", arguments: ["UTC", "Etc/UTC", "GMT", "Z"])
  func utc(name: String) throws {
    var table = ZoneTable(read: { _ in nil }, machine: { .utc })
    #expect(try table.zone(named: name) == .utc)
  }

  @Test(
    "why there is no zone has a code of its own",
    arguments: [
      ("Europe/Nowhere", "unknown-zone"), ("europe/berlin", "unknown-zone"), ("utc", "unknown-zone"),
      ("zone.tab", "unknown-zone"), ("zonelist", "not-a-zone-file"), ("Cut", "damaged-zone-file"),
      ("right/UTC", "zone-counts-leap-seconds"),
    ])
  func problems(name: String, expected: String) { #expect(code(name) == expected) }

  @Test(
    "what is not a name is asked of no folder",
    arguments: [
      "", "/", "/Europe/Berlin", "Europe/", "Europe//Berlin", "../Berlin", "Europe/../Berlin", ".", "./UTC",
      "Europe/Bérlin",
      "Europe/Berlin ", "Europe/Ber\0lin", "Europe\\Berlin", "CET-1CEST,M3.5.0,M10.5.0/3",
      String(repeating: "a", count: 65),
      "e\u{301}", "+1:00",
    ])
  func names(name: String) {
    var table = ZoneTable(
      read: { name in
        Issue.record("\(name) was read")
        return nil
      }, machine: { .utc })
    #expect(throws: ZoneProblem.unknown(name)) { try table.zone(named: name) }
    #expect(!ZoneTable.isName(name))
  }

  @Test(
    "names of all shapes are names",
    arguments: [
      "UTC", "Etc/GMT+12", "Etc/GMT-14", "America/Argentina/Buenos_Aires", "America/Port-au-Prince", "GB-Eire",
      "EST5EDT",
      String(repeating: "a", count: 64),
    ])
  func allowed(name: String) { #expect(ZoneTable.isName(name)) }

  @Test("a file is read once, again after forgetting, and each time while it cannot be read")
  func cache() throws {
    let (asked, machines) = (Counter(), Counter())
    let isThere = Locked(false)
    var table = ZoneTable(
      read: {
        asked.note()
        return isThere.withLock { $0 } ? ZoneTableTests.files[$0] : nil
      },
      machine: {
        machines.note()
        return .named("Europe/Berlin")
      })
    #expect(throws: ZoneProblem.unknown("Europe/Berlin")) { try table.zone(named: "Europe/Berlin") }
    #expect(throws: ZoneProblem.unknown("Europe/Berlin")) { try table.machineZone() }
    #expect(asked.count == 2 && machines.count == 1)
    isThere.withLock { $0 = true }
    for _ in 0..<3 {
      _ = try table.zone(named: "Europe/Berlin")
      _ = try table.machineZone()
    }
    #expect(asked.count == 3 && machines.count == 2)
    table.forget()
    _ = try table.machineZone()
    _ = try table.zone(named: "Europe/Berlin")
    #expect(asked.count == 4 && machines.count == 3)
  }

  @Test(
    "the machine's zone is what it says: a name, a rule or a file",
    arguments: [
      (.utc, "UTC", 0), (.named("Europe/Berlin"), "Europe/Berlin", 3600), (.named("Etc/UTC"), "Etc/UTC", 0),
      (.variable("Europe/Berlin"), "Europe/Berlin", 3600), (.variable("UTC"), "UTC", 0), (.variable("UTC0"), nil, 0),
      (.variable("NPT-5:45"), nil, 20_700), (.variable("<+03>-3"), nil, 10_800),
      // Both a name and a rule: the name, whose file knows more.
      (.variable("EST5EDT"), "EST5EDT", -18_000), (.variable("MST7MDT"), nil, -25_200),
      (.file(name: "Europe/Berlin", bytes: berlin), "Europe/Berlin", 3600),
      (.file(name: nil, bytes: berlin), nil, 3600),
      (.file(name: "../Berlin", bytes: berlin), nil, 3600),
    ] as [(MachineZone, String?, Int64)])
  func machine(says: MachineZone, name: String?, winter: Int64) throws {
    var table = table(says)
    let found = try table.machineZone()
    #expect(found.name == name)
    #expect(found.zone.period(at: try seconds("2026-01-15T00:00:00Z")).offset == winter)
  }

  @Test(
    "a machine's zone that cannot be had is an error and never UTC",
    arguments: [
      (.named("Europe/Nowhere"), .unknown("Europe/Nowhere")), (.missing(path: "/x"), .unknown("/x")),
      (.variable("Europe/Nowhere"), .badRule("Europe/Nowhere")), (.variable("../x"), .badRule("../x")),
      (.file(name: nil, bytes: [1, 2]), .notAZoneFile("/etc/localtime")),
      (.file(name: "Etc/X", bytes: [1, 2]), .notAZoneFile("Etc/X")),
      (.variable("right/UTC"), .countsLeapSeconds("right/UTC")),
    ] as [(MachineZone, ZoneProblem)])
  func noMachineZone(says: MachineZone, expected: ZoneProblem) {
    var table = table(says)
    #expect(throws: expected) { try table.machineZone() }
  }
}

private final class Counter: Sendable {
  private let value = Locked(0)
  var count: Int { value.withLock { $0 } }
  func note() { value.withLock { $0 += 1 } }
}
