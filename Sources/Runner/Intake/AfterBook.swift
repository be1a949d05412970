import Jobs
import Platform
import Scheduling
import Spool

/// What the names in `after` stand for, and who is to be looked at again when one of them moves on (DESIGN §3).
///
/// A stem means its newest job, one that waits or runs before one that finished. What it was found to mean is noted, so that
/// a restart does not find another meaning.
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

  private(set) var web = Dependencies<Node>()
  private var handles: [Node: Handle] = [:]
  private var nodes: [Handle: Node] = [:]
  private var entries: [Handle: [Entry]] = [:]
  var numbered: NumberedNames?
  /// Of the names that are waited for and stand for nothing at the moment: which file was the last one known, put aside or on
  /// its way elsewhere.
  var absent: [JobID: UInt64] = [:]
  private var heldPolicy = ScanPolicy()
  let folders: SpoolFolders
  private let notes: AfterNotes
  private let timeout: () -> Int64
  private let started: Int64

  /// - Parameters:
  ///   - timeout: the setting `afterTimeout`, ns; - started: when the runner did, ns since 1970.
  init(folders: SpoolFolders, writer: RecordWriter, disk: any Disk, started: Int64, timeout: @escaping () -> Int64) {
    self.folders = folders
    notes = AfterNotes(folders: folders, writer: writer, disk: disk)
    self.started = started
    self.timeout = timeout
  }

  // MARK: jobs that wait for others

  /// - Parameter resolved: what an earlier look found, kept as it is.
  func enter(
    _ handle: Handle, _ job: WaitingJob, _ after: After, resolved: [Entry], isWaiting: (JobID) -> Bool
  ) -> Entering {
    let own = node(of: job)
    let noted = job.origin == .inbox && resolved.isEmpty ? notes.read(job) : resolved
    let found = after.jobs.map { asked in
      guard let known = noted.first(where: { $0.asked == asked }) else {
        return Entry(asked: asked, node: resolve(asked, isWaiting: isWaiting))
      }
      return Entry(asked: asked, node: standing(known.node, isWaiting: isWaiting))
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
    if found != noted { notes.write(job, found) }
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

  // MARK: jobs that others wait for

  /// A drop of this name waits now. Answers who is to be looked at again.
  func appeared(_ stem: JobID) -> [Handle] {
    if !absent.isEmpty { absent[stem] = nil }
    return move(.name(stem), to: .waiting(stem), .pending)
  }

  /// A job that waited was claimed: it depends on nothing any more, and others that named it know its id now.
  func claimed(_ handle: Handle, _ job: WaitingJob, as id: JobID) {
    replaced(handle, job)
    if job.origin == .inbox { _ = move(.waiting(job.name), to: .job(id), .pending) }
    numbered?.note(id)
  }

  /// A drop was refused under this id, unread as a job.
  func dropRefused(_ stem: JobID, as id: JobID) {
    if !absent.isEmpty { absent[stem] = nil }
    for old in [Node.waiting(stem), .name(stem)] { _ = move(old, to: .job(id), .pending) }
    numbered?.note(id)
  }

  /// A job that waits is another now, under the same name: those that named it wait for that one.
  func replaced(_ handle: Handle, _ job: WaitingJob) {
    guard entries[handle] != nil else { return }
    forget(handle, node(of: job))
    notes.remove(job)
  }

  /// A job that waited is gone without having been claimed. Answers who is to be looked at again.
  ///
  /// - Parameter isWaiting: whether a drop of a name waits.
  func left(_ handle: Handle, _ job: WaitingJob, now: Int64, isWaiting: (JobID) -> Bool) -> [Handle] {
    replaced(handle, job)
    let own = node(of: job)
    guard web.isWanted(own) else { return [] }
    if job.origin == .deferred {
      // Its end may have been seen before that it is away, or a person moved it back to the inbox.
      if let record = record(of: job.name) { return settled(job.name, succeeded: Self.isSuccess(record)) }
      if isWaiting(job.name) { return move(own, to: .waiting(job.name), .pending) }
    }
    absent[job.name] = job.inode
    let name = Node.name(job.name)
    // Not since those that wait for it came: until now it was there.
    return move(own, to: name, status(of: name), deadline: now + timeout())
  }

  /// A job ended that was not claimed: moved by a person, or found finished. Answers who is to be looked at again.
  ///
  /// Where its name was held it ended under a number; that it is what was waited for is told by the file.
  /// - Parameter waiting: which file a drop of a name is that waits.
  func endedElsewhere(_ id: JobID, succeeded: Bool, waiting: (JobID) -> UInt64?) -> [Handle] {
    numbered?.note(id)
    let stem = JobID(unchecked: id.numberSplit.stem)
    var again: [Handle] = []
    for name in stem == id ? [id] : [id, stem] {
      for (node, inode) in [(Node.waiting(name), waiting(name)), (.name(name), absent[name])] where web.isWanted(node) {
        // One that nobody has read yet came and went under its own name.
        let isIt = inode.map { $0 == file(of: id, in: succeeded ? .done : .errors) } ?? (name == id)
        guard isIt else { continue }
        absent[name] = nil
        again += move(node, to: .job(id), succeeded ? .succeeded : .failed)
      }
    }
    return again + settled(id, succeeded: succeeded)
  }

  /// Looks again at names of which no notification tells: what was put aside may be gone. Answers who is to be looked at.
  ///
  /// - Parameters:
  ///   - now: ns since 1970; - continuous: now, to tell how long it took.
  func lookAtAbsent(now: Int64, continuous: () -> Int64) -> [Handle] {
    let start = continuous()
    guard !absent.isEmpty, let times = try? folders[.held].descriptor.status(),
      heldPolicy.shouldList(times, continuous: start, wall: now)
    else { return [] }
    var again: [Handle] = []
    for name in Array(absent.keys) {
      let node = Node.name(name)
      guard web.isWanted(node) else {
        absent[name] = nil
        continue
      }
      // On its way to be read, and then it is there.
      if has(JobFile.job(name.text), in: .inbox) { continue }
      again += web.update(node, to: status(of: node), deadline: now + timeout()).compactMap { handles[$0] }
    }
    heldPolicy.listed(times, at: continuous(), took: continuous() - start)
    return again
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

  private static func list(_ nodes: [Node]) -> String { nodes.map { "'\($0.text)'" }.joined(separator: ", ") }
}
