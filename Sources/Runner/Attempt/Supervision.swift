/// The life of one run from its start to the death of its last process. Pure: events in, actions out.
///
/// A run ends when its first process ends; what that leaves gets SIGTERM, `leftoverGrace`, SIGKILL (DESIGN §3). On
/// timeout, cancel and stop all of it gets SIGTERM, `grace`, SIGKILL. It is over only when nothing of it is alive.
struct Supervision {
  /// Why the runner ends a run.
  enum Cause: Equatable { case timedOut, idle, cancelled, stopped, outOfMemory, outOfScratch, outOfSession }

  enum Action: Equatable {
    case none
    case terminate
    case kill
    /// Look what is alive and report it with `swept`.
    case sweep
    /// The first process has ended and nothing of the run is alive.
    case finish
  }

  private enum Phase: Equatable {
    case running
    /// SIGTERM was sent.
    case ending(killAt: Int64)
    case killing
    /// The first process has ended, others have not.
    case leftovers(killAt: Int64)
    case over
  }

  /// What a program that was left behind gets between SIGTERM and SIGKILL, ns (DESIGN §3).
  static let leftoverGrace: Int64 = 2_000_000_000
  /// Between two looks at what is still alive, ns.
  private static let shortestLook: Int64 = 5_000_000
  private static let longestLook: Int64 = 500_000_000

  private var phase = Phase.running
  private(set) var cause: Cause?
  /// Processes that were alive when the first one ended.
  private(set) var leftover = 0
  /// The runner has signalled it.
  var wasSignalled: Bool { cause != nil }
  private var hasExited = false
  private var hasEndedWithin = false
  private let grace: Int64
  private var timeoutAt: Int64?
  /// How long it may be without a sign of life, and since when it is.
  private let idle: Int64?
  private var quietSince: Int64
  private var lookAt: Int64?
  private var lookAfter = shortestLook

  /// - Parameters: all in ns of the continuous clock.
  init(timeoutAt: Int64?, grace: Int64, idle: Int64? = nil, now: Int64 = 0) {
    self.timeoutAt = timeoutAt
    self.grace = grace
    self.idle = idle
    quietSince = now
  }

  /// Whether signs of life matter.
  var isTimedByLife: Bool { idle != nil && phase == .running }

  /// A sign of life: output, or a heartbeat.
  mutating func lived(at time: Int64) { quietSince = max(quietSince, time) }

  private var idleAt: Int64? { idle.map { quietSince &+ $0 } }

  /// When `due` is to be called.
  var nextDue: Int64? {
    switch phase {
    case .running: [timeoutAt, idleAt].compactMap { $0 }.min()
    case .ending(let killAt): hasExited ? min(killAt, lookAt ?? killAt) : killAt
    case .leftovers(let killAt): min(killAt, lookAt ?? killAt)
    case .killing: lookAt
    case .over: nil
    }
  }

  /// A person or the runner's end asks for it.
  mutating func end(_ why: Cause, now: Int64) -> Action {
    guard case .running = phase else { return .none }
    cause = why
    phase = .ending(killAt: now + grace)
    return .terminate
  }

  /// No more waiting: a second signal to the runner.
  mutating func endAtOnce(now: Int64) -> Action {
    guard phase != .over else { return .none }
    // A run that ended by itself has its result, whatever becomes of what it left: stopped it would be run again.
    if cause == nil, !hasExited, !hasEndedWithin { cause = .stopped }
    phase = .killing
    lookAt = now + Self.shortestLook
    return .kill
  }

  /// It cannot be held otherwise, and at once: one of its processes was killed at the memory limit, so that the rest goes
  /// too as it would have with cgroup v2; or it fills the disk, of which a grace would be more.
  mutating func lost(to why: Cause, now: Int64) -> Action {
    guard case .running = phase else { return .none }
    cause = why
    return endAtOnce(now: now)
  }

  /// In its sandbox or box the job's first process has ended by itself, and what stands for the whole has not: it is ending
  /// what that left, and is killed only if it takes twice as long as that may.
  mutating func endedWithin(now: Int64) {
    guard case .running = phase else { return }
    hasEndedWithin = true
    phase = .leftovers(killAt: now + 2 * Self.leftoverGrace)
  }

  /// The first process ended; `living` of the run are alive still.
  mutating func exited(living: Int, now: Int64) -> Action {
    hasExited = true
    guard living > 0 else { return over() }
    lookAt = now + Self.shortestLook
    switch phase {
    case .running:
      leftover = living
      phase = .leftovers(killAt: now + Self.leftoverGrace)
      return .terminate
    case .ending, .killing, .leftovers: return .none
    case .over: return .finish
    }
  }

  /// A time has come.
  mutating func due(now: Int64) -> Action {
    switch phase {
    case .running:
      if let timeoutAt, now >= timeoutAt { return end(.timedOut, now: now) }
      if let idleAt, now >= idleAt { return end(.idle, now: now) }
      return .none
    case .ending(let killAt), .leftovers(let killAt):
      if now >= killAt {
        phase = .killing
        lookAt = now + Self.shortestLook
        return .kill
      }
      return hasExited && now >= lookAt ?? now ? .sweep : .none
    case .killing: return now >= lookAt ?? now ? .kill : .none
    case .over: return .finish
    }
  }

  /// So many are alive after the first process ended, or after a kill.
  mutating func swept(living: Int, now: Int64) -> Action {
    guard living > 0 || !hasExited else { return over() }
    lookAfter = min(lookAfter * 2, Self.longestLook)
    lookAt = now + lookAfter
    return .none
  }

  private mutating func over() -> Action {
    phase = .over
    return .finish
  }
}
