import Jobs
import Operations

/// Jobs of one call of `submit` that go to the disk together, and what was told of them.
struct SubmitBatch {
  /// Jobs and bytes that share their syncs. From some hundred on more gain little, and what a call has not told yet is not
  /// known to be accepted when it is killed.
  private static let largest = 1000
  private static let largestBytes = 8 << 20

  private(set) var ids: [JobID] = []
  private var submission: Submission
  private var drafts: [JobDraft] = []
  private var bytes = 0

  init(_ submission: Submission) { self.submission = submission }

  /// Longest job file that the spool's runner reads, bytes.
  var limit: Int { submission.limit }

  mutating func add(_ draft: JobDraft, _ call: Invocation) throws {
    drafts.append(draft)
    bytes += draft.bytes.count
    if drafts.count >= Self.largest || bytes >= Self.largestBytes { try publish(call, moreToCome: true) }
  }

  /// Publishes what was added and tells it at once: who reads the ids may act on each, and after a crash it is known which
  /// were accepted. After an error nothing waits any more.
  ///
  /// - Parameter moreToCome: this is called again.
  mutating func publish(_ call: Invocation, moreToCome: Bool = false) throws {
    let (new, failure) = submission.publish(drafts, moreToCome: moreToCome)
    (drafts, bytes) = ([], 0)
    ids += new
    if call.arguments.has("--wait") {
      if call.console.errorIsTerminal {
        for id in new { call.console.note("bobbin: \(Visible.text(id.text)) submitted") }
      }
    } else if !call.json {
      for id in new { try call.console.line(id.text) }
      try call.console.flush()
    }
    if let failure { throw failure }
  }
}
