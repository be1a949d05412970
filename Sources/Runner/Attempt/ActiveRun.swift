import Jobs
import Platform
import Runtimes
import Scheduling

/// A job between its claim and its settling or deferral: what exists while it runs.
final class ActiveRun {
  let slot: Int
  let handle: Handle?
  let job: Job
  let jobFile: Descriptor?
  var record: JobRecord
  /// `processing/NAME.run.json` is there.
  var hasRecord: Bool
  let run: Run
  let runtime: any Runtime
  let scratch: ScratchPool.Scratch
  /// Of its secrets; nil: it has none.
  let redactor: Redactor?
  let output: StreamCapture
  let error: StreamCapture
  let started: (wall: Int64, continuous: Int64)
  var supervision: Supervision
  var end: ProcessEnd?
  /// Processes that the first one left and the runtime ended by itself.
  var leftover = 0
  /// When the run record is written if it still runs, continuous clock; nil once it is.
  var recordDue: Int64?
  /// When the runner begins to watch its streams, continuous clock; nil once it does. Most jobs are over by then, and the
  /// pipes hold 64 KiB each meanwhile.
  var watchDue: Int64?

  var id: JobID { record.id }

  init(
    slot: Int, handle: Handle?, job: Job, jobFile: Descriptor?, record: JobRecord, hasRecord: Bool, run: Run,
    runtime: any Runtime, scratch: ScratchPool.Scratch, redactor: Redactor? = nil, output: StreamCapture,
    error: StreamCapture, started: (wall: Int64, continuous: Int64), supervision: Supervision, recordDue: Int64?,
    watchDue: Int64?
  ) {
    self.slot = slot
    self.handle = handle
    self.job = job
    self.jobFile = jobFile
    self.record = record
    self.hasRecord = hasRecord
    self.run = run
    self.runtime = runtime
    self.scratch = scratch
    self.redactor = redactor
    self.output = output
    self.error = error
    self.started = started
    self.supervision = supervision
    self.recordDue = recordDue
    self.watchDue = watchDue
  }

  /// The earliest time at which something about it is due, continuous clock.
  var nextDue: Int64? {
    var next = supervision.nextDue
    if let recordDue { next = min(next ?? recordDue, recordDue) }
    if let watchDue { next = min(next ?? watchDue, watchDue) }
    return next
  }
}
