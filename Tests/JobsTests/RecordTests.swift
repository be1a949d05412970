import Testing

@testable import Jobs

@Suite("Run records and results")
struct RecordTests {
  /// As written by this version while a job runs. Never changed: records like it are on disks.
  static let running = #"""
    {
      "id": "x~2",
      "droppedAs": "x",
      "status": "running",
      "submittedAt": "2026-11-20T11:02:03.123Z",
      "startedAt": "2026-11-20T11:02:04.000Z",
      "waitSeconds": 0.877,
      "runtime": "process",
      "attempts": [
        {
          "number": 1,
          "startedAt": "2026-11-20T11:02:04.000Z",
          "status": "running"
        }
      ],
      "interruptions": 1,
      "runner": {
        "host": "h",
        "machine": "m",
        "boot": "b",
        "pid": 10,
        "startTicks": 5
      },
      "process": {
        "pid": 42,
        "startTicks": 123456,
        "session": 42
      },
      "group": "g",
      "jobKey": "k",
      "after": [
        {
          "asked": "a",
          "id": "a~3",
          "status": "succeeded"
        },
        {
          "asked": "b"
        }
      ]
    }

    """#

  /// The result of a container, as written by the first version that has them.
  static let container = #"""
    {
      "id": "c",
      "status": "succeeded",
      "exitCode": 0,
      "runtime": "podman",
      "runtimeVersion": "4.3.1",
      "image": "busybox:1",
      "imageDigest": "sha256:2a29",
      "phases": {
        "queued": 0.300996,
        "create": 0.313580,
        "start": 0.002730,
        "run": 0.001542,
        "collect": 0.205745
      }
    }

    """#

  @Test("the result of a container is read and written as it stands")
  func containers() throws {
    let record = try JobRecord.decode(utf8(Self.container))
    #expect(record.image == "busybox:1" && record.phases?.create == .microseconds(313_580))
    #expect(String(decoding: record.encode(), as: UTF8.self) == Self.container)
  }

  /// As written by this version while a job waits for its next attempt.
  static let deferred = #"""
    {
      "id": "x",
      "status": "deferred",
      "code": "temporary",
      "reason": "exit 75",
      "submittedAt": "2026-11-20T11:02:03.123Z",
      "attempts": [
        {
          "number": 60,
          "startedAt": "2026-11-20T11:02:04.000Z",
          "finishedAt": "2026-11-20T11:02:05.000Z",
          "status": "failed",
          "code": "temporary",
          "exitCode": 75,
          "counted": false,
          "runSeconds": 1.000,
          "cpuSeconds": 0.000250
        }
      ],
      "attemptsTotal": 60,
      "attemptsUsed": 3,
      "budgetStartedAt": "2026-11-20T11:00:00.000Z",
      "nextAttemptAt": "2026-11-20T11:02:10.500Z",
      "retryOf": "w"
    }

    """#

  /// As written by this version when a job is over.
  static let finished = #"""
    {
      "id": "x",
      "status": "failed",
      "code": "exit",
      "reason": "it ended with exit code 3",
      "exitCode": 3,
      "signal": "SIGKILL",
      "value": {"a":[1.0,null]},
      "valueError": "none",
      "sameAs": "y",
      "stdout": {
        "text": "a\u0000b\u001b\n",
        "bytes": 5,
        "log": "logs/jobs/x.out"
      },
      "stderr": {
        "text": "\#u{FFFD}",
        "bytes": 100000,
        "truncated": true,
        "notUTF8": true,
        "log": "logs/jobs/x.err"
      },
      "submittedAt": "2026-11-20T11:02:03.123Z",
      "startedAt": "2026-11-20T11:02:04.000Z",
      "finishedAt": "2026-11-20T11:02:05.000Z",
      "waitSeconds": 0.877,
      "runSeconds": 1.000,
      "cpuSeconds": 0.012345,
      "maxMemoryBytes": 1048576,
      "accounting": "rusage",
      "runtime": "process",
      "leftover": 2,
      "files": "x.files",
      "runner": {
        "host": "h",
        "machine": "m",
        "boot": "b",
        "pid": 10
      }
    }

    """#

  /// As written by this version of a file that was refused.
  static let refused = #"""
    {
      "id": "refused-20261120T110203Z-1",
      "droppedAs": "-n",
      "status": "refused",
      "code": "unknown-key",
      "reason": "unknown key 'timout' at line 3, column 5: did you mean 'timeout'?",
      "line": 3,
      "column": 5,
      "key": "timout",
      "submittedAt": "2026-11-20T11:02:03.123Z",
      "finishedAt": "2026-11-20T11:02:03.200Z"
    }

    """#

  @Test("a record that was read is written as the same bytes", arguments: [running, deferred, finished, refused])
  func bytes(_ text: String) throws {
    #expect(string(try JobRecord.decode(utf8(text)).encode()) == text)
  }

  @Test("what is in a record of each state is found in the value")
  func values() throws {
    let running = try JobRecord.decode(utf8(Self.running))
    #expect(running.state == .running(Live(process: ProcessMark(pid: 42, startTicks: 123_456, session: 42))))
    #expect(running.waitSeconds == .milliseconds(877))
    #expect(
      running.after[0]
        == ResolvedDependency(asked: JobID(unchecked: "a"), id: JobID(unchecked: "a~3"), status: "succeeded"))
    #expect(running.attemptsTotal == 1)
    let deferred = try JobRecord.decode(utf8(Self.deferred))
    #expect(deferred.nextAttemptAt?.text == "2026-11-20T11:02:10.500Z")
    #expect(deferred.attempts[0].cpuSeconds == .microseconds(250))
    #expect(deferred.attemptsTotal == 60 && deferred.attemptsUsed == 3)
    let finished = try JobRecord.decode(utf8(Self.finished))
    #expect(finished.outcome?.value?.bytes == utf8(#"{"a":[1.0,null]}"#))
    #expect(finished.stdout?.text == "a\u{0}b\u{1B}\n")
    #expect(finished.status == "failed")
    let refused = try JobRecord.decode(utf8(Self.refused))
    #expect(refused.outcome?.line == 3 && refused.outcome?.key == "timout")
  }

  @Test("a value as deep as any that a job may write is read back")
  func deepValue() throws {
    let deep = utf8(String(repeating: "[", count: 64) + String(repeating: "]", count: 64))
    var outcome = Outcome(.succeeded)
    outcome.value = try CompactJSON.read(deep)
    let record = JobRecord(id: JobID(unchecked: "x"), state: .finished(outcome))
    #expect(try JobRecord.decode(record.encode()) == record)
  }

  @Test("the least record has documented defaults")
  func least() throws {
    let record = try JobRecord.decode(utf8(#"{"id": "x", "status": "running"}"#))
    #expect(record == JobRecord(id: JobID(unchecked: "x")))
  }

  @Test("keys of a later version are passed over, at every depth")
  func laterVersion() throws {
    let text =
      #"{"id": "x", "status": "succeeded", "new": [1], "stdout": {"text": "a", "bytes": 1, "new": 1}, "runner": {"new": {}}, "attempts": [{"number": 1, "status": "succeeded", "new": 1}]}"#
    let record = try JobRecord.decode(utf8(text))
    #expect(record.outcome?.status == .succeeded)
    #expect(record.stdout?.text == "a")
  }

  @Test(
    "a damaged record is refused, not guessed at",
    arguments: [
      ("", .empty), ("{", .badJSON), ("{}", .missingKey), (#"{"id": "x"}"#, .missingKey),
      (#"{"status": "running"}"#, .missingKey),
      (#"{"id": "x", "status": "lost"}"#, .badValue), (#"{"id": "", "status": "running"}"#, .badName),
      (#"{"id": "../x", "status": "running"}"#, .badName),
      (#"{"id": "x", "status": "running", "attempts": {}}"#, .wrongType),
      (#"{"id": "x", "status": "running", "submittedAt": 5}"#, .wrongType),
      (#"{"id": "x", "status": "running", "process": {"pid": 5, "session": 5}}"#, .missingKey),
      (#"{"id": "x", "status": "running", "process": {"pid": 0, "session": 5, "startTicks": 1}}"#, .outOfRange),
      (#"{"id": "x", "status": "running", "after": [{"id": "y"}]}"#, .missingKey),
      (#"{"id": "x", "status": "failed", "exitCode": 99999999999}"#, .outOfRange),
    ] as [(String, RefusalCode)])
  func damaged(_ text: String, _ code: RefusalCode) {
    #expect(refusal { () throws(Refusal) in try JobRecord.decode(utf8(text)) }?.code == code)
  }

  @Test("every final status is read and written", arguments: FinalStatus.allCases)
  func statuses(_ status: FinalStatus) throws {
    let record = JobRecord(id: JobID(unchecked: "x"), state: .finished(Outcome(status)))
    #expect(try JobRecord.decode(record.encode()) == record)
  }

  @Test("a refusal becomes an outcome with all it says")
  func refusedOutcome() {
    let outcome = Outcome(Refusal(code: .badJSON, reason: "r", line: 2, column: 3, key: "k"))
    #expect(outcome.status == .refused && outcome.code == "bad-json" && outcome.reason == "r")
    #expect(outcome.line == 2 && outcome.column == 3 && outcome.key == "k")
  }

  @Test("only the last 50 attempts are kept, and all are counted")
  func attempts() {
    var record = JobRecord(id: JobID(unchecked: "x"))
    for number in 1...60 { record.append(Attempt(number: number)) }
    #expect(record.attempts.map(\.number) == Array(11...60))
    #expect(record.attemptsTotal == 60)
  }

  @Test("a retry by hand keeps the attempts and starts the budget anew")
  func retryByHand() throws {
    let old = try JobRecord.decode(utf8(Self.deferred))
    let now = Timestamp(seconds: 1_800_000_000)
    let record = old.retriedByHand(at: now)
    #expect(record.state == .running(Live()))
    #expect(record.attempts == old.attempts && record.attemptsTotal == 60 && record.submittedAt == old.submittedAt)
    #expect(record.attemptsUsed == 0 && record.interruptions == 0 && record.budgetStartedAt == now)
    #expect(record.stdout == nil)
  }

  @Test(
    "signals have their names",
    arguments: [
      (1, "SIGHUP"), (9, "SIGKILL"), (11, "SIGSEGV"), (15, "SIGTERM"), (16, "SIGSTKFLT"), (31, "SIGSYS"), (34, "SIG34"),
    ])
  func signals(_ number: Int32, _ name: String) {
    #expect(SignalName.name(of: number) == name)
    #expect(SignalName.number(of: name) == number)
  }

  @Test("what is no signal's name has no number", arguments: ["", "KILL", "SIG", "SIG9", "SIGX", "SIG-40"])
  func noSignals(_ name: String) {
    #expect(SignalName.number(of: name) == nil)
  }
}
