import Jobs
import Platform

/// A container, or a sandbox that stays: a place with a first process of ours in it, which runs jobs. See `BoxLife` for its
/// life and `Rendezvous` for how the two meet.
///
///     runner ─ maker (the engine's client, or bwrap)  ·····  bobbin-init (pid 1 of the box) ─ the job
///        └──────────────── the socket ──────────────────────────┘
///
/// What a job writes, reads and is given goes through the socket's descriptors and never through the engine: its
/// environment stands in no `inspect`, its output in no engine's log. When the runner ends, however it does, the socket
/// closes and the box ends all that is in it. Belongs to the runner's loop.
public final class Box {
  /// When something happened, continuous clock.
  public struct Times: Equatable, Sendable {
    /// The run was begun, its box was there, its program was executed, it ended.
    public var begun: Int64
    public var met: Int64?
    public var started: Int64?
    public var ended: Int64?
  }

  let plan: BoxPlan
  private let maker: BoxMaker
  private var life: BoxLife
  private var listener: Descriptor?
  private var link: Descriptor?
  /// The job's cgroups as the kernel tells for the first process; nil: not to be seen from here.
  private var cgroups: BoxCgroups?
  private var job: BoxJob?
  private var makerEnd: ProcessEnd.Cause?
  /// It has had another job before.
  private var isReused = false
  /// It outlived its maker.
  private var isOrphan = false
  /// When its maker is to have seen that it is gone, continuous clock.
  private var goneBy: Int64?
  /// The signal that ended it before it ran.
  private var endedEarly: Int32?
  private var killedAt: Int64?
  public private(set) var times = Times(begun: Clock.continuous())
  /// What the box's cgroup counted in the run that is over; nil: nothing was to be seen.
  public private(set) var readings: CgroupReadings?

  /// How long a maker may take from the end of all in a box to its own, ns: an engine's takes a tenth of a second.
  private static let makerPatience: Int64 = 10_000_000_000
  /// How long a box that was told to end may take, ns; then its maker is asked to take it away.
  private static let patience: Int64 = 1_000_000_000

  init(_ plan: BoxPlan, listener: Descriptor, maker: BoxMaker, job: BoxJob) {
    self.plan = plan
    self.listener = listener
    self.maker = maker
    self.job = job
    life = BoxLife(isKept: plan.isKept)
  }

  /// The child that stands for it.
  public var makerPID: Int32 { maker.launching.pid }
  /// What tells that something is to be taken, until the run is over: changes once, when the box has connected. Nil: nothing
  /// will come.
  public var channel: Descriptor? { link ?? listener }
  /// That pid is nobody's of ours any more.
  var isMakerReaped: Bool { makerEnd != nil }
  /// It waits for the next job.
  public var isIdle: Bool { life.phase == .idle }
  /// It is gone for good, with all that was in it.
  public var isGone: Bool { life.isGone }
  /// Whether the run in it is over.
  var isRunOver: Bool { life.isRunOver }

  /// Whether the kernel killed a process of the run at the box's memory limit. It ends only that one: no engine asks it for
  /// more (memory.oom.group), and version 1 has no such thing.
  public var hasLostProcessToMemory: Bool { link != nil && (cgroups?.memoryKills() ?? 0) > 0 }

  // MARK: what happens

  /// Something can be read from the channel.
  public func take() {
    if link == nil { meet() }
    while let link {
      let numbers: [Int64]?
      // A connection that broke is one that is gone.
      do throws(SystemError) { numbers = try link.receive(atMost: 4) } catch { numbers = [] }
      guard let numbers else { return }
      guard !numbers.isEmpty else { return hungUp() }
      let word = BoxLife.Word(numbers)
      note(word)
      act(life.heard(word, expected: job?.expected ?? []))
    }
  }

  private func meet() {
    guard let listener, let link = try? LocalSocket.accept(listener) else { return }  // nobody: asked again
    plan.rendezvous.close()
    self.listener = nil
    self.link = link
    times.met = Clock.continuous()
    cgroups = link.peer.flatMap { BoxCgroups(of: $0) }
    act(life.connected())
  }

  private func note(_ word: BoxLife.Word) {
    switch word {
    case .started: times.started = Clock.continuous()
    case .ended, .notExecuted: times.ended = times.ended ?? Clock.continuous()
    default: break
    }
  }

  private func hungUp() {
    link = nil
    let now = Clock.continuous()
    times.ended = times.ended ?? now
    life.hungUp()
    if isOrphan { maker.remove() }
    if makerEnd == nil { goneBy = now + Self.makerPatience }
  }

  /// When `timePassed` is to be called, continuous clock.
  public var nextDue: Int64? { makerEnd == nil ? goneBy : nil }

  /// Nothing is alive in it any more, and its maker does not see that: a daemon that is frozen, say. It is taken away later.
  public func timePassed(now: Int64) {
    guard let due = nextDue, now >= due else { return }
    goneBy = now + Self.makerPatience
    maker.remove()
    ProcessTable.signalChild(makerPID, SignalNumber.kill)
  }

  /// Its maker was reaped.
  public func reaped(_ cause: ProcessEnd.Cause) {
    makerEnd = cause
    let wasConnected = life.wasConnected
    life.makerEnded()
    guard !wasConnected else {
      // The box goes on without its client: nobody takes it away when it ends.
      isOrphan = link != nil
      if link == nil, cause != .exited(0) { maker.remove() }
      return
    }
    // Whatever comes later finds nobody.
    closeListener()
    // Killed or failed in the middle, podman leaves what it had made so far.
    if cause != .exited(0) { maker.remove() }
  }

  private func act(_ action: BoxLife.Action) {
    switch action {
    case .none: break
    case .sendJob: sendJob()
    case .sendGo: say(.go)
    case .sendLeave: say(.leave)
    case .takeReadings: readings = cgroups?.readings()
    }
  }

  // MARK: what is said

  private enum Saying: Int64 { case run = 1, go, signal, leave }

  /// A connection that does not take it is gone: reading it tells.
  private func say(_ what: Saying, _ value: Int64 = 0, files: [Descriptor] = []) {
    try? link?.send([what.rawValue, value], files: files)
  }

  private func sendJob() {
    guard let job else { return act(life.close()) }
    guard let file = job.file, let told = try? FileSystem.memoryFile(file.bytes()) else {
      return act(life.close())  // no memory
    }
    cgroups?.begin()
    say(.run, 0, files: [told] + job.streams)
    // Only the job holds its streams now.
    self.job?.streams = []
    // Nor does anybody hold on to its environment.
    self.job?.file = nil
    act(life.sent(mounts: job.expected.count))
  }

  /// Runs the next job in a box that waits for it. Its mounts were compared when it was made.
  func run(_ job: BoxJob) {
    let now = Clock.continuous()
    times = Times(begun: now, met: now)
    readings = nil
    self.job = job
    (endedEarly, killedAt, isReused) = (nil, nil, true)
    sendJob()
  }

  /// Passes a signal on to the job; one that has not begun never will.
  func signal(_ number: Int32) {
    let isKill = number == SignalNumber.kill
    let isTerm = number == SignalNumber.terminate
    guard isKill || isTerm || life.hasStarted else { return }
    let now = Clock.continuous()
    if link != nil, life.phase == .running || life.phase == .over {
      say(.signal, Int64(number))
    } else if isKill || isTerm {
      endedEarly = endedEarly ?? number
      end()
    }
    guard isKill else { return }
    // Frozen, or in the kernel's hands.
    if let killedAt, now - killedAt > Self.patience { endByForce() }
    killedAt = killedAt ?? now
  }

  /// It is to end: all that is in it, and itself.
  public func end() {
    let wasConnected = life.wasConnected
    act(life.close())
    guard !wasConnected, makerEnd == nil else { return }
    closeListener()
    // The client may have asked for the container and not have heard of it.
    ProcessTable.signalChild(makerPID, SignalNumber.kill)
  }

  /// It was told to end and does not: its maker takes it away.
  public func endByForce() {
    let now = Clock.continuous()
    guard now - (killedAt ?? .min) > Self.patience || killedAt == nil else { return }
    killedAt = now
    maker.remove()
    if makerEnd == nil { ProcessTable.signalChild(makerPID, SignalNumber.kill) }
  }

  private func closeListener() {
    guard listener != nil else { return }
    plan.rendezvous.close()
    listener = nil
  }

  // MARK: what became of it

  /// What became of the run that is over.
  func runEnd() -> RunEnd {
    let name = job?.name ?? ""
    let report = life.report
    if let failure = report.failure { return .neverRan(StartFailure(failure, name: name)) }
    if let index = life.changedMount {
      let place = job.map { $0.places.indices.contains(index) ? $0.places[index] : "" } ?? ""
      return .neverRan(
        .mountRefused(
          code: "mount-changed",
          reason: "what the container has at '\(place)' is not what was checked: somebody moved it meanwhile"))
    }
    var end = ProcessEnd(pid: makerPID, cause: .signalled(SignalNumber.kill))
    if let cause = report.cause {
      end.cause = cause
    } else if let signal = endedEarly {
      end.cause = .signalled(signal)
    } else if !life.hasStarted, isReused {
      // Not this job's fault, nor anything that it could have had from it.
      return .neverRan(
        .runtimeUnavailable(reason: "the box that was kept for it ended before it began", again: .seconds(1)))
    } else if !life.hasStarted {
      // Taken away between the two, or never there.
      return .neverRan(maker.explain(words, makerEnd ?? .exited(0)))
    }
    if let usage = report.usage {
      end.processorTime = usage.processorTime
      end.maxResidentBytes = usage.maxResidentBytes
    }
    return .ran(end, leftover: report.leftover)
  }

  /// What the maker wrote.
  private var words: String {
    guard let file = try? maker.complaints.reopened(), let bytes = try? file.readAll(limit: 2000) else { return "" }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      // docker's advice for people at a terminal.
      .filter { !$0.hasPrefix("Run '") && !$0.hasPrefix("See '") }.joined(separator: "; ")
  }
}
