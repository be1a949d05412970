import Jobs
import Platform
import Spool

/// What a crash left half done: of two renames the one without the other – a record without its job, a job without its record,
/// files away from the result that names them – and temporaries.
struct HalfMoves {
  private let core: Core

  init(_ core: Core) { self.core = core }

  func readRecord(_ id: JobID) throws(SystemError) -> JobRecord? {
    try JobHomes(core.folders).record(of: id, in: .processing)
  }

  /// A record that tells of an attempt whose job lies in `deferred` without one: it came from there, and POSIX lets what was
  /// written later come to the disk without that rename. Answers whether the job is here now.
  func completeResume(_ id: JobID) throws(SystemError) -> Bool {
    let deferred = try core.folders[.deferred]
    guard try deferred.has(JobFile.job(id.text)), try !deferred.has(JobFile.record(id.text)),
      let record = try readRecord(id),
      record.status != "deferred"
    else { return false }
    return try core.mover.move(JobFile.job(id.text), from: .deferred, to: .processing)
  }

  /// A record whose job is not in `processing`: a claim that was cut short between its two renames.
  func putRecordBack(_ id: JobID) throws(SystemError) {
    let name = JobFile.record(id.text)
    guard var record = try readRecord(id) else {
      try? core.disk.remove(name, in: core.folders[.processing])  // a folder, say: the next record sets it aside
      return
    }
    if try isUnclaimedRefusal(record) { return try core.disk.remove(name, in: core.folders[.processing]) }
    if record.status == "deferred", try core.folders[.deferred].has(JobFile.job(id.text)) {
      try core.mover.move(name, from: .processing, to: .deferred)
      return
    }
    let place: SpoolPlace = record.outcome?.status.isSuccess == true ? .done : .errors
    if record.outcome == nil {
      // A retry by hand that was not claimed: its history waits as a result for the claim to come.
      record.state = .finished(
        Outcome(.cancelled, code: "claim-cut-short", reason: "the runner ended while it claimed the job"))
      try core.writer.writeDurably(record.encode(), as: name, in: core.folders[.processing])
    }
    if try core.folders[place].has(JobFile.result(id.text)) {
      try core.mover.displace(JobFile.result(id.text), in: place)
    }
    try core.mover.move(name, from: .processing, to: place, as: JobFile.result(id.text))
  }

  /// The refusal of a file that keeps its bad name in the inbox: the next one comes under another name.
  private func isUnclaimedRefusal(_ record: JobRecord) throws(SystemError) -> Bool {
    guard record.outcome?.code == RefusalCode.badName.rawValue, let dropped = record.droppedAs else { return false }
    for place in SpoolPlace.idHolders + [.inbox] where try core.folders[place].has(JobFile.job(record.id.text)) {
      return false
    }
    return try core.folders[.inbox].hasName(shownAs: dropped + ".json")
  }

  /// What an interrupted run was about to leave: it runs again.
  func clearFiles(_ id: JobID) throws(SystemError) {
    try core.disposal.clear(JobFile.files(id.text), from: core.folders[.processing])
  }

  /// What a job left goes where its result says it is. It is renamed before the result, but POSIX lets the one come to the
  /// disk without the other. False: no result names it.
  func followFiles(_ id: JobID) throws(SystemError) -> Bool {
    let processing = try core.folders[.processing]
    guard try processing.has(JobFile.files(id.text)) else { return false }
    for place in [SpoolPlace.done, .errors] {
      guard case .success(let record)? = try JobHomes(core.folders).result(of: id, in: place), let name = record.files,
        try !core.folders[place].has(name)
      else { continue }
      return try core.mover.move(JobFile.files(id.text), from: .processing, to: place, as: name)
    }
    return false
  }

  /// Files whose job is somewhere else: those of a job in `processing` go where its record says, or when it runs again.
  func clearStrayFiles(besides jobs: Set<JobID>) throws(SystemError) {
    let processing = try core.folders[.processing]
    let ending = JobFile.files("")
    for name in try processing.names() where name.hasSuffix(ending) && !name.hasPrefix(".") {
      let id = JobID(unchecked: String(name.dropLast(ending.count)))
      guard !jobs.contains(id) else { continue }
      // What cannot be moved keeps nobody from starting; a file of that name is not of our making.
      guard (try? processing.status(name))??.kind == .folder else { continue }
      if (try? followFiles(id)) == true { continue }
      try? core.disposal.clear(name, from: processing)
    }
  }

  /// Temporaries of ours that a kill left: at once, but where a command may be writing (`submit`, `task add`, `send`) after an hour.
  func sweepTemporaries() throws(SystemError) {
    for place in [SpoolPlace.processing, .inbox, .errors, .keys, .jobLogs, .tasks, .sending, .outbox] {
      let folder = try core.folders[place]
      var left: [String] = []
      try folder.forEachName { bytes, _ in
        guard bytes.first == 0x2E, bytes.suffix(4).elementsEqual(".new".utf8) else { return }
        if let name = String(validating: bytes, as: UTF8.self) { left.append(name) }
      }
      for name in left {
        guard let status = try folder.status(name), status.kind == .file else { continue }
        if [.inbox, .tasks, .outbox].contains(place), core.wall - status.changed < 3_600_000_000_000 { continue }
        try core.disk.remove(name, in: folder)
      }
    }
  }
}
