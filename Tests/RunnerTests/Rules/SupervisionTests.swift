import Testing

@testable import Runner

@Suite(.timeLimit(.minutes(60))) struct SupervisionTests {
  enum Phase: CaseIterable { case running, ending, endingExited, killing, killingExited, leftovers, over }
  enum Event: CaseIterable { case end, endAtOnce, exitedAlone, exitedLeaving, early, look, late, sweptNone, sweptSome }

  private static let ms: Int64 = 1_000_000

  /// A run in a phase at time 0: grace 10 s, timeout at 20 s.
  private func run(_ phase: Phase) -> Supervision {
    var run = Supervision(timeoutAt: 20_000 * Self.ms, grace: 10_000 * Self.ms)
    switch phase {
    case .running: break
    case .ending: _ = run.end(.cancelled, now: 0)
    case .endingExited:
      _ = run.end(.cancelled, now: 0)
      _ = run.exited(living: 1, now: 0)
    case .killing: _ = run.endAtOnce(now: 0)
    case .killingExited:
      _ = run.endAtOnce(now: 0)
      _ = run.exited(living: 1, now: 0)
    case .leftovers: _ = run.exited(living: 2, now: 0)
    case .over: _ = run.exited(living: 0, now: 0)
    }
    return run
  }

  private func apply(_ event: Event, to run: inout Supervision) -> Supervision.Action {
    switch event {
    case .end: run.end(.stopped, now: 0)
    case .endAtOnce: run.endAtOnce(now: 0)
    case .exitedAlone: run.exited(living: 0, now: 0)
    case .exitedLeaving: run.exited(living: 3, now: 0)
    case .early: run.due(now: Self.ms)
    case .look: run.due(now: 100 * Self.ms)
    case .late: run.due(now: 30_000 * Self.ms)
    case .sweptNone: run.swept(living: 0, now: 0)
    case .sweptSome: run.swept(living: 1, now: 0)
    }
  }

  /// What each event does in each phase, in the order of `Event.allCases`.
  private static let table: [Phase: [Supervision.Action]] = [
    .running: [.terminate, .kill, .finish, .terminate, .none, .none, .terminate, .none, .none],
    .ending: [.none, .kill, .finish, .none, .none, .none, .kill, .none, .none],
    .endingExited: [.none, .kill, .finish, .none, .none, .sweep, .kill, .finish, .none],
    .killing: [.none, .kill, .finish, .none, .none, .kill, .kill, .none, .none],
    .killingExited: [.none, .kill, .finish, .none, .none, .kill, .kill, .finish, .none],
    .leftovers: [.none, .kill, .finish, .none, .none, .sweep, .kill, .finish, .none],
  ]

  @Test("each event does in each phase what the table says", arguments: Phase.allCases.filter { $0 != .over })
  func table(phase: Phase) throws {
    let actions = try #require(Self.table[phase])
    try #require(actions.count == Event.allCases.count)
    for (event, action) in zip(Event.allCases, actions) {
      var run = run(phase)
      #expect(apply(event, to: &run) == action, "\(event) while \(phase)")
    }
  }

  @Test("nothing signals a run that is over")
  func over() {
    for event in [Event.end, .endAtOnce, .early, .late, .sweptNone] {
      var run = run(.over)
      #expect([.none, .finish].contains(apply(event, to: &run)), "\(event)")
    }
    #expect(run(.over).nextDue == nil)
  }

  @Test("a run that is not over always has something ahead, or runs without a timeout")
  func nextDue() {
    for phase in Phase.allCases where phase != .over { #expect(run(phase).nextDue != nil, "\(phase)") }
    #expect(Supervision(timeoutAt: nil, grace: 1).nextDue == nil)
  }

  @Test("the first cause stays: a timeout during a cancel changes nothing")
  func cause() {
    var run = run(.ending)
    _ = run.due(now: 30_000 * Self.ms)
    #expect(run.cause == .cancelled && run.wasSignalled)
    var timed = self.run(.running)
    _ = timed.due(now: 20_000 * Self.ms)
    _ = timed.end(.cancelled, now: 20_001 * Self.ms)
    #expect(timed.cause == .timedOut)
  }

  @Test("a run that ended by itself is not a stopped one when the runner ends at once, though what it left is killed")
  func endedBefore() {
    var run = run(.leftovers)
    #expect(run.endAtOnce(now: 0) == .kill)
    #expect(run.cause == nil && !run.wasSignalled)
    var stopped = self.run(.running)
    #expect(stopped.endAtOnce(now: 0) == .kill && stopped.cause == .stopped)
  }

  @Test("a run that has ended in its sandbox is past its timeout, a cancel and a stop, and killed when it does not go")
  func endedWithin() {
    var run = run(.running)
    run.endedWithin(now: 0)
    #expect(run.end(.cancelled, now: 0) == .none && run.due(now: 1_000 * Self.ms) == .none)
    #expect(run.endAtOnce(now: 1_000 * Self.ms) == .kill && run.cause == nil)
    var stuck = self.run(.running)
    stuck.endedWithin(now: 0)
    #expect(stuck.nextDue.map { stuck.due(now: $0) } == .kill && stuck.cause == nil)
    var stopped = self.run(.ending)
    stopped.endedWithin(now: 0)
    #expect(stopped.cause == .cancelled && stopped.exited(living: 0, now: 0) == .finish)
  }

  @Test("what a run leaves by itself is counted, what it leaves when it is ended is not")
  func leftover() {
    #expect(run(.leftovers).leftover == 2 && !run(.leftovers).wasSignalled)
    #expect(run(.endingExited).leftover == 0)
  }

  @Test("a program left behind gets 2 s between SIGTERM and SIGKILL, looked at ever less often")
  func leftoverGrace() {
    var run = run(.leftovers)
    var looks = 0
    var now: Int64 = 0
    while true {
      now = run.nextDue ?? .max
      let action = run.due(now: now)
      if action == .kill { break }
      #expect(action == .sweep)
      looks += 1
      #expect(run.swept(living: 1, now: now) == .none)
    }
    #expect(now == Supervision.leftoverGrace && (5...20).contains(looks))
  }
}
