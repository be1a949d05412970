import Jobs
import Observability
import Platform
import Runtimes

extension RunnerLoop {
  /// When the next turn is due, continuous clock; .min: at once. A scan is always ahead.
  var nextDue: Int64 {
    if !inbox.isCaughtUp || !tasks.isCaughtUp || !outbox.isCaughtUp || attempts.endedCount > 0 { return .min }
    if stopAt == nil, requests.mayGoOn { return .min }
    if mayClaim, dispatcher.hasWork, !dispatcher.isHeldUp, !slots.isComing { return .min }
    var next = watcher.nextScan
    func wait(until due: Int64?) { if let due { next = min(next, due) } }
    wait(until: attempts.nextDue)
    wait(until: core.cgroups.nextDue)
    wait(until: core.engines.nextDue)
    wait(until: settler.nextDue)
    wait(until: inbox.nextLook)
    wait(until: dispatcher.nextDue)
    wait(until: tasks.nextLook)
    wait(until: requests.nextDue)
    wait(until: outbox.nextDue)
    if !attempts.isStopping { wait(until: stopAt) }
    if core.log.hasUnflushed { next = min(next, nextFlush) }
    let beforeStop = stopAt == nil ? earlier(tasks.nextDue, options.until?.nanoseconds) : nil
    let wall = earlier(room.nextDue, beforeStop)
    if let wall { next = min(next, core.now + max(0, wall - core.wall)) }
    return next
  }
}
