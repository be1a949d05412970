import Jobs
import Observability
import Platform
import Spool

/// `logs/audit.jsonl`: what containers asked for and were not allowed, and what was done for one group in another. One line
/// each, never rotated away by itself.
final class AuditLog {
  private let core: Core
  /// Requests that were refused since the start.
  private(set) var refused = 0

  init(_ core: Core) { self.core = core }

  func refused(_ envelope: RequestClerk.Envelope, _ refusal: Refusal) {
    refused += 1
    core.log.write(
      .warn, "request-refused", "a request of group '\(envelope.group)' is refused: \(refusal.reason)",
      fields: [("request", .string(envelope.id ?? "")), ("refusal", .string(refusal.code.rawValue))])
    write("refused", envelope, envelope.id ?? "", refusal)
  }

  /// - Parameter isOwn: it is about the group's own.
  func carriedOut(_ request: Request, _ envelope: RequestClerk.Envelope, _ id: String, isOwn: Bool) {
    if !isOwn { write("allowed", envelope, id, nil) }
  }

  private func write(_ what: String, _ envelope: RequestClerk.Envelope, _ id: String, _ refusal: Refusal?) {
    var json = JSONWriter(.compact, capacity: 256)
    json.beginObject()
    json.member("time", Timestamp(nanoseconds: core.wall))
    json.member("group", envelope.group.text)
    json.member("kind", envelope.kind.rawValue)
    json.member("request", id)
    json.member("verdict", what)
    json.member("code", refusal?.code.rawValue)
    json.member("key", refusal?.key)
    json.member("reason", refusal?.reason)
    json.endObject()
    core.keepGoing { () throws(SystemError) in try core.folders[.logs].append("audit.jsonl").write(json.line()) }
  }
}
