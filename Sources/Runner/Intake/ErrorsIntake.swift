import Jobs
import Observability
import Platform
import Spool

/// Gives a result to a job that a person moved to `errors/`: it is cancelled (DESIGN §2 "Control by files").
///
/// Where another job has its id, in `processing` say, it gets one of its own, as a claim would have given it.
final class ErrorsIntake {
  private let core: Core
  private let settler: Settler
  /// Those whose results are on their way to the disk.
  private var pending: Set<JobID> = []
  private var policy = ScanPolicy()
  private var chooser = IDChooser()
  private let ended: (JobID) -> Void
  /// Asked of a job whose file was moved here: cancels its run, if there is one. True while it has not settled; its own
  /// end then gives the result.
  var cancelRun: (JobID) -> Bool = { _ in false }

  init(_ core: Core, settler: Settler, ended: @escaping (JobID) -> Void) {
    self.core = core
    self.settler = settler
    self.ended = ended
  }

  func doubt() { policy.doubt() }

  /// A notification named a file.
  func hint(_ name: [UInt8]) throws(SystemError) {
    guard let text = String(validating: name, as: UTF8.self), let stem = JobFile.stem(of: text) else { return }
    try cancelIfAlone(stem)
  }

  func scan() throws(SystemError) {
    let folder = try core.folders[.errors]
    let times = try folder.descriptor.status()
    let start = core.now
    guard policy.shouldList(times, continuous: start, wall: core.wall) else { return }
    var jobs: [String] = []
    var results: Set<String> = []
    for name in try folder.names() {
      if let stem = JobFile.stem(of: name) {
        jobs.append(stem)
      } else if let id = JobFile.sidecarID(of: name, in: .errors) {
        results.insert(id)
      }
    }
    for stem in jobs where !results.contains(stem) { try cancelIfAlone(stem) }
    policy.listed(times, at: core.now, took: core.now - start)
  }

  private func cancelIfAlone(_ stem: String) throws(SystemError) {
    let errors = try core.folders[.errors]
    guard let file = try errors.status(JobFile.job(stem)), try !errors.has(JobFile.result(stem)),
      let moved = try? JobID(derived: Array(stem.utf8)), !pending.contains(moved)
    else { return }
    guard let id = try ownID(moved), !cancelRun(id) else { return policy.doubt() }
    let history = try history(of: id)
    var record = history?.record ?? JobRecord(id: id)
    record.id = id
    if id != moved { record.droppedAs = moved.text }
    record.submittedAt = record.submittedAt ?? Timestamp(nanoseconds: file.changed)
    let when = record.attempts.isEmpty ? "before it ran" : "before its next attempt"
    record.state = .finished(Outcome(.cancelled, code: "cancelled", reason: "it was moved to errors \(when)"))
    record.finishedAt = Timestamp(nanoseconds: core.wall)
    pending.insert(id)
    // Nobody had claimed it, so nobody has synced it: what was dropped is on the disk before it is told what became of it.
    settler.submit(
      record, handle: nil, goal: .cancel(historyIn: history?.place), jobFile: opened(id.text, file), hasRecord: false)
  }

  /// The id of a job that was moved to `errors`: its own, or the next number of one that another job holds, under which it
  /// is from now on. Nil: not to be told now, for the other one is about to come here.
  private func ownID(_ moved: JobID) throws(SystemError) -> JobID? {
    let name = JobFile.job(moved.text)
    var isHeld = false
    for place in SpoolPlace.idHolders where place != .errors {
      if try core.folders[place].has(name) { isHeld = true }
    }
    guard isHeld else { return moved }
    // Between the two renames of its end the other one's file may be the one that lies here.
    guard !settler.isSettling(moved) else { return nil }
    return try core.mover.number(moved, by: &chooser)
  }

  /// The job's own file; nil: it is none, or cannot be read.
  private func opened(_ stem: String, _ status: FileStatus) -> Descriptor? {
    guard status.kind == .file, let errors = try? core.folders[.errors] else { return nil }
    return (try? DropReader(core.settings).readClaimed(JobFile.job(stem), in: errors))?.file
  }

  /// The settler is through with it.
  func settled(_ id: JobID) {
    pending.remove(id)
    // Otherwise it was taken back.
    guard (try? core.folders[.errors].has(JobFile.result(id.text))) == true else { return }
    core.log.write(.info, "job-cancelled", job: id.text, "cancelled before it ran")
    ended(id)
  }

  /// What is known of it, and lies alone: it was put off, or finished and then retried by hand, or taken back while its retry
  /// was being claimed. Nil: it starts a history of its own.
  private func history(of id: JobID) throws(SystemError) -> (record: JobRecord, place: SpoolPlace)? {
    for place in [SpoolPlace.deferred, .done, .processing] {
      if place == .processing, settler.isSettling(id) { continue }
      guard try !core.folders[place].has(JobFile.job(id.text)),
        let record = try JobHomes(core.folders).record(of: id, in: place)
      else { continue }
      return (record, place)
    }
    return nil
  }
}
