import Synchronization

/// What the loop asks of a delivery that is made in another thread.
final class DeliveryControl: Sendable {
  private let stage = Atomic(0)

  /// It is to end: SIGTERM, and SIGKILL after the grace.
  func stop() { _ = stage.max(1, ordering: .relaxed) }
  /// It is to end at once.
  func stopAtOnce() { _ = stage.max(2, ordering: .relaxed) }

  var isStopping: Bool { stage.load(ordering: .relaxed) > 0 }
  var isStoppingAtOnce: Bool { stage.load(ordering: .relaxed) > 1 }
}
