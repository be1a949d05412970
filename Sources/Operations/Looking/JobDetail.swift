import Jobs
import Platform
import Spool

/// All that the spool knows about one job.
public struct JobDetail: Equatable, Sendable {
  public var sighting: Sighting
  /// When it came into its folder.
  public var since: Timestamp
  /// The file's bytes; nil when it cannot be read (it is not a file).
  public var bytes: [UInt8]?
  /// What they say.
  public var content: Result<Job, Refusal>
  /// Its record or result.
  public var record: JobRecord?
  /// What it waits for; nil once it has ended.
  public var waiting: Waiting?
  /// A cancel was asked for and not yet seen.
  public var isCancelRequested = false
  /// The other places where a file of this name lies.
  public var others: [SpoolPlace] = []

  /// The task that it was made for and which of its times, by its file, or by its id where that cannot be read.
  public var occurrence: (task: String, time: Timestamp, isManual: Bool)? {
    let byID = OccurrenceID.read(sighting.id)
    guard case .success(let job) = content else { return byID }
    guard let task = job.task, let time = job.scheduledFor else { return nil }
    return (task, time, byID?.isManual ?? false)
  }
}

extension JobDetail {
  /// Of a message from outside, `channel:chat` that it came from; nil: it is none.
  public var chat: String? {
    if let chat = record?.chat { return chat }
    if case .success(let job) = content { return job.message?.address }
    // One that no route leads from is refused, and yet came from a chat; what is no job at all did not.
    return bytes.flatMap { try? Job.read($0) }?.message?.address
  }

  /// The group that it is of, by its record or its file.
  public var group: GroupName? {
    if let group = record?.group { return group }
    return if case .success(let job) = content { job.group } else { nil }
  }
}

extension SpoolAccess {
  /// Everything about an id; nil when nothing has it.
  ///
  /// - Parameter place: of several homes this one, if it is still there; else the one that waits or runs is told.
  public func detail(of id: JobID, in place: SpoolPlace? = nil) throws(SystemError) -> JobDetail? {
    let sightings = try sightings(of: id)
    guard
      let sighting = sightings.first(where: { $0.place == place }) ?? sightings.first(where: { !$0.hasEnded })
        ?? sightings.first
    else { return nil }
    var surroundings = try Surroundings(self)
    let limit = Int(surroundings.settings.maxJobBytes.bytes)
    let hasFile = try has(JobFile.job(id.text), in: sighting.place)
    // Between the last two steps of a settle the file is still where it ran.
    let filePlace = hasFile ? sighting.place : .processing
    let folder = try readable(filePlace)
    guard let content = try job(id, in: filePlace, limit: limit),
      let status = try folder?.status(JobFile.job(id.text))
    else { return nil }
    var detail = JobDetail(sighting: sighting, since: Timestamp(nanoseconds: status.changed), content: content)
    detail.bytes = status.kind == .file ? try? bytes(of: JobFile.job(id.text), in: folder, limit: limit) : nil
    detail.record = try record(id, in: sighting.place)
    detail.others = sightings.map(\.place).filter { $0 != sighting.place }
    if sighting.place == .processing { detail.isCancelRequested = try has(JobFile.cancel(id.text), in: .processing) }
    if sighting.hasEnded { return detail }
    switch sighting.place {
    case .held: detail.waiting = .held
    case .processing: detail.waiting = .running
    case .deferred: detail.waiting = try nextAttempt(id)
    case .inbox:
      guard let folder else { return nil }
      let reader = DropReader(surroundings.settings)
      switch try reader.look(at: Array(JobFile.job(id.text).utf8), in: folder, isQuiet: false).reading {
      case .ready(let job): detail.waiting = try waiting(job, id, since: status.changed, &surroundings)
      case .refused(let refusal): detail.waiting = .willBeRefused(refusal)
      case .beingWritten, .unsettled, .gone: detail.waiting = .beingWritten
      }
    default: detail.waiting = .cancelledResult
    }
    return detail
  }

  /// Keys are held by whoever came first: the earlier ones in the inbox are asked before.
  private func waiting(
    _ job: Job, _ id: JobID, since: Int64, _ surroundings: inout Surroundings
  ) throws(SystemError) -> Waiting {
    if job.key != nil {
      let scan = try FolderScan(.inbox, self, keeping: .oldest, limit: Self.readForOrder)
      for item in scan.items where item.isGood && item.since < since {
        let other = JobID(unchecked: String(decoding: item.name.dropLast(5), as: UTF8.self))
        guard case .success(let content)? = try self.job(other, in: .inbox, limit: 64 << 20), content.key == job.key,
          content.group == job.group
        else { continue }
        _ = try surroundings.waiting(content, id: other)
      }
    }
    return try surroundings.waiting(job, id: id)
  }
}
