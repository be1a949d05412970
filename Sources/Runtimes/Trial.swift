import Platform

/// Something of the machine that is found out by trying: when first asked and, after a failure, again at growing intervals.
final class Trial<Value> {
  /// Between two that failed, ns: doubled each time.
  private static var shortestWait: Int64 { 1_000_000_000 }
  private static var longestWait: Int64 { 60_000_000_000 }

  private let attempt: () throws(StartFailure) -> Value
  private var answer: Result<Value, StartFailure>?
  private var nextTrial: Int64 = .min
  private var wait = Trial.shortestWait

  init(_ attempt: @escaping () throws(StartFailure) -> Value) { self.attempt = attempt }

  /// What it gave, the last time or now.
  func outcome() throws(StartFailure) -> Value {
    let now = Clock.continuous()
    if case .failure = answer, now >= nextTrial { answer = nil }
    if answer == nil {
      do throws(StartFailure) {
        let given = try attempt()
        value = given
        answer = .success(given)
        wait = Self.shortestWait
      } catch {
        answer = .failure(error)
        nextTrial = now + wait
        wait = min(wait * 2, Self.longestWait)
      }
    }
    switch answer {
    case .success(let value)?: return value
    case .failure(.runtimeUnavailable(let reason, _))?:
      throw .runtimeUnavailable(reason: reason, again: .nanoseconds(max(nextTrial - now, 0)))
    case .failure(let failure)?: throw failure
    case nil: throw .sandboxFailed(reason: "it was not tried")
    }
  }

  /// What it gave when it last worked.
  private(set) var value: Value?

  /// It failed although it had worked: the next question is asked anew.
  func doubt() { if case .success = answer { answer = nil } }
}
