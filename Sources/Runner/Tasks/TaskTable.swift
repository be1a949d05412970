import Jobs
import Observability
import Platform
import Scheduling
import Spool

/// The tasks that are known, by name and by handle, and when each has to be looked at.
final class TaskTable {
  private var entries: [TaskEntry?] = []
  private var free: [Handle] = []
  /// By bytes: two names that only look alike are two tasks.
  private var handles: [JobID: Handle] = [:]
  private var times = DueTimes()
  /// How often in a row each was put off by what kept it from being looked at.
  private var delays: [Handle: Int] = [:]

  var all: [TaskEntry] { entries.compactMap { $0 } }
  var count: Int { handles.count }
  /// The earliest time at which one has to be looked at, ns since 1970.
  var nextDue: Int64? { times.nextDue }
  /// One was put off, and what kept it from being looked at may be over: that is hoped a few times.
  var isDelayed: Bool { delays.values.contains { $0 <= Self.hopes } }
  private static let hopes = 5

  subscript(name: String) -> TaskEntry? { handles[JobID(unchecked: name)].flatMap { entries[Int($0)] } }
  subscript(handle: Handle) -> TaskEntry? { entries.indices.contains(Int(handle)) ? entries[Int(handle)] : nil }

  /// The task of that name, as it is known or as its state tells; nil: there was none.
  func meet(_ name: String, _ files: TaskFiles, _ machinery: TaskMachinery) throws(SystemError) -> TaskEntry? {
    if let entry = self[name] { return entry }
    switch try files.state(of: name) {
    case nil: return nil
    case .failure(let problem):
      machinery.log.write(
        .error, "task-state-bad", "the state of task '\(name)' is set aside, it starts anew: \(problem.reason)")
      try files.displaceState(of: name)
      return nil
    case .success(var state):
      state.task = name  // the name counts: a person may have renamed both
      let entry = add(state)
      if state.status == .paused { entry.isPresent = false }
      return entry
    }
  }

  /// Adds one whose state is this, until it is known to be on the disk.
  func add(_ state: TaskState) -> TaskEntry {
    let handle = free.popLast() ?? Handle(entries.count)
    let entry = TaskEntry(name: state.task, handle: handle, progress: state.progress, runs: state.counts.runs)
    entry.state = state
    if Int(handle) == entries.count { entries.append(entry) } else { entries[Int(handle)] = entry }
    handles[JobID(unchecked: state.task)] = handle
    return entry
  }

  func remove(_ entry: TaskEntry) {
    times.remove(entry.handle)
    delays[entry.handle] = nil
    handles[JobID(unchecked: entry.name)] = nil
    entries[Int(entry.handle)] = nil
    free.append(entry.handle)
  }

  /// nil: at no time. One before 1970 is past all the same, and a wait for it can be reckoned.
  func set(_ entry: TaskEntry, due: Int64?) {
    delays[entry.handle] = nil
    if let due { times.set(entry.handle, due: max(0, due)) } else { times.remove(entry.handle) }
  }

  /// It cannot be looked at now.
  func putOff(_ entry: TaskEntry, until due: Int64) {
    delays[entry.handle, default: 0] += 1
    times.set(entry.handle, due: max(0, due))
  }

  func popDue(_ wall: Int64) -> TaskEntry? { times.popDue(now: wall).flatMap { self[$0] } }

  /// A task as its group is told of it.
  struct Line {
    let name: String
    let status: String
    let next: String?
  }

  /// The tasks of a group, or all, by name.
  func listing(of group: GroupName?) -> [Line] {
    let prefix = group.map { $0.text + "." } ?? ""
    return all.filter { $0.name.hasPrefix(prefix) }.sorted { $0.name < $1.name }.map { entry in
      let next = entry.isPresent ? entry.rule?.next(after: entry.progress.handled) : nil
      let status: TaskState.Status = !entry.isPresent ? .paused : entry.rule == nil ? .bad : .scheduled
      return Line(name: entry.name, status: status.rawValue, next: next.map(entry.text))
    }
  }
}
