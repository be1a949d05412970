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
    TaskStateTests.first,
    #"{"schedule": {"cron": "*/5 9-17 L * MON#2", "timezone": "Europe/Berlin"}, "job": {"run": "a"}, "until": "2026-01-01T00:00:00Z"}"#,
    #"{"schedule": {"every": "366d", "anchor": "1677-09-22T00:00:00Z"}, "job": {"run": ["a"], "x-y": [1.0]}, "jitter": "1d"}"#,
    #"{"schedule": {"at": "2262-04-11T23:47:16Z"}, "job": {"run": "a"}, "missed": "all", "overlap": "queue", "maxRuns": 5}"#,
  ]

  @Test("mutated files are read or refused, with a place", arguments: seeds.indices)
  func mutated(_ seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let original = utf8(Self.seeds[seed])
    var read = 0
    for _ in 0..<1500 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&bytes, &random) }
      // What one reader takes, the canonical text of it is taken too, as the same value.
      if let node = try? JSONReader.read(bytes) {
        read += 1
        #expect((try? JSONReader.read(CompactJSON(node).bytes)) == node)
      } else {
        let refusal = refusal { () throws(Refusal) in try JSONReader.read(bytes) }
        #expect((refusal?.line ?? 0) > 0 && (refusal?.column ?? 0) > 0)
      }
      if let job = try? Job.read(bytes) {
        #expect(job.work.utf8.count == 32)
        #expect((try? Job.read(job.encode())) == job)
      }
      // Settings may have comments, which JSON has not.
      if (try? Settings.read(bytes)) != nil || (try? GroupSettings.read(bytes)) != nil { read += 1 }
      if let rules = try? MountRules.read(bytes) {
        read += 1
        _ = rules.pattern(blocking: string(bytes))
      }
      if let record = try? JobRecord.decode(bytes) {
        let again = try? JobRecord.decode(record.encode())
        #expect(again?.encode() == record.encode())
      }
      if let task = try? ScheduledTask.read(bytes, zoneProblem: { $0.count > 9 ? nil : "none" }) {
        // The job that comes of it is a job, whatever the task holds.
        let job = try? Job.read(task.occurrence(of: "t", at: Timestamp(seconds: 5)))
        #expect(job?.task == "t" && job?.work == task.job.work)
      }
      if let state = try? TaskState.decode(bytes) {
        #expect((try? TaskState.decode(state.encode()))?.encode() == state.encode())
      }
      _ = try? JobID(stem: bytes)
      _ = try? TaskName.read(bytes)
    }
    #expect(read > 0, "\(read) of 1500 are read")
  }

  @Test("random short texts are no trouble for units and names")
  func units() {
    var random = SeededGenerator(seed: 9)
    let letters = utf8("0123456789.:+-TZtzdhmskgeE \u{E9}")
    var (durations, sizes, times) = (0, 0, 0)
    for round in 0..<20_000 {
      var bytes = (0..<Int.random(in: 0...30, using: &random)).map { _ in letters.randomElement(using: &random) ?? 0 }
      // By chance alone there is hardly a time.
      if round % 4 == 0 {
        bytes = utf8("2026-11-20T11:02:03.123456789+01:00")
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = letters.randomElement(using: &random) ?? 0
      }
      let text = String(decoding: bytes, as: UTF8.self)
      if let duration = DurationText.parse(text) {
        durations += 1
        #expect(DurationText.parse(DurationText.format(duration)) == duration)
      }
      _ = DurationText.parse(number: text)
      if let size = ByteCount.parse(text) {
        sizes += 1
        #expect(ByteCount.parse(ByteCount.format(size)) == size)
      }
      if let time = Timestamp(rfc3339: text) {
        times += 1
        #expect(time.text.utf8.count == 24)
      }
      _ = JobID(unchecked: text).numberSplit
      _ = OccurrenceID.read(JobID(unchecked: "t@" + text))
    }
    #expect(durations > 100 && sizes > 100 && times > 100, "\(durations) \(sizes) \(times)")
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
