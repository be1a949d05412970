/// The life of a box from its making to its end, and of the runs in it. Pure: events in, actions out.
///
/// A box is a place with a first process of ours in it, which connects to us, says what was mounted, and then runs jobs:
/// one, or of a kept box one after the other. What makes the box (an engine's client, bwrap) is a child of ours, the maker.
struct BoxLife {
  /// What a first process says, `Init.c`.
  enum Word: Equatable, Sendable {
    case notExecuted(stage: Int64, code: Int64)
    case ended(status: Int64)
    case over(left: Int64, microseconds: Int64, kilobytes: Int64)
    case mount(index: Int, place: BoxPlace?)
    case started
    case clean(Bool)
    /// Something this build does not know: of nobody's making but ours, so never.
    case unknown

    init(_ numbers: [Int64]) {
      guard numbers.count == 4 else {
        self = .unknown
        return
      }
      switch numbers[0] {
      case 1: self = .notExecuted(stage: numbers[1], code: numbers[2])
      case 2: self = .ended(status: numbers[1])
      case 3: self = .over(left: numbers[1], microseconds: numbers[2], kilobytes: numbers[3])
      case 4:
        let place = BoxPlace(device: UInt64(bitPattern: numbers[2]), inode: UInt64(bitPattern: numbers[3]))
        self = .mount(index: Int(clamping: numbers[1]), place: numbers[2] == -1 ? nil : place)
      case 5: self = .started
      case 6: self = .clean(numbers[1] != 0)
      default: self = .unknown
      }
    }
  }

  enum Action: Equatable {
    case none
    /// The first process is there: send it the job.
    case sendJob
    /// Everything is mounted as was asked for: let it run.
    case sendGo
    /// It is to end.
    case sendLeave
    /// Take the counts of its cgroup, while it is there.
    case takeReadings
  }

  enum Phase: Equatable {
    /// The maker works; nobody has connected.
    case starting
    /// Its mounts are compared.
    case checking(left: Int)
    /// The job runs, or is about to.
    case running
    /// The job is over; whether the box is clean is not said yet.
    case over
    /// Waits for the next job.
    case idle
    /// Told to end, or seen to have.
    case ending
  }

  private(set) var phase = Phase.starting
  private(set) var report = InitReport()
  /// The first mount that is not what it was to be, by its number.
  private(set) var changedMount: Int?
  private(set) var wasConnected = false
  private(set) var isHungUp = false
  private(set) var hasMakerEnded = false
  private(set) var hasStarted = false
  /// All of the run is told: the job's end is known and nothing of it is alive.
  private(set) var isReported = false
  private let isKept: Bool

  init(isKept: Bool) { self.isKept = isKept }

  /// Whether the box is gone for good, with all that was in it.
  var isGone: Bool { hasMakerEnded && (isHungUp || !wasConnected) }

  /// Whether a run is over: of a kept box as soon as it is clean, of another when the box is gone.
  var isRunOver: Bool { isGone || (isKept && isReported && phase == .idle) }

  /// It connected.
  mutating func connected() -> Action {
    guard phase == .starting else { return .sendLeave }
    wasConnected = true
    return .sendJob
  }

  /// A job was sent, with so many mounts to be compared.
  mutating func sent(mounts: Int) -> Action {
    report = InitReport()
    (isReported, hasStarted, changedMount) = (false, false, nil)
    phase = mounts == 0 ? .running : .checking(left: mounts)
    return mounts == 0 ? .sendGo : .none
  }

  /// The first process said something.
  ///
  /// - Parameter expected: what was to be mounted, in order.
  mutating func heard(_ word: Word, expected: [BoxPlace]) -> Action {
    switch (word, phase) {
    case (.mount(let index, let place), .checking(let left)):
      guard expected.indices.contains(index), place == expected[index] else {
        changedMount = changedMount ?? index
        phase = .ending
        return .sendLeave
      }
      phase = left == 1 ? .running : .checking(left: left - 1)
      return left == 1 ? .sendGo : .none
    case (.started, .running): hasStarted = true
    case (.notExecuted, .running), (.ended, .running): report.take(word)
    case (.over, .running):
      report.take(word)
      isReported = true
      phase = .over
      return .takeReadings
    case (.clean(let isClean), .over):
      phase = isKept && isClean ? .idle : .ending
      return phase == .idle ? .none : .sendLeave
    default: break  // of a run that was ended meanwhile
    }
    return .none
  }

  /// The first process is gone, and with it all that was in the box.
  mutating func hungUp() {
    isHungUp = true
    phase = .ending
  }

  /// The box is to end: no job comes, or the run was ended before it began.
  mutating func close() -> Action {
    guard phase != .ending else { return .none }
    phase = .ending
    return wasConnected ? .sendLeave : .none
  }

  /// The maker was reaped.
  mutating func makerEnded() { hasMakerEnded = true }
}

/// What stands where something was mounted.
struct BoxPlace: Equatable, Sendable {
  /// Major and minor number, as `FileStatus.deviceNumbers`.
  let device: UInt64
  let inode: UInt64
}
