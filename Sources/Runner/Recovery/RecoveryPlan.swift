import Jobs
import Spool

/// What to do with a job that a runner finds in `processing` at its start. Pure; the table is in the tests.
enum RecoveryPlan: Equatable {
  /// It was finished: its record goes to its place again, then the job.
  case settleAgain(SpoolPlace)
  /// Its result shows already; only the job has to follow.
  case followResult(SpoolPlace)
  /// Its record already waits in `deferred`; only the job has to follow.
  case followDeferral
  /// A person cancelled it before the runner died.
  case cancel
  /// It had been put off, and never got there.
  case deferAgain
  /// It was claimed and nothing shows that it started.
  case notStarted
  /// It ran, and nothing tells what came of it.
  case interrupted(Cut)
  /// Another machine's: left alone without `--take-over`.
  case foreign
  /// A run of it is alive and cannot be ended.
  case alive

  /// What the end of its runner cut off.
  enum Cut: Equatable {
    /// Its run.
    case run
    /// Its run had ended by itself, or been ended, and what became of it was not written.
    case record
    /// As `record`, by the runner's planned end: its disk did not take it.
    case stop

    var reason: String {
      switch self {
      case .run: "the runner ended while it ran"
      case .record: "the runner ended before it had written how the run ended"
      case .stop: "the runner was stopped and could not write how the run ended"
      }
    }
  }

  /// For the log.
  var sentence: String {
    switch self {
    case .settleAgain, .followResult: "its result was written; it follows now"
    case .followDeferral, .deferAgain: "it waits for its next attempt"
    case .cancel: "it was cancelled"
    case .notStarted: "it was claimed and not started: it starts anew"
    case .interrupted(let cut): "it is interrupted: \(cut.reason)"
    case .foreign: "it was claimed on another machine: left alone without --take-over"
    case .alive: "its earlier run is alive: it waits"
    }
  }

  /// What a look at the folders and the process table gave.
  struct Facts: Equatable {
    /// The status in the record; nil: none that can be read.
    var status: String?
    /// A result lies alone in one of the two.
    var resultIn: SpoolPlace?
    var recordInDeferred = false
    var hasCancel = false
    /// The due time of a record that says `deferred` is still to come.
    var isDueLater = false
    /// How far its run had come by the table of runs, whatever its record says of before; `claimed`: by another boot, and it
    /// may have run; nil: it did not.
    var run: RunTable.State?
    /// `rerun: false`, whose record is written before its start.
    var notesStart = false
    var isForeign = false
    var isAlive = false

    fileprivate var cut: Cut {
      switch run {
      case .ended: .record
      case .stopped: .stop
      case .begun, .claimed, nil: .run
      }
    }
  }

  init(_ facts: Facts) {
    if facts.isForeign {
      self = .foreign
    } else if let status = facts.status, let final = FinalStatus(rawValue: status) {
      // The record outranks a live process: its end was seen.
      self = .settleAgain(final.isSuccess ? .done : .errors)
    } else if facts.isAlive {
      self = .alive
    } else if facts.status == nil, let place = facts.resultIn {
      self = .followResult(place)
    } else if facts.status == nil, facts.recordInDeferred {
      self = .followDeferral
    } else if facts.hasCancel {
      self = .cancel
    } else if facts.status == "deferred", facts.isDueLater, (facts.run ?? .claimed) == .claimed {
      self = .deferAgain
    } else if facts.notesStart {
      self = facts.status == "running" ? .interrupted(facts.cut) : .notStarted
    } else if facts.status == "running" || facts.run != nil {
      self = .interrupted(facts.cut)
    } else {
      self = .notStarted
    }
  }
}
