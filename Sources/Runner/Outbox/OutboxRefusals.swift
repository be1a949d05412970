import Jobs
import Platform
import Spool

/// Files in the outbox that are no messages: taken as messages are, and ended in `errors/` with the reason.
final class OutboxRefusals {
  /// Files a turn that are refused.
  private static let perTurn = 64
  /// Of a channel that nobody has; there is none to read it from.
  static let channel = (try? ChannelName(validating: "refused"))

  private let core: Core
  private let table: OutboxTable
  private let claims: OutboxClaims
  private let journal: OutboxJournal
  private let conclusions: OutboxConclusions
  private let hint: ([UInt8]) -> Void
  private var waiting: [[UInt8]: Refusal] = [:]

  /// - Parameter hint: that a file is to be looked at again.
  init(
    _ core: Core, table: OutboxTable, claims: OutboxClaims, journal: OutboxJournal, conclusions: OutboxConclusions,
    hint: @escaping ([UInt8]) -> Void
  ) {
    self.core = core
    self.table = table
    self.claims = claims
    self.journal = journal
    self.conclusions = conclusions
    self.hint = hint
  }

  var isEmpty: Bool { waiting.isEmpty }

  func add(_ name: [UInt8], _ refusal: Refusal) { waiting[name] = refusal }

  /// Refuses a turn's share. One that cannot be taken now waits on, and keeps no other from it.
  ///
  /// - Throws: why some could not.
  func proceed() throws(SystemError) {
    var left: [[UInt8]: Refusal] = [:]
    var failure: SystemError?
    for _ in 0..<Self.perTurn {
      guard let (name, refusal) = waiting.popFirst() else { break }
      do throws(SystemError) { try refuse(name, refusal) } catch {
        left[name] = refusal
        failure = error
      }
    }
    // What was looked at again meanwhile is newer.
    waiting.merge(left) { newer, _ in newer }
    if let failure { throw failure }
  }

  private func refuse(_ name: [UInt8], _ refusal: Refusal) throws(SystemError) {
    guard let status = try core.folders[.outbox].status(name) else { return }
    let stem = try? JobID(derived: Array(name.dropLast(5)))
    if stem != nil {
      // While it waited to be refused a good one may have taken its place.
      let reader = DropReader(maxBytes: Int(core.settings.maxJobBytes.bytes))
      let reading = try reader.look(at: name, in: core.folders[.outbox], isQuiet: true) { (bytes) throws(Refusal) in
        try OutgoingMessage.read(bytes)
      }.reading
      if case .ready = reading { return hint(name) }
    }
    try journal.open()
    guard let taken = try claims.take(name, stem, arrival: status.changed), let channel = Self.channel else { return }
    let entry = table.add(taken.name, in: .sending, channel: channel, address: "", arrival: status.changed)
    conclusions.settle(entry, taken.record, refusal: refusal)
  }
}
