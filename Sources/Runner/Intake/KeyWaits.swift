import Jobs
import Platform
import Scheduling

/// What a job that waits is told by what it waits for.
enum WaitAnswer {
  case ready
  /// - until: when that ends by itself, ns since 1970; nil: somebody else ends it.
  case wait(until: Int64?)
  /// It is not to run.
  case over(Outcome)
}

/// The jobs that came with an idempotency key: one of each key may run, the others wait for what becomes of it.
struct KeyWaits {
  /// Before a look that failed is repeated, ns.
  private static let again: Int64 = 1_000_000_000

  private var keys = KeyTable()
  private let files: KeyFiles
  /// Those for which it was looked up whether their key has succeeded before: it had not.
  private var lookedUp: Set<Handle> = []

  init(_ files: KeyFiles) { self.files = files }

  func holder(of key: KeyTable.Key) -> Handle? { keys.holder(of: key) }

  /// - Parameters:
  ///   - work: what the key stands for; - name: of a job.
  mutating func answer(
    _ key: KeyTable.Key, _ handle: Handle, work: String, now wall: Int64, name: (Handle) -> JobID?
  ) -> WaitAnswer {
    // Before it asks for the key: one that is not to run must hold it against nobody.
    if !lookedUp.contains(handle) {
      let earlier: KeyFiles.Use?
      do throws(SystemError) { earlier = try files.succeeded(key, asking: name(handle)) } catch {
        return .wait(until: wall &+ Self.again)
      }
      if let earlier {
        return .over(earlier.work == work ? Self.same(as: earlier.id) : Outcome(Self.reused(by: earlier.id.text)))
      }
      lookedUp.insert(handle)
    }
    switch keys.claim(key, by: handle, work: work) {
    case .holds: return .ready
    case .waits: return .wait(until: nil)
    case .reused(let holder): return .over(Outcome(Self.reused(by: name(holder)?.text ?? "another job")))
    }
  }

  /// The job began under the key before this runner did: it has it, but where somebody else has it by now. Then it asks for it as
  /// any other when it goes on.
  mutating func hold(_ key: KeyTable.Key, _ handle: Handle, work: String) {
    guard keys.holder(of: key) == nil else { return }
    lookedUp.insert(handle)
    _ = keys.claim(key, by: handle, work: work)  // nobody is in its way
  }

  /// The job came to its end.
  mutating func settled(_ key: KeyTable.Key, by handle: Handle, succeeded: Bool) -> KeyTable.Release {
    lookedUp.remove(handle)
    return keys.settled(key, by: handle, succeeded: succeeded)
  }

  /// The job is gone.
  mutating func withdraw(_ key: KeyTable.Key, by handle: Handle) -> KeyTable.Release {
    lookedUp.remove(handle)
    return keys.withdraw(key, by: handle)
  }

  /// How a job ends whose work was done under its key.
  static func same(as id: JobID) -> Outcome {
    var outcome = Outcome(.succeeded, code: "same-key", reason: "the job '\(id)' with the same key has succeeded")
    outcome.sameAs = id
    return outcome
  }

  private static func reused(by name: String) -> Refusal {
    Refusal(
      code: .keyReused,
      reason: "the key was used by '\(name)' for other work; expected the same work, or another key", key: "key")
  }
}
