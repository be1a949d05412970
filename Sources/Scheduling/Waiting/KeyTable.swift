/// Idempotency keys in flight (`key`, DESIGN §3): who holds one, who waits for it, who is next.
///
/// Only jobs that wait or run now are here. Whether a key already succeeded is on the disk (`keys/`): the caller looks
/// there first.
public struct KeyTable: Sendable {
  /// A key within its group.
  public struct Key: Hashable, Sendable {
    /// The job's group; nil is none.
    public let group: String?
    /// As the job gave it.
    public let key: String

    /// A key of a group.
    public init(group: String?, key: String) {
      self.group = group
      self.key = key
    }

    /// By bytes: string equality merges different byte sequences (MEASURED, JSON).
    public static func == (first: Key, second: Key) -> Bool {
      first.key.utf8.elementsEqual(second.key.utf8)
        && (first.group == nil) == (second.group == nil)
        && (first.group ?? "").utf8.elementsEqual((second.group ?? "").utf8)
    }

    /// By bytes.
    public func hash(into hasher: inout Hasher) {
      for byte in key.utf8 { hasher.combine(byte) }
      for byte in (group ?? "").utf8 { hasher.combine(byte) }
    }
  }

  /// What becomes of a job that comes with a key.
  public enum Claim: Sendable, Equatable {
    /// It holds the key and may run. Also when it held it before.
    case holds
    /// It waits until that job has ended.
    case waits(for: Handle)
    /// That job has the same key with other work: refused as `key-reused`.
    case reused(by: Handle)
  }

  /// What becomes of the others when the holder has gone.
  public enum Release: Sendable, Equatable {
    /// Nobody waited, or the job was not the holder.
    case nobody
    /// These settle as `succeeded` with `sameAs`, in the order they came.
    case same([Handle])
    /// This one holds the key now and may run.
    case next(Handle)
  }

  private struct Flight: Sendable {
    var work: String
    var holder: Handle
    /// In the order they came. Removal is linear: a key with many waiters is rare and short-lived.
    var waiters: [Handle] = []
  }

  private var flights: [Key: Flight] = [:]

  /// No keys.
  public init() {}

  /// Number of keys in flight.
  public var count: Int { flights.count }

  /// Asks for a key. The first to ask holds it; after a restart ask for those that ran before the others.
  ///
  /// - Parameter work: stands for what the job does: the same for the same work, different for other work (a
  ///   cryptographic digest of the canonical job; a short hash would one day call other work the same).
  public mutating func claim(_ key: Key, by job: Handle, work: String) -> Claim {
    guard let flight = flights[key] else {
      flights[key] = Flight(work: work, holder: job)
      return .holds
    }
    if flight.holder == job { return .holds }
    guard flight.work.utf8.elementsEqual(work.utf8) else { return .reused(by: flight.holder) }
    if !flight.waiters.contains(job) { flights[key]?.waiters.append(job) }
    return .waits(for: flight.holder)
  }

  /// Says that the holder has settled.
  public mutating func settled(_ key: Key, by job: Handle, succeeded: Bool) -> Release {
    guard let flight = flights[key], flight.holder == job else {
      withdraw(key, waiter: job)
      return .nobody
    }
    if succeeded {
      flights[key] = nil
      return flight.waiters.isEmpty ? .nobody : .same(flight.waiters)
    }
    return passOn(key)
  }

  /// Takes out a job that goes away without having settled: held, cancelled while it waited, dropped over.
  public mutating func withdraw(_ key: Key, by job: Handle) -> Release {
    guard flights[key]?.holder == job else {
      withdraw(key, waiter: job)
      return .nobody
    }
    return passOn(key)
  }

  /// Who holds a key; nil when it is not in flight.
  public func holder(of key: Key) -> Handle? { flights[key]?.holder }

  /// Who waits for a key, in the order they came.
  public func waiters(for key: Key) -> [Handle] { flights[key]?.waiters ?? [] }

  private mutating func passOn(_ key: Key) -> Release {
    guard let next = flights[key]?.waiters.first else {
      flights[key] = nil
      return .nobody
    }
    flights[key]?.holder = next
    flights[key]?.waiters.removeFirst()
    return .next(next)
  }

  private mutating func withdraw(_ key: Key, waiter: Handle) {
    flights[key]?.waiters.removeAll { $0 == waiter }
  }
}
