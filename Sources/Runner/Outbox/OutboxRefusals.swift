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
  private let intake: OutboxIntake
  private var waiting: [[UInt8]: Refusal] = [:]

  init(
    _ core: Core, table: OutboxTable, claims: OutboxClaims, journal: OutboxJournal, conclusions: OutboxConclusions,
    intake: OutboxIntake
  ) {
    self.core = core
    self.table = table
    self.claims = claims
    self.journal = journal
    self.conclusions = conclusions
    self.intake = intake
  }

  var isEmpty: Bool { waiting.isEmpty }

  func add(_ name: [UInt8], _ refusal: Refusal) { waiting[name] = refusal }

  /// Refuses a turn's share.
  ///
  /// - Throws: it is the disk or the machine that refuses; what is left waits on.
  func proceed() throws(SystemError) {
    for _ in 0..<Self.perTurn {
      guard let (name, refusal) = waiting.popFirst() else { return }
      do throws(SystemError) { try refuse(name, refusal) } catch {
        if intake.setAside(name, error) { continue }
        waiting[name] = refusal
        throw error
      }
    }
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
      if case .ready = reading { return intake.hint(name) }
    }
    try journal.open()
    guard let taken = try claims.take(name, stem, arrival: status.changed, refusal: refusal),
      let channel = Self.channel
    else { return }
    let entry = table.add(taken.name, in: .sending, channel: channel, address: "", arrival: status.changed)
    conclusions.settle(entry, taken.record, refusal: refusal)
  }
}
