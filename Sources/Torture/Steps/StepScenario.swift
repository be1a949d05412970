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
  /// Files of the spool, by their paths, SPOOL in them being its path; a path that ends in '/' is a folder.
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
  /// Jobs that wait in the inbox in the end: their time does not come.
  var stays: Set<String> = []
  /// Tasks by name; the jobs of their times are among `jobs`.
  var tasks: [String: TaskCheck.Expected] = [:]
  /// Requests by their paths below `ipc/`.
  var requests: [String: RequestCheck.Expected] = [:]
  /// What channels are told, in order.
  var told: [(id: String, what: DeliveryCheck.Expected)] = []
  /// How many calls that change something its command makes when nothing goes wrong, at least: with fewer it did not do its
  /// work. Some two thirds of what was counted on 2026-11-28.
  var leastCalls: Int
  /// Faults whose calls its command does not make: only some end what they started.
  var without: Set<CallFault> = [.refusedSignal]
  /// Of the calls that were to go wrong, how many have to at least, percent: what was counted may come in another number.
  var leastStruck = 60
}
