import Jobs
import Platform

/// A spool and what a person does with it by hand.
struct BenchSpool {
  /// When a job ran, as its result says, ns since 1970; whole milliseconds.
  struct Span {
    let started: Int64
    let finished: Int64
  }

  let path: String
  let root: Folder
  let inbox: Folder
  let done: Folder
  let tasks: Folder

  init(_ path: String) throws(SystemError) {
    self.path = path
    root = try Folder(path: path)
    inbox = try root.folder("inbox")
    done = try root.folder("done")
    tasks = try root.folder("tasks")
  }

  /// Drops many jobs of one content; not yet on the disk.
  ///
  /// - Parameter from: how many have been dropped before.
  func drop(_ count: Int, _ json: String, from: Int = 0) throws {
    let bytes = Array(json.utf8)
    for number in 1...count {
      // One width, so that the names sort as they were made.
      try inbox.create("j\(1_000_000 + from + number).json", mode: 0o600).write(bytes)
    }
  }

  /// Results in `done`.
  var doneCount: Int {
    get throws(SystemError) {
      var count = 0
      try done.forEachName { name, _ in if name.suffix(12).elementsEqual(".result.json".utf8) { count += 1 } }
      return count
    }
  }

  /// Tasks that have a state.
  var stateCount: Int {
    get throws(SystemError) {
      var count = 0
      try tasks.forEachName { name, _ in
        if name.first != UInt8(ascii: "."), name.suffix(11).elementsEqual(".state.json".utf8) { count += 1 }
      }
      return count
    }
  }

  /// What a job printed that ended well.
  func output(of job: String) throws -> String {
    try JobRecord.decode(try done.open(job + ".result.json").readAll(limit: 1 << 20)).stdout?.text ?? ""
  }

  /// When the jobs in `done` ran, by their ends.
  ///
  /// - Parameter prefix: how their names start.
  func spans(prefix: String = "") throws -> [Span] {
    var spans: [Span] = []
    for name in try done.names() where name.hasSuffix(".result.json") && name.hasPrefix(prefix) {
      let record = try JobRecord.decode(try done.open(name).readAll(limit: 1 << 20))
      guard let start = record.startedAt, let end = record.finishedAt else { continue }
      spans.append(Span(started: start.nanoseconds, finished: end.nanoseconds))
    }
    return spans.sorted { $0.finished < $1.finished }
  }

  /// Jobs a second by the times of their ends, the first of which only starts the clock.
  static func rate(of ends: [Int64]) -> Double {
    guard let first = ends.min(), let last = ends.max(), last > first else { return .nan }
    return Double(ends.count - 1) / (Double(last - first) / 1e9)
  }

  static let trueJob = #"{"run":["/bin/true"]}"#
}
