import Jobs
import Platform
import Runtimes
import Spool

/// What is due of runs that go on.
extension Attempts {
  /// Between two looks at what nobody tells of, ns: children whose end has no descriptor, streams that cannot be watched.
  private static let look: Int64 = 10_000_000

  /// The earliest time at which a run needs attention, continuous clock.
  var nextDue: Int64? {
    var next = kept.nextDue
    for run in active.values { next = earlier(next, run.nextDue) }
    return events.mustLook ? earlier(next, core.now + Self.look) : next
  }

  /// Does what is due.
  func timePassed() {
    let now = core.now
    kept.proceed(now: now)
    for run in active.values {
      if let due = run.recordDue, now >= due {
        run.recordDue = nil
        writeRunning(run)
      }
      if let due = run.watchDue, now >= due {
        listen(to: run, now)
      }
      if let due = run.memoryDue, now >= due {
        let isLost = run.hold.cgroup?.lostProcessToMemory() == true || run.run.box?.hasLostProcessToMemory == true
        run.memoryDue = isLost || run.end != nil ? nil : now + ActiveRun.memoryLook
        if isLost { act(run, run.supervision.lost(to: .outOfMemory, now: now)) }
      }
      if run.end == nil, let cause = roomWatch.proceed(&run.rooms, now: now) {
        act(run, run.supervision.lost(to: cause, now: now))
      }
      run.run.box?.timePassed(now: now)
      if run.supervision.isTimedByLife { lookForLife(run, now) }
      if let due = run.supervision.nextDue, now >= due {
        seeEnd(of: run)
        act(run, run.supervision.due(now: now))
      }
    }
  }

  private func listen(to run: ActiveRun, _ now: Int64) {
    run.watchDue = nil
    guard !events.listenToStreams(of: run) else { return }
    for stream in [run.output, run.error] where !stream.isWatched && !stream.isOver { read(stream, of: run) }
    run.watchDue = now + Self.look
  }

  /// A job with `idle` lives while it writes, or touches `taken/.heartbeat` of its group.
  private func lookForLife(_ run: ActiveRun, _ now: Int64) {
    if let heard = run.heardAt { run.supervision.lived(at: heard) }
    guard let due = run.supervision.nextDue, now >= due, let group = run.job.group,
      // None, or nothing to look at: it is as if it had not been touched.
      let beat = ((try? core.folders[.ipc].folder(group.text).folder("taken").status(".heartbeat")) ?? nil)?.modified
    else { return }
    run.supervision.lived(at: now - max(0, core.wall - beat))
  }

  /// The disk did not take it: once more, so that the claim is on the disk some time (DESIGN §1.3).
  func recordAgain(_ id: JobID) {
    for run in active.values where run.id == id { run.recordDue = core.now + Self.recovery }
  }

  private func writeRunning(_ run: ActiveRun) {
    let facts = ProcessTable.facts(run.run.pid)
    run.record.state = .running(
      Live(
        process: facts.map {
          ProcessMark(pid: Int($0.pid), startTicks: Int64($0.startTicks), session: Int($0.session))
        }))
    settler.submit(run.record, handle: nil, goal: .running, jobFile: run.jobFile, hasRecord: run.hasRecord)
    run.hasRecord = true
  }
}
