/// How often and how soon a job is tried again: the key `retry` (DESIGN §3).
public struct RetryTerms: Sendable, Equatable {
  /// Attempts in all, for every kind of failure, 1 and up. Nil, the default: 1 for ordinary failures, 5 for temporary.
  public var attempts: Int?
  /// Before the second attempt. Default 5 s.
  public var delay: Duration
  /// What each further delay is multiplied by. Default 2.
  public var factor: Double
  /// No delay is longer, but for jitter. Default 10 min.
  public var maxDelay: Duration
  /// The part of the delay, 0…1, by which it is made longer or shorter at random. Default 0.1.
  public var jitter: Double

  /// The defaults.
  public init(
    attempts: Int? = nil, delay: Duration = .seconds(5), factor: Double = 2, maxDelay: Duration = .seconds(600),
    jitter: Double = 0.1
  ) {
    self.attempts = attempts
    self.delay = delay
    self.factor = factor
    self.maxDelay = maxDelay
    self.jitter = jitter
  }

  /// For a runtime that is installed but does not answer: 1 s, doubling, at most 1 min. An engine restarts in seconds;
  /// a minute is what a person who has just repaired it will wait.
  public static let runtimeNotAnswering = RetryTerms(
    delay: .seconds(1), factor: 2, maxDelay: .seconds(60), jitter: 0.1)

  /// No delay is longer than this, whatever the terms say: a year.
  public static let longestDelay = Duration.seconds(366 * 86_400)

  /// The delay after the n-th attempt: min(delay · factorⁿ⁻¹, maxDelay) ± jitter. Never negative, never overflows.
  ///
  /// - Parameters:
  ///   - n: 1 and up.
  ///   - random: 0..<1; 0.5, the default, is the middle: no jitter.
  public func delay(after n: Int, random: Double = 0.5) -> Duration {
    let longest = min(maxDelay.inSeconds, Self.longestDelay.inSeconds)
    var seconds = max(0, delay.inSeconds)
    guard seconds > 0, longest > 0 else { return .zero }
    seconds = min(seconds * power(factor.isFinite && factor > 0 ? factor : 1, max(1, n) - 1), longest)
    let part = jitter.isFinite ? min(max(jitter, 0), 1) : 0
    let swing = random.isFinite ? min(max(random, 0), 1) * 2 - 1 : 0
    return min(.seconds(max(0, seconds * (1 + part * swing))), Self.longestDelay)
  }

  /// By squaring, so that a billion attempts cost thirty steps; infinity where it overflows, which `min` then cuts.
  private func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, square, rest) = (1.0, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }
}

extension Duration {
  fileprivate var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
