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
  /// What holds its limits and finds its processes.
  let hold: Hold
  let runtime: any Runtime
  let scratch: ScratchPool.Scratch
  /// Of its secrets; nil: it has none.
  let redactor: Redactor?
  let output: StreamCapture
  let error: StreamCapture
  let started: (wall: Int64, continuous: Int64)
  var supervision: Supervision
  /// When it wrote something last, continuous clock.
  var heardAt: Int64?
  var end: ProcessEnd?
  /// Processes that the first one left and the runtime ended by itself.
  var leftover = 0
  /// Since when it is not to be told whether anything of it is alive, continuous clock; nil: it was never so.
  var unclearSince: Int64?
  /// When the run record is written if it still runs, continuous clock; nil once it is.
  var recordDue: Int64?
  /// When the runner begins to watch its streams, continuous clock; nil once it does. Most jobs are over by then, and the
  /// pipes hold 64 KiB each meanwhile.
  var watchDue: Int64?

  /// Names it to the poller.
  var number: Poller.Tag = 0
  /// By which the poller tells that its first process ended; nil: the thread that started it waits for it, SIGCHLD tells it,
  /// or the loop has to look.
  var endWatch: Descriptor?

  /// Its folders that have limits.
  var rooms: [Room] = []
  /// What it keeps of its conversation.
  let session: GroupPlaces.Session?

  /// When the runner looks whether a process was killed at the memory limit, continuous clock; nil: nobody has to.
  var memoryDue: Int64?

  /// Between two such looks, ns: as long as what is left of a job goes on where the kernel does not end all of it.
  static let memoryLook: Int64 = 200_000_000

  /// Held until it is over.
  var image: ImageFacts?
  /// The box that stays after it, and how long.
  var kept: KeptBox?
  var keep: Duration?

  var id: JobID { record.id }

  init(
    slot: Int, handle: Handle?, job: Job, jobFile: Descriptor?, record: JobRecord, hasRecord: Bool, run: Run,
    hold: Hold, runtime: any Runtime, scratch: ScratchPool.Scratch, session: GroupPlaces.Session? = nil,
    redactor: Redactor? = nil, output: StreamCapture, error: StreamCapture,
    started: (wall: Int64, continuous: Int64), supervision: Supervision, recordDue: Int64?, watchDue: Int64?
  ) {
    self.slot = slot
    self.handle = handle
    self.job = job
    self.jobFile = jobFile
    self.record = record
    // The clock may have been set back since the drop.
    self.record.waitSeconds = record.waitSeconds.map { max($0, .zero) }
    self.hasRecord = hasRecord
    self.run = run
    self.hold = hold
    if job.limits.memory != nil, hold.cgroup != nil || run.box != nil {
      memoryDue = started.continuous + Self.memoryLook
    }
    if let limit = job.limits.scratch {
      rooms.append(
        Room(scratch.work, limit: limit, cause: .outOfScratch, due: started.continuous + RoomWatch.interval))
    }
    // What an earlier run left of it counts at once.
    if let session {
      rooms.append(
        Room(session.folder, limit: session.limit, cause: .outOfSession, due: started.continuous))
    }
    self.runtime = runtime
    self.scratch = scratch
    self.session = session
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
    var next = earlier(earlier(supervision.nextDue, run.box?.nextDue), earlier(recordDue, watchDue))
    next = earlier(next, memoryDue)
    // Once its first process has ended nobody looks.
    if end == nil { for room in rooms { next = earlier(next, room.due) } }
    return next
  }
}
