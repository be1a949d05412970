/// A spool with work, and the command that does it while a call of it goes wrong.
struct StepScenario: Sendable {
  /// What a job or message may come to, whatever goes wrong.
  struct End: Sendable {
    /// The statuses of its result.
    let statuses: Set<String>
    /// How often it may be run at least and at most; nil: nobody counts.
    var runs: ClosedRange<Int>?
    /// How many attempts its result knows at least.
    var attempts = 0
  }

  let name: String
  /// Files of the spool, by their paths, SPOOL in them being its path.
  var files: [(path: String, text: String)] = []
  /// What `bobbin` is called with beside `--spool`.
  var words = ["run", "--drain"]
  /// Jobs that a runner before it has started when it is killed; 0: there was none.
  var runsBefore = 0
  /// Its standard input.
  var input = ""
  /// Jobs in it, one a line.
  var lines: Int { input.split(separator: "\n").count }
  /// Jobs and messages by stem.
  var jobs: [String: End] = [:]
  var messages: [String: End] = [:]
  /// Jobs that the host makes by itself: how their names begin.
  var made: [String] = []

  static let settings = """
    {"scanInterval": "50ms", "quiet": "20ms", "grace": "1s", "minFree": 0, "slots": 2, "maxInterruptions": 0,
     "routes": [{"channel": "file", "group": "h"}],
     "channels": {
       "file": {"file": {"folder": "SPOOL/../told"}},
       "odd": {"command": ["sh", "-c", "cat > /dev/null; test -e SPOOL/../odd || { : > SPOOL/../odd; exit 1; }"],
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
    ])

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
    ])

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
    ])

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
    ])

  private static let submit = StepScenario(
    name: "submit", words: ["submit", "-"],
    input: (1...5).map { #"{"run": "echo \#($0)", "description": "s\#($0)"}"# + "\n" }.joined(), made: ["job-"])

  private static let tasks = StepScenario(
    name: "tasks",
    files: [
      ("tasks/due.json", #"{"schedule": {"at": "2020-01-01T00:00:00Z"}, "job": {"run": "echo due"}}"#),
      ("tasks/bad.json", #"{"schedule": {"at": "2020-01-01"}}"#),
    ], made: ["due@"])

  private static let requests = StepScenario(
    name: "requests",
    files: [
      ("groups/g.json", #"{"host": true, "channels": ["file"]}"#),
      ("ipc/g/jobs/j.json", #"{"type": "cancel", "job": "g.none"}"#),
      (
        "ipc/g/tasks/t.json",
        #"{"type": "schedule", "name": "n", "task": {"schedule": "@yearly", "job": {"run": "true"}}}"#
      ),
      ("ipc/g/messages/m.json", #"{"type": "message", "to": "file:a", "text": "hi"}"#),
      ("ipc/g/messages/bad.json", #"{"type": "message", "to": "other:a", "text": "hi"}"#),
    ], messages: ["g.m": End(statuses: ["delivered"])])

  private static let deliveries = StepScenario(
    name: "deliveries",
    files: [
      ("outbox/one.json", #"{"to": "file:a", "text": "one"}"#), ("outbox/odd.json", #"{"to": "odd", "text": "two"}"#),
      ("outbox/none.json", #"{"to": "none", "text": "three"}"#), ("outbox/bad.json", #"{"text": 1}"#),
    ],
    messages: [
      "one": End(statuses: ["delivered"]), "odd": End(statuses: ["delivered"]), "none": End(statuses: ["failed"]),
      "bad": End(statuses: ["refused"]),
    ])

  private static let messages = StepScenario(
    name: "messages",
    files: [
      ("groups/h.json", #"{"host": true, "agent": {"run": "cat; exit $((BOBBIN_ATTEMPT > 9))"}}"#),
      ("inbox/m1.json", #"{"message": {"channel": "file", "chat": "a", "text": "one", "id": "1"}}"#),
      ("inbox/m2.json", #"{"message": {"channel": "none", "chat": "a", "text": "two", "id": "2"}}"#),
    ], jobs: ["m1": End(statuses: good), "m2": End(statuses: ["refused"])])
}
