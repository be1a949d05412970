import Jobs
import Platform
import Spool

/// Names that something under way may ask for once more: by what bears them a runner finds, after a crash too, what it did
/// already. Numbers are left out, so that `x~2` in use keeps `x`.
///
/// Read once. What is asked for afterwards is answered as it is when retention has forgotten it.
struct NamesInUse {
  /// The longest request that is looked into, bytes: a runner refuses what is longer.
  private static let requestLimit = 16 << 20

  /// Jobs that wait or run.
  private var jobs: Set<JobID>
  /// What their names begin with before a dot, and those of messages on their way: several jobs of one request bear its name
  /// so.
  private var effects: Set<JobID> = []
  /// Requests that wait or are carried out: `GROUP.ID`, as what they come to is called.
  private var requests: Set<JobID> = []
  /// Messages with a number that may be delivered, now or by somebody's `mv`.
  private var numberedMessages: Set<JobID> = []
  /// Whether some of the requests that are carried out are about tasks, whose names nothing tells.
  private(set) var hasTaskRequest = false
  /// What the `after` of jobs that have not started was found to mean.
  private var awaited: Set<JobID> = []
  /// What it says: an id, or a stem whose newest job is meant, which one is decided when a runner reads it.
  private var awaitedStems: Set<JobID> = []

  init(_ access: SpoolAccess) throws(SystemError) {
    var live: Set<JobID> = []
    for place in [SpoolPlace.inbox, .held, .processing, .deferred] {
      try access.forEachJob(in: place) { live.insert($0.bare) }
    }
    jobs = live
    for job in live { effects.formUnion(job.beginnings) }
    for place in [SpoolPlace.outbox, .sending, .failedMessages] {
      for name in try access.readable(place)?.names() ?? [] {
        guard let stem = JobFile.stem(of: name) else { continue }
        let id = JobID(unchecked: stem)
        if place != .failedMessages { effects.formUnion(id.bare.beginnings) }
        if id.numberSplit.number != nil { numberedMessages.insert(id.bare) }
      }
    }
    try addTakenRequests(access)
    try addWaitingRequests(access)
    for place in [SpoolPlace.inbox, .held] { try addAwaited(in: place, access) }
  }

  /// The jobs that others wait for: without its result a job is taken for one that has not ended.
  private mutating func addAwaited(in place: SpoolPlace, _ access: SpoolAccess) throws(SystemError) {
    guard let folder = try access.readable(place) else { return }
    let limit = Int(try access.settingsOrDefaults().maxJobBytes.bytes)
    var waiting: [JobID] = []
    try access.forEachJob(in: place) { waiting.append($0) }
    for id in waiting {
      guard case .success(let job)? = try access.job(id, in: place, limit: limit), let after = job.after else {
        continue
      }
      awaitedStems.formUnion(after.jobs)
      // Of an earlier drop of this name it may be, and then keeps more than it must.
      guard let bytes = try access.bytes(of: JobFile.afterNote(id.text), in: folder, limit: 1 << 20),
        let root = try? JSONReader.read(bytes),  // torn: a runner looks the names up again
        case .object(let members)? = root.member("after")?.value
      else { continue }
      for member in members {
        if case .string(let id) = member.node.value { awaited.insert(JobID(unchecked: id)) }
      }
    }
  }

  /// Those in `processing/ipc`: what a crash left there is given back and read once more.
  private mutating func addTakenRequests(_ access: SpoolAccess) throws(SystemError) {
    for group in try access.requestGroups(in: .processingRequests) {
      guard let folder = try access.requestFolder(.processingRequests, of: group) else { continue }
      // KIND.NAME.json
      for name in try folder.names() where RequestName.isAnyJSON(name.utf8) {
        guard let dot = name.firstIndex(of: "."), let kind = Request.Kind(rawValue: String(name[..<dot])) else {
          continue
        }
        if kind == .tasks { hasTaskRequest = true }
        insert(String(name[name.index(after: dot)...].dropLast(5)), of: group)
        // Its own word counts before its file's name.
        guard try folder.status(name)?.kind == .file,
          let bytes = try? folder.open(name).readAll(limit: Self.requestLimit),
          let root = try? JSONReader.read(bytes),  // cannot be read: a runner refuses it
          case .string(let id)? = root.member("id")?.value
        else { continue }
        insert(id, of: group)
      }
    }
  }

  /// Those that containers have put there, by their files' names alone: thousands may wait, and a runner gives back what it
  /// had taken under the names that it had.
  private mutating func addWaitingRequests(_ access: SpoolAccess) throws(SystemError) {
    for group in try access.requestGroups(in: .ipc) {
      guard let own = try access.requestFolder(.ipc, of: group) else { continue }
      for kind in Request.Kind.allCases {
        do throws(SystemError) {
          for name in try SpoolAccess.inner(kind.rawValue, of: own)?.names() ?? []
          where RequestName.isAnyJSON(name.utf8) {
            insert(String(name.dropLast(5)), of: group)
          }
        } catch {
          // A container may close its folder; that is to keep nothing else from being cleaned.
          guard error.isNotPermitted else { throw error }
        }
      }
    }
  }

  private mutating func insert(_ id: String, of group: GroupName) {
    requests.insert(JobID(unchecked: "\(group).\(id)").bare)
  }

  /// Whether a job's request is under way: whether it was carried out already is told by the job.
  /// Likewise one that another job waits for.
  func isAskedFor(job: JobID) -> Bool {
    if awaited.contains(job) || awaitedStems.contains(job) || awaitedStems.contains(job.bare) { return true }
    return !requests.isEmpty && job.bare.beginnings.contains { requests.contains($0) }
  }

  /// Whether the request that a message came of, or the job of whose failure it tells, is under way.
  func isAskedFor(message: JobID) -> Bool {
    if requests.contains(message.bare) { return true }
    let told = message.text.hasPrefix(Self.failure) ? message.text.dropFirst(Self.failure.count) : ""
    return jobs.contains(JobID(unchecked: String(told)).bare)
  }

  /// How the runner calls a message that tells of a job's failure.
  private static let failure = "failed."

  /// Whether a message has copies of its name that may name its files.
  func hasNumbered(_ message: JobID) -> Bool { numberedMessages.contains(message.bare) }

  /// Whether a request is asked again, or something of it waits or runs.
  ///
  /// - Parameter name: as it was filed away.
  func isInUse(request name: JobID, of group: GroupName) -> Bool {
    let bare = name.bare.text
    // What was said to a job that has not taken it has become one.
    let said = bare.hasPrefix(Self.input) ? [bare, String(bare.dropFirst(Self.input.count))] : [bare]
    return said.contains { text in
      let id = JobID(unchecked: "\(group).\(text)")
      return requests.contains(id) || effects.contains(id)
    }
  }

  private static let input = "input-"
}

extension JobID {
  /// Without its number.
  var bare: JobID { JobID(unchecked: numberSplit.stem) }

  /// Itself, and what it begins with before each dot.
  fileprivate var beginnings: [JobID] {
    var all = [self]
    var rest = text[...]
    while let dot = rest.lastIndex(of: ".") {
      rest = rest[..<dot]
      all.append(JobID(unchecked: String(rest)))
    }
    return all
  }
}
