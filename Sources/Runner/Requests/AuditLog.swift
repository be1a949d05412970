import Jobs
import Observability
import Platform
import Spool

/// `logs/audit.jsonl`: what containers asked for and were not allowed, and what was done for one group in another. One line
/// each, never rotated away by itself.
final class AuditLog {
  /// Of a group's requests beyond its limits one a minute is told, with the number of those since: a flood must not fill the
  /// disk twice.
  private static let crowdInterval: Int64 = 60_000_000_000

  private let core: Core
  private var crowds: [GroupName: (toldAt: Int64, since: Int)] = [:]
  /// Requests that were refused since the start.
  private(set) var refused = 0

  init(_ core: Core) { self.core = core }

  func refused(_ envelope: RequestClerk.Envelope, _ refusal: Refusal) {
    refused += 1
    var more: Int?
    if refusal.code == .tooManyRequests {
      if var crowd = crowds[envelope.group], core.now - crowd.toldAt < Self.crowdInterval {
        crowd.since += 1
        crowds[envelope.group] = crowd
        return
      }
      more = crowds[envelope.group].flatMap { $0.since > 0 ? $0.since : nil }
      crowds[envelope.group] = (core.now, 0)
    }
    core.log.write(
      .warn, "request-refused", "a request of group '\(envelope.group)' is refused: \(refusal.reason)",
      fields: [("request", .string(envelope.id ?? "")), ("refusal", .string(refusal.code.rawValue))])
    write("refused", envelope, envelope.id ?? "", refusal, more: more)
  }

  /// - Parameter isOwn: it is about the group's own.
  func carriedOut(_ request: Request, _ envelope: RequestClerk.Envelope, _ id: String, isOwn: Bool) {
    if !isOwn { write("allowed", envelope, id, nil) }
  }

  private func write(
    _ what: String, _ envelope: RequestClerk.Envelope, _ id: String, _ refusal: Refusal?, more: Int? = nil
  ) {
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
    json.member("more", more)
    json.endObject()
    core.keepGoing { () throws(SystemError) in try core.folders[.logs].append("audit.jsonl").write(json.line()) }
  }
}
