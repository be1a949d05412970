import Jobs

/// What is to become of the times of a task that have passed since the last one that was done with. Pure: the same facts
/// give the same plan, so a scheduler that was killed before it carried one out makes it again.
public struct OccurrencePlan: Sendable, Equatable {
  /// Times that get no job, of one reason.
  public struct Skip: Sendable, Equatable {
    public var why: Occurrence.Skipped
    public var first: Int64
    public var last: Int64
    public var count: Int
    /// There were more, which were not counted.
    public var isCut = false
  }

  /// What the plan goes by.
  public struct Facts: Sendable {
    /// Every time up to this one is done with, seconds since 1970.
    public var handled: Int64
    /// Now, ns since 1970.
    public var now: Int64
    /// A job of the task waits or runs.
    public var isBusy: Bool
    /// Times that wait for it, oldest first.
    public var queued: [Int64]
    /// Jobs that were made so far.
    public var runs: Int
    /// The most times that `missed: all` makes up for, and that wait in a queue.
    public var limit: Int
    /// Times are due on whole multiples of this, ns.
    public var grain: Int64

    public init(
      handled: Int64, now: Int64, isBusy: Bool, queued: [Int64], runs: Int, limit: Int, grain: Int64 = 1
    ) {
      self.handled = handled
      self.now = now
      self.isBusy = isBusy
      self.queued = queued
      self.runs = runs
      self.limit = limit
      self.grain = grain
    }
  }

  /// Times whose jobs are to be made now, oldest first.
  public var make: [Int64] = []
  /// Those that wait for the jobs before them, oldest first.
  public var queued: [Int64]
  public var skipped: [Skip] = []
  /// The jobs that are there are to be cancelled.
  public var cancelsActive = false
  /// Every time up to this one is done with.
  public var handled: Int64
  /// The clock was found more than an hour before the last time that was done with: it was wrong then, and the times go on
  /// from now.
  public var clockWentBack = false

  /// How far times are counted that nobody makes up for: at some 0.2 µs each.
  static let countLimit = 10_000
  /// The clock may be this much before the last time that was done with, ns: corrections of a clock, and not one that was
  /// wrong.
  static let tolerance: Int64 = 3_600_000_000_000

  public init(_ rule: TaskRule, _ facts: Facts) {
    queued = facts.queued
    handled = facts.handled
    if Self.isAhead(handled, of: facts.now) {
      handled = facts.now / 1_000_000_000
      clockWentBack = true
    }
    let due = Self.due(rule, after: handled, facts)
    if let newest = due.times.last ?? due.last {
      let moment = Self.moment(of: newest, rule, after: handled, grain: facts.grain)
      handled = newest
      choose(rule, due, moment, now: facts.now)
    }
    overlap(rule, facts)
    hold(rule, runs: facts.runs)
  }

  /// Whether the last time that is done with, seconds since 1970, lies so far ahead of now, ns, that the clock was wrong.
  public static func isAhead(_ handled: Int64, of now: Int64) -> Bool {
    Timestamp(nanoseconds: now) < Timestamp(seconds: handled) + .nanoseconds(-tolerance)
  }

  /// Times that passed while a task was put aside; nil: there were none.
  public static func passed(_ rule: TaskRule, after handled: Int64, through second: Int64) -> Skip? {
    guard let first = rule.next(after: handled), first <= second, let last = rule.last(upTo: second) else { return nil }
    let count = rule.recurrence.count(after: handled, through: last, limit: countLimit)
    return Skip(why: .paused, first: first, last: last, count: count, isCut: count == countLimit)
  }

  // MARK: which times are due

  private struct Due {
    /// The newest ones, oldest first; at most the limit.
    var times: [Int64] = []
    /// Those before them: the oldest, the newest, how many.
    var first: Int64?
    var last: Int64?
    var count = 0
    var isCut = false
  }

  /// A time on the grain of due times, ns.
  public static func onGrain(_ time: Int64, _ grain: Int64, up: Bool) -> Int64 {
    let rest = ((time % grain) + grain) % grain
    guard rest != 0 else { return time }
    let down = time.subtractingReportingOverflow(rest).partialValue
    return up ? down.addingReportingOverflow(grain).partialValue : down
  }

  /// Times are taken in their own order: one that jitter holds back holds back those behind it.
  private static func due(_ rule: TaskRule, after handled: Int64, _ facts: Facts) -> Due {
    var due = Due()
    let (now, limit) = (onGrain(facts.now, facts.grain, up: false), facts.limit)
    var newest = handled
    // All that are older than the longest jitter are due, however many: they are not gone through one by one.
    let settled = now.subtractingReportingOverflow(rule.jitter).partialValue / 1_000_000_000
    if let last = rule.last(upTo: settled), last > newest { newest = last }
    while let next = rule.next(after: newest), rule.due(next) <= now { newest = next }
    guard newest > handled else { return due }
    var time: Int64? = newest
    while let at = time, at > handled, due.times.count < limit {
      due.times.append(at)
      time = rule.last(upTo: at - 1)
    }
    due.times.reverse()
    guard let last = time, last > handled else { return due }
    due.last = last
    due.first = rule.next(after: handled)
    due.count = rule.recurrence.count(after: handled, through: last, limit: countLimit)
    due.isCut = due.count == countLimit
    return due
  }

  /// When a time was due, which jitter and grain may have held back together with some before it, of which `first` is the
  /// oldest.
  private static func moment(
    of newest: Int64, _ rule: TaskRule, after handled: Int64, grain: Int64
  ) -> (due: Int64, first: Int64) {
    // What is older was due before, whatever its jitter.
    let span = rule.jitter / 1_000_000_000 + grain / 1_000_000_000 + 2
    var time = max(handled, newest - span)
    var (due, first) = (Int64.min, newest)
    while let next = rule.next(after: time), next <= newest {
      let own = onGrain(rule.due(next), grain, up: true)
      if own > due { (due, first) = (own, next) }
      time = next
    }
    return (due, first)
  }

  // MARK: missed

  private mutating func choose(
    _ rule: TaskRule, _ due: Due, _ moment: (due: Int64, first: Int64), now: Int64
  ) {
    var times = due.times
    switch rule.missed {
    case .all:
      if let first = due.first, let last = due.last {
        skipped.append(Skip(why: .dropped, first: first, last: last, count: due.count, isCut: due.isCut))
      }
    case .once, .skip:
      // Of those that nobody saw in time the newest is made up for, or none. Those that were due in the same moment were not
      // missed: what becomes of them is for `overlap` to say.
      var newest = times.filter { $0 >= moment.first }
      times.removeLast(newest.count)
      if rule.missed == .skip,
        Timestamp(nanoseconds: now).duration(since: Timestamp(nanoseconds: moment.due)) > ScheduledTask.lateness
      {
        times += newest
        newest = []
      }
      if let first = due.first ?? times.first, let last = times.last ?? due.last {
        skipped.append(
          Skip(why: .missed, first: first, last: last, count: due.count + times.count, isCut: due.isCut))
      }
      times = newest
    }
    make = times
  }

  // MARK: overlap

  private mutating func overlap(_ rule: TaskRule, _ facts: Facts) {
    let times = make
    switch rule.overlap {
    case .allow:
      make = queued + times
      queued = []
    case .skip:
      guard let first = times.first, let last = times.last else { break }
      if facts.isBusy {
        make = []
        skipped.append(Skip(why: .overlap, first: first, last: last, count: times.count))
      } else if times.count > 1 {
        make = [first]
        skipped.append(Skip(why: .overlap, first: times[1], last: last, count: times.count - 1))
      }
    case .queue:
      queued += times
      make = []
      if queued.count > facts.limit {
        let rest = queued[facts.limit...]
        skipped.append(
          Skip(why: .queueFull, first: rest[facts.limit], last: rest[rest.endIndex - 1], count: rest.count))
        queued.removeLast(rest.count)
      }
    case .replace:
      make = []
      if let last = times.last {
        let others = queued + times.dropLast()
        if let first = others.first, let newest = others.last {
          skipped.append(Skip(why: .replaced, first: first, last: newest, count: others.count))
        }
        queued = [last]
      }
      // Also those of a plan that was noted and not carried out to its end.
      cancelsActive = facts.isBusy && !queued.isEmpty
    }
    // What waited, also under a rule that was another then; one at a time.
    if !facts.isBusy, make.isEmpty, !queued.isEmpty { make = [queued.removeFirst()] }
  }

  // MARK: maxRuns

  private mutating func hold(_ rule: TaskRule, runs: Int) {
    guard let most = rule.maxRuns else { return }
    let room = max(0, most - runs)
    if make.count > room { make.removeLast(make.count - room) }
    if queued.count > room - make.count { queued.removeLast(queued.count - (room - make.count)) }
  }

  /// When the task has to be looked at again, ns since 1970; nil: it has no further time.
  public static func nextDue(_ rule: TaskRule, after handled: Int64, runs: Int) -> Int64? {
    if let most = rule.maxRuns, runs >= most { return nil }
    return rule.next(after: handled).map { rule.due($0) }
  }
}
