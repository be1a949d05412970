import Jobs
import Platform
import TestSupport
import Testing

@testable import Scheduling

/// Bytes of zone files.
@Suite struct ZoneFormatTests {
  private func zone(_ file: ZoneBytes) throws -> Zone { try TZif.zone(file.bytes, name: "X") }

  private func problem(_ bytes: [UInt8]) -> ZoneProblem? {
    do throws(ZoneProblem) {
      _ = try TZif.zone(bytes, name: "X")
      return nil
    } catch { return error }
  }

  /// Berlin as the footer has it, with two changes before.
  private let sample = ZoneBytes(
    changes: [(-1_693_706_400, 1), (1_585_443_600, 2), (1_603_587_600, 1)], offsets: [3208, 3600, 7200],
    footer: "CET-1CEST,M3.5.0,M10.5.0/3", isFat: true)

  @Test("the file's changes count up to the last, its rule after that")
  func sampleFile() throws {
    let zone = try zone(sample)
    #expect(zone.period(at: .min) == Zone.Period(start: .min, end: -1_693_706_400, offset: 3208, before: 3208))
    #expect(zone.period(at: 0) == Zone.Period(start: -1_693_706_400, end: 1_585_443_600, offset: 3600, before: 3208))
    #expect(
      zone.period(at: 1_603_587_600)
        == Zone.Period(start: 1_603_587_600, end: try seconds("2021-03-28T01:00:00Z"), offset: 3600, before: 7200))
    #expect(
      zone.changes(in: newYear(2261)..<newYear(2262)) == [
        Change(second: try seconds("2261-03-31T01:00:00Z"), offset: 7200),
        Change(second: try seconds("2261-10-27T01:00:00Z"), offset: 3600),
      ])
    #expect(zone.flaw() == nil)
  }

  @Test("a slim file and a fat one of the same zone are the same zone")
  func slim() throws {
    var slim = sample
    slim.isFat = false
    #expect(try zone(slim) == zone(sample))
  }

  @Test("versions 3 and 4 are read as 2 is", arguments: ["3", "4"] as [Character])
  func versions(version: Character) throws {
    var file = sample
    file.version = version
    #expect(try zone(file) == zone(sample))
  }

  @Test("in a file of version 1 the last offset holds on")
  func version1() throws {
    var file = sample
    file.version = nil
    #expect(
      try zone(file).period(at: 1 << 40) == Zone.Period(start: 1_603_587_600, end: .max, offset: 3600, before: 7200))
  }

  @Test("the last change's offset holds until the rule's next change, even where the rule has another one")
  func lateRule() throws {
    // As zic(8) of 2022 has America/Ojinaga: standard time a week before the rule has it.
    let file = ZoneBytes(
      changes: [(1_647_162_000, 1), (1_667_116_800, 2)], offsets: [-25_200, -21_600, -21_600],
      footer: "CST6CDT,M3.2.0,M11.1.0")
    #expect(
      try zone(file).period(at: 1_667_116_800)
        == Zone.Period(
          start: 1_647_162_000, end: try seconds("2023-03-12T08:00:00Z"), offset: -21_600, before: -25_200))
  }

  @Test("without a rule the last offset holds on")
  func noRule() throws {
    var file = sample
    file.footer = ""
    #expect(try zone(file).period(at: .max).start == 1_603_587_600)
  }

  @Test("in a file without changes the rule holds at all times, and without a rule the first offset")
  func noChanges() throws {
    let file = ZoneBytes(offsets: [3600], footer: "CET-1CEST,M3.5.0,M10.5.0/3")
    #expect(try zone(file) == Zone(try #require(PosixZone("CET-1CEST,M3.5.0,M10.5.0/3".utf8))))
    #expect(try zone(ZoneBytes(offsets: [3600, 7200])) == Zone(offset: 3600))
  }

  @Test("a change of the name alone is none")
  func merged() throws {
    let file = ZoneBytes(changes: [(10, 1), (20, 2), (30, 0), (40, 1)], offsets: [0, 60, 60], footer: "ABC-0:01")
    #expect(
      try zone(file).changes(in: -100..<100) == [
        Change(second: 10, offset: 60), Change(second: 30, offset: 0), Change(second: 40, offset: 60),
      ])
  }

  @Test(
    "changes at the ends of time and far from now do no harm",
    arguments: [.min, .min + 1, -1 << 59, -1 << 40, 1 << 40, 1 << 59 - 1, 1 << 59, .max - 1, .max] as [Int64])
  func ends(second: Int64) throws {
    let rule = "CET-1CEST,M3.5.0,M10.5.0/3"
    for type in [0, 1] as [UInt8] {
      let file = ZoneBytes(changes: [(second, type)], offsets: [7200, 3600], footer: rule)
      // Which of the two the rule has at that second differs; the other one contradicts it.
      if let zone = try? zone(file) { #expect(zone.flaw() == nil) }
      #expect(try zone(ZoneBytes(changes: [(second, type)], offsets: [7200, 3600])).flaw() == nil)
    }
  }

  @Test("a file that contradicts itself is refused and says by what")
  func damaged() {
    func code(_ change: (inout ZoneBytes) -> Void) -> String? {
      var file = sample
      change(&file)
      return problem(file.bytes)?.code
    }
    #expect(code { $0.changes[1].second = $0.changes[0].second } == "damaged-zone-file")
    #expect(code { $0.changes.swapAt(0, 1) } == "damaged-zone-file")
    #expect(code { $0.changes[2].type = 3 } == "damaged-zone-file")
    #expect(code { $0.footer = "EET-2" } == "damaged-zone-file")
    #expect(code { ($0.changes, $0.offsets) = ([], []) } == "damaged-zone-file")
    #expect(code { $0.offsets[0] = 93_600 } == "damaged-zone-file")
    #expect(code { $0.offsets[0] = .min } == "damaged-zone-file")
    #expect(code { $0.footer = "CET-1CEST,M3.5.0" } == "damaged-zone-file")
    #expect(code { $0.footer = nil } == "damaged-zone-file")
    #expect(code { $0.leaps = 2 } == "zone-counts-leap-seconds")
    #expect(problem([]) == .notAZoneFile("X"))
    #expect(problem(Array("TZi".utf8)) == .notAZoneFile("X"))
    #expect(problem(Array("#!/bin/sh\n".utf8)) == .notAZoneFile("X"))
    #expect(problem(Array("TZif".utf8))?.code == "damaged-zone-file")
  }

  @Test("a file cut short anywhere is refused", arguments: [true, false])
  func cut(isFat: Bool) {
    var file = sample
    file.isFat = isFat
    let bytes = file.bytes
    for count in 0..<bytes.count { #expect(problem(Array(bytes[..<count])) != nil, "\(count) bytes") }
    #expect(problem(bytes) == nil)
  }

  @Test("a header with any byte of it changed is refused or is a zone without a flaw")
  func headers() {
    let bytes = sample.bytes
    let second = bytes.count / 2
    // Both headers stand within: the second one begins where "TZif" comes again.
    let starts = [0, bytes[second / 2..<bytes.count].indices.first { bytes[$0...].starts(with: "TZif".utf8) } ?? 0]
    #expect(starts[1] > 44)
    var zones = 0
    for start in starts {
      for place in start..<start + 44 {
        for bit in 0..<8 {
          var changed = bytes
          changed[place] ^= 1 << bit
          if let zone = try? TZif.zone(changed, name: "X") {
            zones += 1
            #expect(zone.flaw() == nil, "\(place) \(bit)")
          }
        }
        for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
          var changed = bytes
          changed[place] = value
          if let zone = try? TZif.zone(changed, name: "X") { #expect(zone.flaw() == nil, "\(place) \(value)") }
        }
      }
    }
    #expect(zones > 100, "\(zones) zones")
  }

  @Test("bytes that are random, wholly or in a few places, are refused or are a zone without a flaw")
  func random() {
    var numbers = Numbers(seed: 12)
    let bytes = sample.bytes
    var zones = 0
    for turn in 0..<6000 {
      var changed = bytes
      if turn % 3 == 0 {
        let keep = [0, 4, 5, 44][turn / 3 % 4]
        changed = bytes[..<keep] + (0..<Int.random(in: 0...400, using: &numbers)).map { _ in numbers.byte() }
      } else {
        for _ in 0...Int.random(in: 0...3, using: &numbers) {
          changed[Int.random(in: 0..<changed.count, using: &numbers)] = numbers.byte()
        }
      }
      guard let zone = try? TZif.zone(changed, name: "X") else { continue }
      zones += 1
      if zones % 5 == 0 { #expect(zone.flaw() == nil, "turn \(turn)") }
    }
    #expect(zones > 500)
  }
}

extension Numbers {
  fileprivate mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }
}
