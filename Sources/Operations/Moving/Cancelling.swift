import Jobs
import Platform
import Spool

/// Cancels jobs wherever they are.
///
/// With a runner alive a waiting job is moved to `errors/`, where the runner gives it its result, and a running one gets
/// its `NAME.cancel`. Without one, the runner's lock is taken for the length of the call and the job is settled the way
/// the runner does it: claimed, its record finished and made durable in `processing/`, then renamed out. A crash at any
/// step is what recovery knows how to finish.
extension SpoolAccess {
  /// How often a job that moves away is looked for again.
  private static let looks = 5

  public func cancel(_ ids: [JobID]) throws(SystemError) -> [MoveOutcome] {
    try makeMissing(SpoolPlace.jobStates)
    let lock = try takeRunnerLock()
    var outcomes: [MoveOutcome] = []
    for id in ids { outcomes.append(try cancel(id, isRunner: lock != nil)) }
    if outcomes.contains(where: \.isDone) { try sync([.errors, .processing, .inbox, .held, .deferred]) }
    // Held until here: the descriptor's owner must outlive the moves.
    withExtendedLifetime(lock) {}
    return outcomes
  }

  private func cancel(_ id: JobID, isRunner: Bool) throws(SystemError) -> MoveOutcome {
    var last = MoveOutcome.unknown
    for _ in 0..<Self.looks {
      // Of two homes the one that has not ended: a drop under a held name.
      let sightings = try sightings(of: id)
      guard let sighting = sightings.first(where: { !$0.hasEnded }) ?? sightings.first else { return .unknown }
      let outcome: MoveOutcome?
      switch sighting.place {
      case .processing: outcome = try requestCancel(id)
      case .inbox, .held, .deferred:
        if isRunner {
          outcome = try settleCancelled(id, from: sighting.place)
        } else {
          outcome = try moveToErrors(id, from: sighting.place)
        }
      case .errors where !sighting.hasEnded: return .already(.errors)
      default: return .elsewhere(sighting.place)
      }
      if let outcome { return outcome }
      // Source gone: the runner was first. Look where it went.
      last = .elsewhere(sighting.place)
    }
    return last
  }

  // MARK: - Running

  private func requestCancel(_ id: JobID) throws(SystemError) -> MoveOutcome? {
    guard let processing = try readable(.processing) else { return nil }
    let name = JobFile.cancel(id.text)
    do throws(SystemError) { _ = try disk.create(name, in: processing) } catch {
      guard error.isTaken else { throw error }
      guard try processing.has(JobFile.job(id.text)) else { return nil }
      try? processing.touch(name)  // see below
      return .requestedBefore
    }
    if try processing.has(JobFile.job(id.text)) {
      // Wakes the runner, which is told of touches in `processing`, not of names that come. Where that fails, or it has
      // seen the file and taken it away, its scan does as well.
      try? processing.touch(name)
      return .requested
    }
    // It left before the request came: nothing may find this and end a later run of the id.
    do throws(SystemError) { try disk.remove(name, in: processing) } catch { if !error.isMissing { throw error } }
    return nil
  }

  // MARK: - Waiting, with a runner

  private func moveToErrors(_ id: JobID, from place: SpoolPlace) throws(SystemError) -> MoveOutcome? {
    var target = id
    var number = 2
    // A deferred job holds its id itself; a drop may wait under one that another job holds.
    while place != .deferred, try isHeld(target) {
      target = id.numbered(number)
      number += 1
    }
    do throws(SystemError) {
      let moved = try mover.move(
        JobFile.job(id.text), from: place, to: .errors, as: JobFile.job(target.text))
      return moved ? .moved(to: .errors, as: target) : nil
    } catch {
      guard error.isTaken else { throw error }
      return place == .deferred ? .taken(.errors) : nil
    }
  }

  private func isHeld(_ id: JobID) throws(SystemError) -> Bool {
    for place in SpoolPlace.idHolders where try has(JobFile.job(id.text), in: place) { return true }
    return false
  }

  // MARK: - Waiting, without a runner

  private func settleCancelled(_ id: JobID, from place: SpoolPlace) throws(SystemError) -> MoveOutcome? {
    let limit = Int(try settingsOrDefaults().maxJobBytes.bytes)
    var record: JobRecord
    var target = id
    if place == .deferred {
      record = try self.record(id, in: .deferred) ?? JobRecord(id: id)
      guard try mover.resume(id) else { return nil }
    } else {
      var chooser = IDChooser()
      let choice = try chooser.choose(for: id, in: folders, wall: Clock.wall())
      target = choice.id
      let arrival = try readable(place)?.status(JobFile.job(id.text))?.changed
      let moved: Bool
      do throws(SystemError) {
        moved = try mover.move(JobFile.job(id.text), from: place, to: .processing, as: JobFile.job(target.text))
      } catch {
        if error.isTaken { return nil }
        throw error
      }
      guard moved else { return nil }
      record = JobRecord(id: target)
      if case .retry(_, let home) = choice, let sidecar = JobFile.sidecar(target.text, in: home) {
        record = try self.record(target, in: home) ?? record
        // By rename, like a retry: one history, never two.
        try mover.move(sidecar, from: home, to: .processing, as: JobFile.record(target.text))
      }
      if target != id { record.droppedAs = id.text }
      record.submittedAt = record.submittedAt ?? arrival.map { Timestamp(nanoseconds: $0) }
    }
    if case .success(let job)? = try job(target, in: .processing, limit: limit) {
      record.group = job.group
      record.jobKey = job.key
    }
    record.id = target
    record.state = .finished(
      Outcome(
        .cancelled, code: "cancelled",
        reason: record.attempts.isEmpty ? "it was cancelled before it ran" : "it was cancelled before its next attempt")
    )
    record.finishedAt = now()
    try RecordWriter(disk).writeDurably(record.encode(), as: JobFile.record(target.text), in: folders[.processing])
    try mover.settle(target, in: .errors)
    return .cancelled(as: target)
  }
}
