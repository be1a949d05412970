import Testing

@testable import Jobs

@Suite("No bytes can end the program")
struct FuzzTests {
  static let seeds: [String] = [
    JobRuleTests.full, RecordTests.running, RecordTests.deferred, RecordTests.finished, JSONWriterTests.text,
    #"{"slots": 4, /* c */ "scanInterval": "1h30m", "retention": {"done": {"age": "30d", "count": 5}}, // d"# + "\n}",
    #"{"run": "a", "mounts": [{"host": "/h/../i", "container": "/c/d/", "readOnly": false}], "secrets": ["A_1", "b"]}"#,
    #"{"roots": [{"path": "~/p", "allowReadWrite": true}, {"path": "/srv"},], "blocked": ["*.pem", "a/b*c/d"]} // e"#,
    #"{"run": "a", "retry": {"factor": 1e308, "delay": 9223372036854775807}, "priority": -9223372036854775808}"#,
  ]

  @Test("mutated files are read or refused, with a place", arguments: seeds.indices)
  func mutated(_ seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let original = utf8(Self.seeds[seed])
    for _ in 0..<1500 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&bytes, &random) }
      // What one reader takes, the canonical text of it is taken too, as the same value.
      if let node = try? JSONReader.read(bytes) {
        #expect((try? JSONReader.read(CompactJSON(node).bytes)) == node)
      } else {
        let refusal = refusal { () throws(Refusal) in try JSONReader.read(bytes) }
        #expect((refusal?.line ?? 0) > 0 && (refusal?.column ?? 0) > 0)
      }
      if let job = try? Job.read(bytes) {
        #expect(job.work.utf8.count == 32)
        #expect((try? Job.read(job.encode())) == job)
      }
      _ = try? Settings.read(bytes)
      _ = try? GroupSettings.read(bytes)
      if let rules = try? MountRules.read(bytes) { _ = rules.pattern(blocking: string(bytes)) }
      if let record = try? JobRecord.decode(bytes) {
        let again = try? JobRecord.decode(record.encode())
        #expect(again?.encode() == record.encode())
      }
      _ = try? JobID(stem: bytes)
    }
  }

  @Test("random short texts are no trouble for units and names")
  func units() {
    var random = SeededGenerator(seed: 9)
    let letters = utf8("0123456789.:+-TZtzdhmskgeE \u{E9}")
    for _ in 0..<20_000 {
      let text = String(
        decoding: (0..<Int.random(in: 0...30, using: &random)).map { _ in letters.randomElement(using: &random) ?? 0 },
        as: UTF8.self)
      if let duration = DurationText.parse(text) {
        #expect(DurationText.parse(DurationText.format(duration)) == duration)
      }
      _ = DurationText.parse(number: text)
      if let size = ByteCount.parse(text) { #expect(ByteCount.parse(ByteCount.format(size)) == size) }
      if let time = Timestamp(rfc3339: text) { #expect(time.text.utf8.count == 24) }
      _ = JobID(unchecked: text).numberSplit
    }
  }

  static func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
    let place = Int.random(in: 0..<max(1, bytes.count), using: &random)
    guard place < bytes.count else { return }
    let special = utf8("\"\\{}[]:,0-9.eE/*u\u{0}\n") + [0xFF, 0xC3, 0xED, 0xF4, 0x80]
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 1: bytes[place] = special.randomElement(using: &random) ?? 0
    case 2: bytes.remove(at: place)
    case 3: bytes.insert(special.randomElement(using: &random) ?? 0, at: place)
    case 4: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...20, using: &random)))
    default:
      let piece = bytes[place..<min(bytes.count, place + Int.random(in: 1...40, using: &random))]
      bytes.insert(contentsOf: piece, at: Int.random(in: 0...bytes.count, using: &random))
    }
  }
}
