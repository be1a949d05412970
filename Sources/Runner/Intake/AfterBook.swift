import Jobs
import Platform
import Scheduling
import Spool

/// What the names in `after` stand for, and who is to be looked at again when one of them moves on (DESIGN §3).
///
/// A stem means its newest job, one that waits or runs before one that finished. What it was found to mean is noted in
/// `inbox/.NAME.after.json`, so that a restart does not find another meaning.
final class AfterBook {
  /// One name of `after` and what it stands for.
  struct Entry: Equatable {
    let asked: JobID
    var node: Node
  }

  /// A place in the web of dependencies.
  enum Node: Hashable {
    /// Nothing was found under this name, or it is put aside in `held`.
    case name(JobID)
    /// A drop that waits in the inbox; its id is decided when it is claimed.
    case waiting(JobID)
    /// A claimed, deferred or finished job.
    case job(JobID)

    var text: String {
      switch self {
      case .name(let id), .waiting(let id), .job(let id): id.text
      }
    }
  }

  enum Entering {
    case entered([Entry])
    case cycle([String])
  }

  private var web = Dependencies<Node>()
  private var handles: [Node: Handle] = [:]
  private var nodes: [Handle: Node] = [:]
  private var entries: [Handle: [Entry]] = [:]
  private var numbered: NumberedNames?
  private let folders: SpoolFolders
  private let writer: RecordWriter
  private let disk: any Disk
  private let timeout: () -> Int64
  private let started: Int64

  /// - Parameters:
  ///   - timeout: the setting `afterTimeout`, ns; - started: when the runner did, ns since 1970.
  init(folders: SpoolFolders, writer: RecordWriter, disk: any Disk, started: Int64, timeout: @escaping () -> Int64) {
    self.folders = folders
    self.writer = writer
    self.disk = disk
    self.started = started
    self.timeout = timeout
  }

  // MARK: jobs that wait for others

  /// - Parameter resolved: what an earlier look found, kept as it is.
  func enter(
    _ handle: Handle, _ job: WaitingJob, _ after: After, resolved: [Entry], isWaiting: (JobID) -> Bool
  ) -> Entering {
    let own = node(of: job)
    let noted = job.origin == .inbox && resolved.isEmpty ? readNote(job) : resolved
    let found = after.jobs.map { asked in
      let known = noted.first { $0.asked == asked }
      return known ?? Entry(asked: asked, node: resolve(asked, isWaiting: isWaiting))
    }
    let named = found.map(\.node)
    if let circle = web.cycle(adding: own, after: named) { return .cycle(circle.map(\.text)) }
    let need: DependencyRule<Node>.Need =
      switch after.need {
      case .all: .all
      case .any: .any
      case .count(let number): .count(number)
      }
    let rule = DependencyRule(jobs: named, need: need, onFailure: after.onFailure == .fail ? .fail : .continue)
    handles[own] = handle
    nodes[handle] = own
    entries[handle] = found
    // An hour before the runner was started is not held against a job that came then.
    web.add(own, rule, deadline: max(job.arrival, started) + timeout()) { self.status(of: $0) }
    if found != noted { writeNote(job, found) }
    return .entered(found)
  }

  func answer(_ handle: Handle, now: Int64) -> WaitAnswer {
    guard let own = nodes[handle] else { return .ready }
    switch web.answer(for: own, now: now) {
    case .ready: return .ready
    case .waiting(_, let until): return .wait(until: until)
    case .failed(let which):
      return .over(
        Outcome(.dependencyFailed, code: "dependency-failed", reason: "did not succeed: \(Self.list(which))"))
    case .missing(let which):
      return .over(
        Outcome(.dependencyMissing, code: "dependency-missing", reason: "no such job: \(Self.list(which))"))
    }
  }

  /// What the names stood for when the job started, for its record and `BOBBIN_AFTER`.
  func resolved(_ handle: Handle) -> [ResolvedDependency] {
    (entries[handle] ?? []).map { entry in
      guard case .job(let id) = entry.node else { return ResolvedDependency(asked: entry.asked) }
      return ResolvedDependency(asked: entry.asked, id: id, status: record(of: id)?.status)
    }
  }

  /// The finished record of a job; nil if it is not finished.
  func record(of id: JobID) -> JobRecord? {
    for place in [SpoolPlace.done, .errors] {
      guard let folder = try? folders[place], let file = try? folder.open(JobFile.result(id.text)),
        let bytes = try? file.readAll(limit: 16 << 20), let record = try? JobRecord.decode(bytes)
      else { continue }  // not there, or not whole: the other place, or not finished
      return record
    }
    return nil
  }

  // MARK: jobs that others wait for

  /// A drop of this name waits now. Answers who is to be looked at again.
  func appeared(_ stem: JobID) -> [Handle] { move(.name(stem), to: .waiting(stem), .pending) }

  /// A job that waited was claimed: it depends on nothing any more, and others that named it know its id now.
  func claimed(_ handle: Handle, _ job: WaitingJob, as id: JobID) {
    replaced(handle, job)
    if job.origin == .inbox { _ = move(.waiting(job.name), to: .job(id), .pending) }
    numbered?.note(id)
  }

  /// A drop was refused under this id, unread as a job.
  func dropRefused(_ stem: JobID, as id: JobID) {
    for old in [Node.waiting(stem), .name(stem)] { _ = move(old, to: .job(id), .pending) }
    numbered?.note(id)
  }

  /// A job that waits is another now, under the same name: those that named it wait for that one.
  func replaced(_ handle: Handle, _ job: WaitingJob) {
    guard entries[handle] != nil else { return }
    forget(handle, node(of: job))
    removeNote(job)
  }

  /// A job that waited is gone without having been claimed. Answers who is to be looked at again.
  func left(_ handle: Handle, _ job: WaitingJob, now: Int64) -> [Handle] {
    replaced(handle, job)
    guard job.origin == .inbox, web.isWanted(.waiting(job.name)) else { return [] }
    // The very file lies in `errors`: a person cancelled it, and that is its end. Otherwise the name may come back.
    let file = (try? folders[.errors].status(JobFile.job(job.name.text))) ?? nil
    let node: Node = file?.inode == job.inode ? .job(job.name) : .name(job.name)
    // Not since those that wait for it came: until now it was there.
    return move(.waiting(job.name), to: node, status(of: node), deadline: now + timeout())
  }

  /// A job ended. Answers who is to be looked at again.
  func settled(_ id: JobID, succeeded: Bool) -> [Handle] {
    web.update(.job(id), to: succeeded ? .succeeded : .failed).compactMap { handles[$0] }
  }

  private func move(_ old: Node, to new: Node, _ status: DependencyStatus, deadline: Int64 = .min) -> [Handle] {
    guard web.isWanted(old) else { return [] }
    let waiters = web.resolve(old, as: new, status: status, deadline: deadline).compactMap { handles[$0] }
    for handle in waiters {
      guard let found = entries[handle] else { continue }
      entries[handle] = found.map { $0.node == old ? Entry(asked: $0.asked, node: new) : $0 }
    }
    return waiters
  }

  private func forget(_ handle: Handle, _ own: Node) {
    web.remove(own)
    handles[own] = nil
    nodes[handle] = nil
    entries[handle] = nil
  }

  private func node(of job: WaitingJob) -> Node { job.origin == .inbox ? .waiting(job.name) : .job(job.name) }

  // MARK: what a name means

  private func resolve(_ asked: JobID, isWaiting: (JobID) -> Bool) -> Node {
    if isWaiting(asked) { return .waiting(asked) }
    // Dropped and not read yet: it goes before what has finished under the name.
    if has(JobFile.job(asked.text), in: .inbox) { return .name(asked) }
    let candidates = [asked] + (names().numbers(of: asked).map { asked.numbered($0) })
    for places in [[SpoolPlace.processing, .deferred], [.done, .errors]] {
      if let newest = candidates.last(where: { id in places.contains { has(JobFile.job(id.text), in: $0) } }) {
        return .job(newest)
      }
    }
    return .name(asked)
  }

  private func status(of node: Node) -> DependencyStatus {
    switch node {
    case .waiting: return .pending
    // Put aside by a person: found, and not over.
    case .name(let stem): return has(JobFile.job(stem.text), in: .held) ? .pending : .missing
    case .job(let id):
      if let record = record(of: id) { return record.status == FinalStatus.succeeded.rawValue ? .succeeded : .failed }
      return .pending
    }
  }

  private func has(_ name: String, in place: SpoolPlace) -> Bool { (try? folders[place])?.has(name) ?? false }

  private func names() -> NumberedNames {
    if let numbered { return numbered }
    let names = NumberedNames(folders)
    numbered = names
    return names
  }

  private static func list(_ nodes: [Node]) -> String { nodes.map { "'\($0.text)'" }.joined(separator: ", ") }

  // MARK: the note

  private func noteName(_ job: WaitingJob) -> String { ".\(job.name.text).after.json" }

  private func writeNote(_ job: WaitingJob, _ found: [Entry]) {
    let resolved = found.filter { if case .job = $0.node { true } else { false } }
    guard job.origin == .inbox, !resolved.isEmpty else { return }
    var json = JSONWriter()
    json.beginObject()
    json.member("inode", String(job.inode))
    json.key("after")
    json.beginObject()
    for entry in resolved {
      json.key(entry.asked.text)
      json.string(entry.node.text)
    }
    json.endObject()
    json.endObject()
    // Lost by a full disk, the names are looked up again at the next start.
    _ = try? writer.write(json.line(), as: noteName(job), in: folders[.inbox])
  }

  private func readNote(_ job: WaitingJob) -> [Entry] {
    guard let folder = try? folders[.inbox], let file = try? folder.open(noteName(job)),
      let bytes = try? file.readAll(limit: 1 << 20), let root = try? JSONReader.read(bytes, dialect: .strict),
      // Of another drop that had the name before: another inode.
      case .string(String(job.inode))? = root.member("inode")?.value,
      case .object(let members)? = root.member("after")?.value
    else { return [] }  // none, or torn
    return members.compactMap { member in
      guard case .string(let id) = member.node.value else { return nil }
      return Entry(asked: JobID(unchecked: member.key), node: .job(JobID(unchecked: id)))
    }
  }

  private func removeNote(_ job: WaitingJob) {
    guard job.origin == .inbox, let folder = try? folders[.inbox], folder.has(noteName(job)) else { return }
    try? disk.remove(noteName(job), in: folder)  // one that stays belongs to an inode that is gone
  }
}
