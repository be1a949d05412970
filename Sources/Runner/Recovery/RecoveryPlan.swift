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
  /// Its run was cut short.
  case interrupted
  /// Another machine's: left alone without `--take-over`.
  case foreign
  /// A run of it is alive and cannot be ended.
  case alive

  /// For the log.
  var sentence: String {
    switch self {
    case .settleAgain, .followResult: "its result was written; it follows now"
    case .followDeferral, .deferAgain: "it waits for its next attempt"
    case .cancel: "it was cancelled"
    case .notStarted: "it was claimed and not started: it starts anew"
    case .interrupted: "its run was cut short by the runner's end"
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
    /// The table of runs or another boot says that it may have run.
    var mayHaveRun = false
    /// The table of runs has it: it was being run, whatever its record says of before.
    var isNoted = false
    /// `rerun: false`, whose record is written before its start.
    var notesStart = false
    var isForeign = false
    var isAlive = false
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
    } else if facts.status == "deferred", facts.isDueLater, !facts.isNoted {
      self = .deferAgain
    } else if facts.notesStart {
      self = facts.status == "running" ? .interrupted : .notStarted
    } else if facts.status == "running" || facts.mayHaveRun {
      self = .interrupted
    } else {
      self = .notStarted
    }
  }
}
