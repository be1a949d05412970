import Jobs
import Observability
import Platform
import Spool

/// Finds out what is new in the folders of a spool: notifications as they come, and scans, which find what those missed,
/// through the same code (DESIGN §1.5).
final class Watcher {
  private let core: Core
  private let hints: Hints
  private let inbox: InboxIntake
  private let deferred: DeferredIntake
  private let errors: ErrorsIntake
  private let tasks: TaskScheduler
  private let requests: RequestDesk
  private let outbox: Outbox
  private let control: ControlFiles
  private let attempts: Attempts
  private let recovery: Recovery
  /// When every folder is looked at again, continuous clock.
  private(set) var nextScan: Int64 = .min
  /// All were looked at once.
  private(set) var hasScanned = false
  /// Reads the settings, and those of groups, again where they changed.
  var reload: () -> Void = {}
  /// Looks again at jobs that others wait for and that lie in none of the folders that are watched.
  var lookAtAbsent: () -> Void = {}

  init(
    _ core: Core, inbox: InboxIntake, deferred: DeferredIntake, errors: ErrorsIntake, tasks: TaskScheduler,
    requests: RequestDesk, outbox: Outbox, control: ControlFiles, attempts: Attempts, recovery: Recovery
  ) {
    self.core = core
    self.inbox = inbox
    self.deferred = deferred
    self.errors = errors
    self.tasks = tasks
    self.requests = requests
    self.outbox = outbox
    self.control = control
    self.attempts = attempts
    self.recovery = recovery
    hints = Hints(core)
  }

  /// Begins to watch; nil when settings or the machine do not let it.
  func start() -> Descriptor? { hints.start() }

  /// The next turn scans.
  func scanSoon() { nextScan = .min }

  /// Hands on what was notified.
  func takeHints() {
    core.keepGoing { () throws(SystemError) in
      var isCancelAsked = false
      for hint in try hints.take() {
        switch hint.place {
        case .inbox?: inbox.hint(hint.name)
        case .deferred?: deferred.hint(hint.name)
        case .errors?: try errors.hint(hint.name)
        case .tasks?: tasks.intake.hint(hint.name)
        case .outbox?: outbox.intake.hint(hint.name)
        case .processing?:
          if JobFile.cancelledID(of: String(decoding: hint.name, as: UTF8.self)) != nil { isCancelAsked = true }
        // Anything in the spool's own folder or in groups: settings, pauses, a folder that was replaced.
        default: scanSoon()
        }
      }
      // Once for all that were asked for, and before any job that was dropped after it is claimed.
      if isCancelAsked { cancelRequested() }
    }
  }

  /// What is there by now is found, also in a folder that was slow to list and would be left out by a scan: it was notified,
  /// and without notifications it is listed.
  func lookOnceMore() {
    takeHints()
    hints.doubtUnwatched()
    requests.lookOnceMore()
    scan()
  }

  /// Truth, on the interval and whenever a hint may have been lost.
  func scan() {
    nextScan = core.now + core.scanInterval
    core.lookWhereSpoolIs()
    let (doubtful, replaced) = hints.renewStale()
    for place in doubtful {
      switch place {
      case .inbox: inbox.doubt()
      case .deferred: deferred.doubt()
      case .errors: errors.doubt()
      case .tasks: tasks.intake.doubt()
      case .outbox: outbox.intake.doubt()
      default: break
      }
    }
    if replaced.contains(.processing) {
      core.keepGoing { () throws(SystemError) in try attempts.processingWasReplaced() }
    }
    control.lookForPause()
    reload()
    cancelRequested()
    // A failure of one folder must not keep the others from being looked at.
    recovery.again()
    core.keepGoing { () throws(SystemError) in try inbox.scan() }
    inbox.lookAgain(heldOpen: true)
    core.keepGoing { () throws(SystemError) in try deferred.scan() }
    core.keepGoing { () throws(SystemError) in try errors.scan() }
    lookAtAbsent()
    tasks.scan()
    requests.scan()
    outbox.scan()
    hasScanned = true
  }

  private func cancelRequested() {
    for id in control.lookForCancels(of: attempts.runs.map(\.id)) { attempts.cancel(id) }
  }
}
