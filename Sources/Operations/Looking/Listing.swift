import Jobs
import Platform
import Scheduling
import Spool

/// What `ls` was asked for.
public struct ListingRequest: Equatable, Sendable {
  /// Folders, in the order in which they are listed.
  public var places: [SpoolPlace] = Self.allPlaces
  public var group: GroupName?
  /// Jobs a folder; nil: all.
  public var limit: Int? = 20

  /// What has ended first, what comes next last.
  public static let allPlaces: [SpoolPlace] = [.done, .errors, .held, .inbox, .deferred, .processing]

  public init() {}
}

extension SpoolAccess {
  /// How many waiting jobs are read to put them in the order of the queue; of more, those that came first are shown in the
  /// order of arrival. Reading 2,000 takes 60 ms.
  static let readForOrder = 2000

  /// Lists folder by folder; each is handed over when it is done, so that a person sees the first at once.
  public func list(
    _ request: ListingRequest, _ body: (StateListing) -> Void
  ) throws(SystemError) {
    var surroundings: Surroundings?
    for place in request.places {
      var listing = StateListing(place: place)
      let isWaiting = place == .inbox
      // With a group every job must be read to know whether it is one of it.
      let kept =
        request.group != nil ? nil : isWaiting ? request.limit.map { max($0, Self.readForOrder) } : request.limit
      let end: FolderScan.End = place == .done || place == .errors ? .newest : .oldest
      let scan = try FolderScan(place, self, keeping: end, limit: kept, namingAll: request.limit == nil)
      listing.ignored = scan.ignoredByReason
      var total = scan.count
      switch place {
      case .inbox:
        var known: Surroundings
        if let surroundings { known = surroundings } else { known = try Surroundings(self) }
        let entries = try waitingEntries(scan, &known, request)
        if request.group != nil { total = entries.total }
        listing.entries = entries.entries
        surroundings = known
      default:
        var entries: [JobEntry] = []
        for item in scan.items {
          guard let entry = try entry(item, in: place) else { continue }
          if let group = request.group, entry.group != group { continue }
          entries.append(entry)
        }
        if request.group != nil { total = entries.count }
        if let limit = request.limit, entries.count > limit {
          if end == .newest {
            entries.removeFirst(entries.count - limit)
          } else {
            entries.removeLast(entries.count - limit)
          }
        }
        listing.entries = entries
      }
      listing.more = max(0, total - listing.entries.count)
      body(listing)
    }
  }

  private func entry(_ item: FolderScan.Item, in place: SpoolPlace) throws(SystemError) -> JobEntry? {
    let name = String(decoding: item.name.dropLast(5), as: UTF8.self)
    var entry = JobEntry(name: name, place: place, since: Timestamp(nanoseconds: item.since))
    guard item.isGood else {
      if place == .held { entry.waiting = .held }
      return entry
    }
    let id = JobID(unchecked: name)
    switch place {
    case .held: entry.waiting = .held
    case .processing: entry.waiting = .running
    case .deferred: entry.waiting = try nextAttempt(id)
    default:
      entry.result = try record(id, in: place)
      if entry.result == nil, try !has(JobFile.result(name), in: place) { entry.waiting = .cancelledResult }
    }
    entry.group = entry.result?.group
    if entry.group == nil, place != .done, place != .errors {
      if case .success(let job)? = try job(id, in: place, limit: 64 << 20) {
        entry.group = job.group
        entry.priority = job.priority
      }
    }
    return entry
  }

  /// What a deferred job waits for: its due time is the content time of its record.
  func nextAttempt(_ id: JobID) throws(SystemError) -> Waiting {
    let record = try record(id, in: .deferred)
    let due = try readable(.deferred)?.status(JobFile.record(id.text))?.modified
    var deferral = Deferral()
    if case .deferred(let known)? = record?.state { deferral = known }
    var attempts: Int?
    if case .success(let job)? = try job(id, in: .deferred, limit: 64 << 20) {
      let isTemporary = record?.attempts.last?.exitCode == 75 || record?.attempts.last?.signal != nil
      attempts = job.retry.attempts(temporary: isTemporary)
    }
    let time = due.map { Timestamp(nanoseconds: $0) }
    return .nextAttempt(
      due: time.flatMap { $0 > now() ? $0 : nil }, attempt: (record?.attemptsTotal ?? 0) + 1, of: attempts,
      code: deferral.code, reason: deferral.reason)
  }

  // MARK: - The queue

  private struct Read {
    let name: String
    let since: Int64
    let content: DropReading<Job>?
  }

  private func waitingEntries(
    _ scan: FolderScan, _ surroundings: inout Surroundings, _ request: ListingRequest
  ) throws(SystemError) -> (entries: [JobEntry], total: Int) {
    var read: [Read] = []
    let reader = DropReader(surroundings.settings)
    let isAllRead = request.limit == nil || request.group != nil || scan.count <= Self.readForOrder
    for item in isAllRead ? scan.items[...] : scan.items.prefix(request.limit ?? 0) {
      guard let folder = try readable(.inbox) else { break }
      var content: DropReading<Job>?
      if item.isGood {
        // Looked at like the runner does at first sight; it alone knows how long a file was quiet.
        content = try reader.look(at: item.name, in: folder, isQuiet: false).reading
        if case .gone? = content { continue }
      }
      if let group = request.group {
        guard case .ready(let job)? = content, job.group == group else { continue }
      }
      read.append(
        Read(name: String(decoding: item.name.dropLast(5), as: UTF8.self), since: item.since, content: content))
    }
    let order = isAllRead ? queueOrder(read) : Array(read.indices)
    var names: [JobID] = []
    for index in order {
      if case .ready(let job)? = read[index].content { names += job.after?.jobs ?? [] }
    }
    try surroundings.resolve(after: names)
    var entries: [JobEntry] = []
    for index in order.prefix(request.limit ?? .max) {
      let file = read[index]
      var entry = JobEntry(name: file.name, place: .inbox, since: Timestamp(nanoseconds: file.since))
      switch file.content {
      case .ready(let job)?:
        entry.group = job.group
        entry.priority = job.priority
        entry.waiting = try surroundings.waiting(job, id: JobID(unchecked: file.name))
      case .refused(let refusal)?: entry.waiting = .willBeRefused(refusal)
      case .beingWritten?, .unsettled?, .gone?: entry.waiting = .beingWritten
      case nil:
        // The name is bad; its refusal says how.
        var refusal = Refusal(code: .badName, reason: "no job can have this name")
        do throws(Refusal) { _ = try JobID(stem: Array(file.name.utf8)) } catch { refusal = error }
        entry.waiting = .willBeRefused(refusal)
      }
      entries.append(entry)
    }
    return (entries, read.count)
  }

  /// The order in which they would start if nothing held them up: the same queue that the runner has.
  private func queueOrder(_ read: [Read]) -> [Int] {
    var queue = ReadyQueue()
    var lanes: [GroupName: LaneID] = [:]
    for (index, file) in read.enumerated() {
      var lane = LaneID.ungrouped
      var priority = 0
      if case .ready(let job)? = file.content {
        priority = job.priority
        if let group = job.group {
          lane = lanes[group] ?? LaneID(rawValue: Int32(lanes.count + 1))
          lanes[group] = lane
        }
      }
      queue.add(
        QueueEntry(
          handle: Handle(index), lane: lane, priority: Int16(priority), arrival: file.since, name: file.name))
    }
    var order: [Int] = []
    order.reserveCapacity(read.count)
    while let next = queue.next() {
      order.append(Int(next.handle))
      queue.finished(in: next.lane)
    }
    return order
  }
}
