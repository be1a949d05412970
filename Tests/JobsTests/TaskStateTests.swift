import Testing

@testable import Jobs

@Suite("The state of a task on the disk")
struct TaskStateTests {
  /// As it was first written.
  static let first = """
    {
      "task": "nightly",
      "status": "scheduled",
      "next": "2026-11-22T02:00:00+01:00",
      "previous": "2026-11-21T02:00:00+01:00",
      "lastStatus": "succeeded",
      "problem": {
        "code": "out-of-range",
        "reason": "'schedule.every' is out of range",
        "line": 1,
        "column": 24,
        "key": "schedule.every"
      },
      "notice": "the clock was wrong",
      "counts": {
        "runs": 12,
        "succeeded": 10,
        "failed": 1,
        "missed": 3,
        "overlapped": 2
      },
      "occurrences": [
        {
          "scheduled": "2026-11-21T01:00:00Z",
          "id": "nightly@20261121T010000Z",
          "status": "succeeded",
          "finishedAt": "2026-11-21T01:00:03.250Z"
        },
        {
          "scheduled": "2026-11-20T01:00:00Z",
          "since": "2026-11-18T01:00:00Z",
          "count": 3,
          "andMore": true,
          "skipped": "missed",
          "reason": "nobody was there to see it"
        }
      ],
      "handledUntil": "2026-11-21T01:00:00Z",
      "queued": [
        "2026-11-21T01:00:00Z"
      ],
      "active": [
        "nightly@20261121T010000Z"
      ],
      "repeatedUntil": "2026-11-21T00:00:00Z",
      "boot": "b0",
      "file": {
        "inode": "18446744073709551615",
        "modified": "1767222007000000001",
        "changed": "-5"
      }
    }

    """

  @Test("today's shape is read as it says, and written as it was")
  func shape() throws {
    let state = try TaskState.decode(utf8(Self.first))
    #expect(state.task == "nightly" && state.status == .scheduled && state.next == "2026-11-22T02:00:00+01:00")
    #expect(state.previous == "2026-11-21T02:00:00+01:00" && state.lastStatus == "succeeded")
    #expect(state.problem?.code == .outOfRange && state.problem?.key == "schedule.every")
    #expect(state.problem?.line == 1 && state.problem?.column == 24)
    #expect(state.counts.runs == 12 && state.counts.missed == 3 && state.counts.overlapped == 2)
    #expect(state.occurrences.count == 2 && state.occurrences[1].skipped == .missed)
    #expect(state.occurrences[1].isCountCut && state.occurrences[1].count == 3)
    #expect(state.progress.handled == 1_795_222_800 && state.progress.queued == [1_795_222_800])
    #expect(state.progress.active.map(\.text) == ["nightly@20261121T010000Z"] && state.progress.boot == "b0")
    #expect(state.progress.file == .init(inode: .max, modified: 1_767_222_007_000_000_001, changed: -5))
    #expect(!state.progress.awaitsGood)
    #expect(string(state.encode()) == Self.first)
  }

  @Test("the least that counts is read, with everything else default")
  func least() throws {
    let state = try TaskState.decode(utf8(#"{"task": "t", "handledUntil": "1970-01-01T00:00:07Z"}"#))
    #expect(state == TaskState(task: "t", progress: TaskProgress(handled: 7)))
    #expect(try TaskState.decode(state.encode()) == state)
  }

  @Test("every status, reason and flag comes back as it was written", arguments: TaskState.Status.allCases)
  func roundTrip(status: TaskState.Status) throws {
    var state = TaskState(task: "caf\u{E9} \"q\"", progress: TaskProgress(handled: -7))
    state.status = status
    state.progress.awaitsGood = true
    for skipped in Occurrence.Skipped.allCases {
      var occurrence = Occurrence(scheduled: Timestamp(seconds: 5))
      occurrence.skipped = skipped
      occurrence.reason = "line\nbreak"
      state.add(occurrence)
    }
    #expect(try TaskState.decode(state.encode()) == state)
  }

  @Test("keys of a later version are passed over, wherever they stand")
  func later() throws {
    let later = Self.first.replacing(#""status":"#, with: #""later": {"a": [null]}, "status":"#)
      .replacing(#""runs":"#, with: #""later": 5, "runs":"#).replacing(#""inode":"#, with: #""later": {}, "inode":"#)
      .replacing(#""scheduled": "2"#, with: #""newer": 1, "scheduled": "2"#)
      .replacing(#""code":"#, with: #""later": true, "code":"#)
    #expect(try TaskState.decode(utf8(later)) == TaskState.decode(utf8(Self.first)))
  }

  @Test("a reason of a later version for a skipped time is none here, and no harm")
  func laterReason() throws {
    let state = try TaskState.decode(utf8(Self.first.replacing(#""skipped": "missed""#, with: #""skipped": "later""#)))
    #expect(state.occurrences[1].skipped == nil && state.occurrences[1].reason != nil)
  }

  @Test(
    "what is no state is refused",
    arguments: [
      "", "[]", "{}", #"{"task": "t"}"#, #"{"handledUntil": "1970-01-01T00:00:07Z"}"#,
      #"{"task": "", "handledUntil": "1970-01-01T00:00:07Z"}"#, #"{"task": "t", "handledUntil": 7}"#,
      #"{"task": "t", "handledUntil": "1970-01-01T00:00:07Z", "active": ["../../x"]}"#,
      #"{"task": "t", "handledUntil": "1970-01-01T00:00:07Z", "queued": [7]}"#,
      #"{"task": "t", "handledUntil": "1970-01-01T00:00:07Z", "counts": {"runs": -1}}"#,
      #"{"task": "t", "handledUntil": "1970-01-01T00:00:07Z", "occurrences": {}}"#,
    ])
  func refused(text: String) {
    #expect(refusal { () throws(Refusal) in try TaskState.decode(utf8(text)) } != nil)
  }

  @Test("twenty occurrences are kept, the newest first")
  func twenty() {
    var state = TaskState(task: "t", progress: TaskProgress(handled: 0))
    for second in 1...25 { state.add(Occurrence(scheduled: Timestamp(seconds: Int64(second)))) }
    #expect(state.occurrences.map { $0.scheduled.nanoseconds / 1_000_000_000 } == (6...25).reversed())
  }
}
