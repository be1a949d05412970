/// How often a job is tried and how long it waits in between: DESIGN §3, `retry`.
public struct RetryPolicy: Sendable, Equatable {
  /// Attempts in all for every kind of failure, 1…1000; nil: 1 for ordinary failures, 5 for temporary ones.
  public var attempts: Int?
  /// The wait before the second attempt; default 5 s.
  public var delay = Duration.seconds(5)
  /// What the wait grows by each time, 1…100; default 2.
  public var factor = 2.0
  /// The longest wait before jitter; default 10 min, or `delay` where that is longer.
  public var maxDelay = Duration.seconds(600)
  /// The part of the wait by which chance makes it longer or shorter, 0…1; default 0.1.
  public var jitter = 0.1

  /// Attempts for ordinary failures when the job does not say.
  public static let ordinaryAttempts = 1
  /// Attempts for temporary failures (exit 75, a signal from outside) when the job does not say.
  public static let temporaryAttempts = 5

  /// The defaults, or a number of attempts.
  public init(attempts: Int? = nil) { self.attempts = attempts }

  /// The attempts that a job gets when its last failure was of this kind.
  public func attempts(temporary: Bool) -> Int {
    attempts ?? (temporary ? RetryPolicy.temporaryAttempts : RetryPolicy.ordinaryAttempts)
  }

  /// The wait after the `n`th counted attempt (from 1): delay × factor^(n−1), at most `maxDelay`, then the jitter.
  /// - Parameter chance: 0…1 from the caller's generator; 0.5 gives the wait without jitter.
  public func wait(afterAttempt n: Int, chance: Double) -> Duration {
    let most = maxDelay.inSeconds
    var seconds = min(delay.inSeconds, most)
    var step = 1
    // Multiplied step by step and stopped at the cap, so that no power overflows.
    while step < n, seconds > 0, seconds < most, factor > 1 {
      seconds = min(seconds * factor, most)
      step += 1
    }
    let swing = 1 + jitter * (2 * min(max(chance, 0), 1) - 1)
    return .nanoseconds(Int64(max(0, min(seconds * swing, 2 * 3650 * 86_400)) * 1_000_000_000))
  }
}

/// The jobs that a job waits for: DESIGN §3, `after`.
public struct After: Sendable, Equatable {
  /// How many of them must succeed.
  public enum Need: Sendable, Equatable {
    /// Each one.
    case all
    /// One.
    case any
    /// This many, 1…the number of jobs.
    case count(Int)
  }

  /// What becomes of the job when they cannot.
  public enum OnFailure: String, Sendable, CaseIterable {
    /// It settles as `dependency-failed`.
    case fail
    /// It runs all the same, once all have ended.
    case `continue`
  }

  /// 1…1000 ids without duplicates.
  public var jobs: [JobID]
  /// Default all.
  public var need = Need.all
  /// Default fail.
  public var onFailure = OnFailure.fail

  /// Waits for these.
  public init(jobs: [JobID], need: Need = .all, onFailure: OnFailure = .fail) {
    self.jobs = jobs
    self.need = need
    self.onFailure = onFailure
  }

  /// The number that must succeed.
  public var needed: Int {
    switch need {
    case .all: jobs.count
    case .any: 1
    case .count(let n): n
    }
  }
}
