import Jobs
import Observability
import Platform
import Scheduling
import Spool

/// What people ask of a runner that runs, and when it is through.
extension RunnerLoop {
  func takeSignals() throws(SystemError) {
    for signal in try signals.pending() {
      switch signal {
      case .child: break  // reaped every turn
      case .hangUp:
        reloadSettings(always: true)
        tasks.intake.forgetZones()
      case .user1: core.log.write(.info, "status", statusLine())
      case .terminate, .interrupt:
        wasSignalled = true
        if stopAt == nil {
          stopAt = core.now + core.settings.grace.wholeNanoseconds
          core.log.write(
            .info, "runner-stopping",
            "no new claims; \(attempts.count) running, they get \(DurationText.format(core.settings.grace)) each way")
          if attempts.count == 0, outbox.isIdle { stopAt = core.now }
        } else {
          isForced = true
          attempts.stopAtOnce()
          outbox.stopAtOnce()
        }
      }
    }
  }

  func reloadSettings(always: Bool) {
    guard core.settingsFile.reload(always: always) else { return }
    if let problem = core.settingsFile.problem {
      core.log.write(.error, "settings-invalid", "settings.json: \(problem.reason); the last good ones stay in force")
    } else {
      core.log.write(.info, "settings-read", "settings.json was read; it holds for jobs started from now on")
    }
    core.log.level = Core.logLevel(core.settings)
    attempts.settingsChanged()
    settler.settingsChanged()
    tasks.settingsChanged()
    requests.settingsChanged()
    outbox.settingsChanged()
  }

  var isOver: Bool {
    guard attempts.isIdle else { return false }
    if let stopAt {
      // What the disk does not take is not waited for longer than a run would be, nor after a second signal: the job
      // lies in `processing` and runs again.
      return (settler.isIdle && outbox.isIdle) || isForced
        || core.now - stopAt > core.settings.grace.wholeNanoseconds * 2
    }
    guard settler.isIdle else { return false }
    guard options.drain, watcher.hasScanned, control.knowsPause else { return false }
    // Whatever may still be claimed or become due by itself is waited for; `notBefore` is not.
    if !inbox.isCaughtUp || inbox.hasUnsettled || !recovery.waiting.isEmpty { return false }
    if tasks.hasWork || !requests.isIdle || !input.isIdle || outbox.hasWork { return false }
    if !control.mayClaim { return true }
    return !dispatcher.hasWork && !room.hasRetryAhead
  }

  /// What a drain leaves, with the reason.
  func left() -> [(name: String, reason: String)] {
    var left = room.waitingJobs(now: core.wall).map { job in
      (name: job.name, reason: control.reason ?? job.reason)
    }
    left += inbox.beingWritten.map { (name: $0, reason: "being written") }
    left += inbox.notMovable.map { (name: $0, reason: "it cannot be claimed") }
    left += recovery.waiting.map { (name: $0.text, reason: "what an earlier runner left of it is not in order yet") }
    left += recovery.foreign.map { (name: $0.text, reason: "claimed on another machine") }
    left += outbox.left
    return left
  }

  private func statusLine() -> String {
    "\(attempts.count) running, \(room.count) waiting, \(ledger.summary.finished) finished, \(tasks.count) tasks, "
      + "\(Machine.residentBytes >> 20) MiB resident, \(inbox.ignored) ignored in inbox"
      + (control.pauseReason.map { ", paused: \($0)" } ?? "") + (control.isDiskLow ? ", disk low" : "")
  }
}
