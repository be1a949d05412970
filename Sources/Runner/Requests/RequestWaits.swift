import Jobs
import Observability
import Platform
import Spool

/// Jobs whose results somebody waits for: told in `ipc/GROUP/answers/` when they have ended. Which they are stands beside the
/// answers, so that a later runner tells them too.
final class RequestWaits {
  private struct Asker: Hashable {
    let group: GroupName
    let request: String
  }

  /// Between two tries after the disk failed, ns.
  private static let retryInterval: Int64 = 1_000_000_000
  /// How the names of the notes begin.
  static let prefix = ".wait."

  private let core: Core
  private let files: RequestFiles
  private let homes: JobHomes
  /// Whether what came of a group's jobs may be told to another; nil: of jobs without a group.
  private let mayKnow: (_ asker: GroupName, _ group: GroupName?) -> Bool
  private var waits: [JobID: Asker] = [:]
  /// The jobs of each that were not told yet.
  private var jobs: [Asker: Set<JobID>] = [:]
  /// Those whose results could not be written.
  private var untold: Set<JobID> = []
  private(set) var retryAt: Int64?

  init(
    _ core: Core, files: RequestFiles, homes: JobHomes,
    mayKnow: @escaping (_ asker: GroupName, _ group: GroupName?) -> Bool
  ) {
    self.mayKnow = mayKnow
    self.core = core
    self.files = files
    self.homes = homes
  }

  /// Nothing is left to be told of what has ended.
  var isIdle: Bool { untold.isEmpty }

  /// The note that is written before the jobs are.
  func note(_ id: String, _ effects: [RequestGate.Effect]) -> (name: String, bytes: [UInt8]) {
    var json = JSONWriter(.compact, capacity: 128)
    json.beginArray()
    for job in Self.jobs(effects) { json.string(job.text) }
    json.endArray()
    return (Self.prefix + id, json.line())
  }

  func expect(_ id: String, _ effects: [RequestGate.Effect], in group: GroupName) {
    for job in Self.jobs(effects) { expect(job, Asker(group: group, request: id)) }
  }

  private func expect(_ job: JobID, _ asker: Asker) {
    waits[job] = asker
    jobs[asker, default: []].insert(job)
  }

  private static func jobs(_ effects: [RequestGate.Effect]) -> [JobID] {
    effects.compactMap {
      switch $0 {
      case .job(let id, _, _), .runTask(_, as: let id, _): id
      default: nil
      }
    }
  }

  /// A request is refused that may have been under way: its jobs, if there are any of their names, are others'.
  func forget(_ id: String, _ group: GroupName) {
    for job in jobs.removeValue(forKey: Asker(group: group, request: id)) ?? [] { waits[job] = nil }
    core.keepGoing { () throws(SystemError) in
      guard let answers = try files.folder("answers", of: group), try answers.has(Self.prefix + id) else { return }
      try core.disk.remove(Self.prefix + id, in: answers)
    }
  }

  /// Reads what an earlier runner noted, and tells what has ended since.
  func remember(_ group: GroupName) throws(SystemError) {
    guard let answers = try files.folder("answers", of: group) else { return }
    for name in try answers.names() where name.hasPrefix(Self.prefix) && !name.hasSuffix(".new") {
      guard let bytes = try? answers.open(name).readAll(limit: 1 << 20), let node = try? JSONReader.read(bytes),
        case .array(let elements) = node.value
      else { continue }  // torn: its request is still there and is read again
      let asker = Asker(group: group, request: String(name.dropFirst(Self.prefix.count)))
      for element in elements {
        guard case .string(let text) = element.value else { continue }
        expect(JobID(unchecked: text), asker)
      }
      try look(asker)
    }
  }

  /// Tells those jobs of a request that have ended: of one that is asked again they may have long ago.
  func look(_ id: String, _ group: GroupName) {
    core.keepGoing { () throws(SystemError) in try look(Asker(group: group, request: id)) }
  }

  private func look(_ asker: Asker) throws(SystemError) {
    for job in jobs[asker] ?? [] { try look(job) }
  }

  private func look(_ job: JobID) throws(SystemError) {
    guard let home = try homes.home(of: job), home == .done || home == .errors,
      case .success(let record)? = try homes.result(of: job, in: home)
    else { return }
    ended(record)
  }

  /// A job was taken away while it waited.
  func cancelled(_ job: JobID) {
    guard waits[job] != nil else { return }
    core.keepGoing { () throws(SystemError) in try look(job) }
  }

  /// A job came to its end.
  func ended(_ record: JobRecord) {
    guard let asker = waits[record.id] else { return }
    do throws(SystemError) {
      try tell(record, asker)
      untold.remove(record.id)
    } catch {
      if untold.isEmpty {
        core.log.write(.error, "result-not-told", "the result of a job cannot be written to who waits for it: \(error)")
      }
      untold.insert(record.id)
      retryAt = retryAt ?? core.now + Self.retryInterval
    }
  }

  private func tell(_ record: JobRecord, _ asker: Asker) throws(SystemError) {
    let answers = try files.folder("answers", of: asker.group)
    let own = "\(asker.group.text).\(asker.request)"
    // One of several is told by its own name too.
    let name = record.id.text == own ? asker.request : String(record.id.text.dropFirst(asker.group.text.utf8.count + 1))
    let isTheirs = try isKnown(record, to: asker)
    if !isTheirs {
      core.log.write(
        .warn, "result-not-theirs", "what group '\(asker.group)' waits for is not its own: the job '\(record.id)'")
    }
    if let answers {
      if isTheirs {
        try files.tell(RequestAnswer.result(of: record, request: asker.request), as: "\(name).result.json", in: answers)
      }
      if jobs[asker] == [record.id], try answers.has(Self.prefix + asker.request) {
        try core.disk.remove(Self.prefix + asker.request, in: answers)
      }
    }
    waits[record.id] = nil
    jobs[asker]?.remove(record.id)
    if jobs[asker]?.isEmpty == true { jobs[asker] = nil }
  }

  /// Whether a result is of a group whose results the asker may see, or the asker may see all: a person's job may be called as
  /// its own would be.
  private func isKnown(_ record: JobRecord, to asker: Asker) throws(SystemError) -> Bool {
    if mayKnow(asker.group, record.group) { return true }
    guard record.group == nil else { return false }
    // The result of one that never started does not tell its group, its file does.
    guard let home = try homes.home(of: record.id) else { return false }
    let folder = try core.folders[home]
    let name = JobFile.job(record.id.text)
    guard let status = try folder.status(name), status.kind == .file else { return false }
    let bytes = try folder.open(name).readAll(limit: 1 << 26)
    guard let job = try? Job.read(bytes), job.origin != nil, let group = job.group else { return false }
    return mayKnow(asker.group, group)
  }

  /// Tries again what the disk did not take.
  func proceed() {
    guard let retryAt, core.now >= retryAt else { return }
    self.retryAt = nil
    let again = untold
    core.keepGoing { () throws(SystemError) in for job in again { try look(job) } }
    if !untold.isEmpty { self.retryAt = self.retryAt ?? core.now + Self.retryInterval }
  }
}
