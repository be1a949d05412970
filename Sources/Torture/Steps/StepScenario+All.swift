/// What is searched: each for one part of what a runner does.
extension StepScenario {
  static let settings = """
    {"scanInterval": "50ms", "quiet": "20ms", "grace": "1s", "minFree": 0, "slots": 2, "maxInterruptions": 0,
     "routes": [{"channel": "file", "group": "h"}],
     "channels": {
       "file": {"file": {"folder": "SPOOL/../told"}},
       "odd": {"command": ["sh", "-c", "cat >> SPOOL/../told/odd.jsonl; test -e SPOOL/../odd || { : > SPOOL/../odd; exit 1; }"],
         "retry": {"attempts": 3, "delay": "10ms"}}}}
    """

  /// A line that notes that the job runs, and whether another run of it is alive: its lock goes with its last process.
  private static let note =
    "echo $BOBBIN_JOB_ID >> SPOOL/../trace; exec 9> SPOOL/../lock.$BOBBIN_JOB_ID; flock -n 9 || echo $BOBBIN_JOB_ID >> SPOOL/../overlap"

  private static func job(_ line: String, _ more: String = "") -> String {
    #"{"run": "\#(note); \#(line)"\#(more.isEmpty ? "" : ", " + more)}"# + "\n"
  }

  private static let good: Set = ["succeeded"]

  static let all: [StepScenario] = [jobs, retries, cutShort, cancels, submit, tasks, requests, deliveries, messages]

  private static let jobs = StepScenario(
    name: "jobs",
    files: [
      ("inbox/a.json", job("echo a; touch left", #""key": "k""#)),
      ("inbox/b.json", job("echo b; echo 1 > $BOBBIN_RESULT", #""rerun": true"#)),
      ("inbox/once.json", job("echo once", #""rerun": false"#)),
      ("inbox/after.json", job("cat $BOBBIN_AFTER", #""after": ["a"]"#)),
      ("inbox/bad.json", #"{"unknown": 1}"#),
      ("inbox/long.json", job("yes | head -c 200000")),
    ],
    jobs: [
      "a": End(statuses: good, runs: 1...9), "b": End(statuses: good, runs: 1...9),
      "once": End(statuses: ["succeeded", "interrupted"], runs: 0...1), "after": End(statuses: good, runs: 1...9),
      "bad": End(statuses: ["refused"]), "long": End(statuses: good, runs: 1...9),
    ], leastCalls: 120)

  private static let retries = StepScenario(
    name: "retries",
    files: [
      ("inbox/c.json", job("exit $((BOBBIN_ATTEMPT < 3))", #""retry": {"attempts": 3, "delay": "1ms"}"#)),
      ("inbox/later.json", job("exit $((BOBBIN_ATTEMPT == 1 ? 75 : 0))", #""retry": {"attempts": 3, "delay": "1ms"}"#)),
      ("inbox/fails.json", job("exit 3", #""retry": {"attempts": 2, "delay": "1ms"}"#)),
      // Failed before, and put back by hand.
      ("inbox/d.json", job("exit 1")),
      (
        "errors/d.result.json",
        #"{"id": "d", "status": "failed", "code": "exit", "exitCode": 1, "attempts": [{"number": 1, "status": "failed", "counted": true}]}"#
      ),
    ],
    jobs: [
      "c": End(statuses: good, runs: 3...9, attempts: 3), "later": End(statuses: good, runs: 2...9, attempts: 2),
      "fails": End(statuses: ["failed"], runs: 2...9, attempts: 2),
      "d": End(statuses: ["failed"], runs: 1...9, attempts: 2),
    ], leastCalls: 120)

  /// Whoever looks for processes opens some files of each that the machine has, and another program's come and go.
  private static let ofProcesses = 25

  private static let cutShort = StepScenario(
    name: "cut-short",
    files: [
      ("inbox/once.json", job("exec sleep 1000", #""rerun": false"#)),
      ("inbox/again.json", job("[ $BOBBIN_ATTEMPT != 1 ] || exec sleep 1000")),
    ],
    runsBefore: 2,
    jobs: [
      "once": End(statuses: ["interrupted"], runs: 1...1, attempts: 1),
      "again": End(statuses: good, runs: 2...9, attempts: 2),
    ], leastCalls: 70, without: [], leastStruck: ofProcesses)

  private static let cancels = StepScenario(
    name: "cancels",
    files: [
      ("inbox/x.json", job("touch SPOOL/processing/x.cancel; exec sleep 1000")),
      // Moved by a person before it ran: it gets a result.
      ("errors/y.json", job("true")),
      ("inbox/slow.json", job("exec sleep 1000", #""timeout": "100ms", "grace": "50ms""#)),
    ],
    jobs: [
      "x": End(statuses: ["cancelled"]), "y": End(statuses: ["cancelled"], runs: 0...0),
      "slow": End(statuses: ["timed-out"]),
    ], leastCalls: 75, without: [], leastStruck: ofProcesses)

  private static let submit = StepScenario(
    name: "submit", words: ["submit", "-"],
    input: (1...5).map { #"{"run": "echo \#($0)", "description": "s\#($0)"}"# + "\n" }.joined(), made: ["job-"],
    leastCalls: 14, without: [CallFault("pipe,watch", "EMFILE"), .refusedSignal])

  /// A run of one of its times is noted as any job's is.
  private static func task(_ rules: String) -> String { #"{\#(rules), "job": {"run": "\#(note)"}}"# + "\n" }

  private static let tasks = StepScenario(
    name: "tasks",
    files: [
      ("tasks/due.json", task(#""schedule": {"at": "2020-01-01T00:00:00Z"}"#)),
      ("tasks/bad.json", #"{"schedule": {"at": "2020-01-01"}}"#),
      // Times came while nobody looked, all of which are made up for: one after the other, and all at once.
      ("tasks/each.json", task(yearly + #", "overlap": "queue""#)),
      ("tasks/.each.good.json", task(yearly + #", "overlap": "queue""#)),
      ("tasks/each.state.json", #"{"task": "each", "status": "scheduled", "handledUntil": "2021-06-01T00:00:00Z"}"#),
      ("tasks/all.json", task(yearly + #", "overlap": "allow""#)),
      ("tasks/.all.good.json", task(yearly + #", "overlap": "allow""#)),
      ("tasks/all.state.json", #"{"task": "all", "status": "scheduled", "handledUntil": "2020-06-01T00:00:00Z"}"#),
      ("tasks/paused/aside.json", task(#""schedule": {"at": "2020-01-02T00:00:00Z"}"#)),
    ],
    jobs: Dictionary(
      uniqueKeysWithValues: (["due@20200101T000000Z"] + times("each", 2022) + times("all", 2021)).map {
        ($0, End(statuses: good, runs: 1...9))
      }),
    tasks: [
      "due": .init(place: "done/tasks", status: "finished", jobs: ["due@20200101T000000Z"]),
      "bad": .init(place: "tasks", status: "bad"),
      "each": .init(place: "done/tasks", status: "finished", jobs: times("each", 2022)),
      "all": .init(place: "done/tasks", status: "finished", jobs: times("all", 2021)),
      "aside": .init(place: "tasks/paused"),
    ], leastCalls: 170)

  private static let yearly =
    #""schedule": {"cron": "0 0 1 1 *", "timezone": "UTC"}, "missed": "all", "until": "2023-06-01T00:00:00Z""#

  private static func times(_ task: String, _ first: Int) -> [String] {
    (first...2023).map { "\(task)@\($0)0101T000000Z" }
  }

  private static let requests = StepScenario(
    name: "requests",
    files: [
      ("groups/g.json", #"{"channels": ["file"]}"#), ("ipc/g/answers/", ""),
      ("ipc/g/jobs/none.json", #"{"type": "cancel", "job": "g.none"}"#),
      ("ipc/g/jobs/late.json", #"{"type": "job", "job": {"run": "true", "notBefore": "2099-01-01T00:00:00Z"}}"#),
      (
        "ipc/g/jobs/old.json",
        #"{"type": "job", "wait": true, "job": {"run": "true", "expires": "2020-01-01T00:00:00Z"}}"#
      ),
      ("ipc/g/jobs/end.json", #"{"type": "cancel", "job": "g.w"}"#),
      (
        "inbox/g.w.json",
        #"{"run": "true", "notBefore": "2098-01-01T00:00:00Z", "group": "g", "runtime": "sandbox", "origin": "ipc"}"#
      ),
      (
        "ipc/g/tasks/t.json",
        #"{"type": "schedule", "name": "n", "task": {"schedule": "@yearly", "job": {"run": "true"}}}"#
      ),
      ("ipc/g/messages/m.json", #"{"type": "message", "to": "file:a", "text": "hi"}"#),
      ("ipc/g/messages/bad.json", #"{"type": "message", "to": "other:a", "text": "hi"}"#),
    ],
    jobs: [
      "g.old": End(statuses: ["expired"], runs: 0...0), "g.w": End(statuses: ["cancelled"], runs: 0...0),
    ], messages: ["g.m": End(statuses: ["delivered"])], stays: ["g.late"],
    requests: [
      "g/jobs/none.json": .init(code: "no-such-job"),
      "g/jobs/late.json": .init(
        names: ("job", "g.late"),
        made: .init(
          kind: .job, stem: "g.late",
          says: ["group": "g", "origin": "ipc", "run": "true", "notBefore": "2099-01-01T00:00:00.000Z"])),
      "g/jobs/old.json": .init(
        names: ("job", "g.old"),
        made: .init(kind: .job, stem: "g.old", says: ["group": "g", "origin": "ipc", "run": "true"]), result: "expired"),
      "g/jobs/end.json": .init(names: ("job", "g.w")),
      "g/tasks/t.json": .init(
        names: ("task", "g.n"),
        made: .init(
          kind: .task, stem: "g.n",
          says: ["schedule": "@yearly", "job.group": "g", "job.origin": "ipc", "job.run": "true"])),
      "g/messages/m.json": .init(
        names: ("message", "g.m"),
        made: .init(
          kind: .message, stem: "g.m", says: ["to": "file:a", "text": "hi", "group": "g", "origin": "ipc"])),
      "g/messages/bad.json": .init(code: "not-permitted"),
    ], told: [("g.m", .init(file: "a.jsonl", text: "hi"))], leastCalls: 180)

  private static let deliveries = StepScenario(
    name: "deliveries",
    files: [
      ("outbox/one.json", #"{"to": "file:a", "text": "one"}"#), ("outbox/odd.json", #"{"to": "odd", "text": "two"}"#),
      ("outbox/other.json", #"{"to": "file:a", "text": "four"}"#),
      ("outbox/zero.json", #"{"to": "file:a", "text": "five"}"#),
      ("outbox/none.json", #"{"to": "none", "text": "three"}"#), ("outbox/bad.json", #"{"text": 1}"#),
    ],
    messages: [
      "one": End(statuses: ["delivered"]), "odd": End(statuses: ["delivered"], attempts: 2),
      "other": End(statuses: ["delivered"]), "zero": End(statuses: ["delivered"]),
      "none": End(statuses: ["failed"]), "bad": End(statuses: ["refused"]),
    ],
    told: [
      ("one", .init(file: "a.jsonl", text: "one")), ("other", .init(file: "a.jsonl", text: "four")),
      ("zero", .init(file: "a.jsonl", text: "five")), ("odd", .init(file: "odd.jsonl", text: "two", attempts: 2)),
    ], leastCalls: 140)

  private static let messages = StepScenario(
    name: "messages",
    files: [
      ("groups/h.json", #"{"host": true, "agent": {"run": "cat; exit $((BOBBIN_ATTEMPT > 9))"}}"#),
      ("inbox/m1.json", #"{"message": {"channel": "file", "chat": "a", "text": "one", "id": "1"}}"#),
      ("inbox/m2.json", #"{"message": {"channel": "none", "chat": "a", "text": "two", "id": "2"}}"#),
    ], jobs: ["m1": End(statuses: good), "m2": End(statuses: ["refused"])], leastCalls: 60)
}
