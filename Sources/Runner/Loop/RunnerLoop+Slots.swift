import Platform

/// The slots' threads, which keep slots busy beside the loop while jobs wait.
///
/// One thread alone leaves processors without work: a job that ended waits until the loop has the processor on which the
/// other one runs, and two that end at once wait for each other. With two slots on two processors it has 0.577 ± 0.007 of a
/// bare loop's rate and 12 % idle, with these it has 0.589 ± 0.009 and 10 % (20 rounds by turns, 2026-11-28; before claims
/// were without looks in `processing` it was 0.55 and 0.60). Where there are more slots than processors other jobs fill the
/// gaps, and who waits for the turn costs more than that: 0.65 instead of 0.68 with four slots, 0.65 instead of 0.71 with
/// eight. There, and with a single slot, the loop does it all.
extension RunnerLoop {
  /// More than these wait for each other: a job needs the turn for some 150 µs.
  private static let mostThreads = 4

  /// How many threads there are to be for so many slots.
  static func slotThreads(slots: Int, processors: Int = Machine.processors) -> Int {
    slots > 1 && slots <= processors ? min(slots, mostThreads) : 0
  }

  /// What a slot's thread does between two runs: the part of a turn that they need.
  func fillSlot() -> Int32? {
    attempts.reap(atMost: 1)
    let pid = mayClaim && Self.slotThreads(slots: core.slots) > 0 ? dispatcher.startReady() : nil
    attempts.concludeLast()
    settler.commitGathered(moreToCome: attempts.count > 0)
    if mayClaim { dispatcher.prepareNext() }
    wakeIfDue()
    return pid
  }
}
