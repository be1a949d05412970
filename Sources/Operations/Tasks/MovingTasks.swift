import Jobs
import Platform
import Spool

/// Moves of task files, each a rename that never overwrites. Jobs that a task has made are not touched.
extension SpoolAccess {
  /// tasks → tasks/paused.
  public func pauseTasks(_ names: [String]) throws(SystemError) -> [MoveOutcome] {
    try moveTasks(names, from: .tasks, to: .pausedTasks)
  }

  /// tasks/paused → tasks.
  public func resumeTasks(_ names: [String]) throws(SystemError) -> [MoveOutcome] {
    try moveTasks(names, from: .pausedTasks, to: .tasks)
  }

  /// tasks or tasks/paused → done/tasks, with the state, under a number where the name is taken there.
  ///
  /// A runner that knows a task writes its state when the file is gone, and brings it there itself. That is waited for: a
  /// task that came under the name before it would go on with the counts of the one that is removed, as after an editor's
  /// save by rename.
  ///
  /// - Parameters:
  ///   - patience: the longest wait for the runner, which is told of no file that leaves and finds it with its next scan,
  ///     after 5 s at most with one of the profiles; - pause: waits for some nanoseconds.
  public func removeTasks(
    _ names: [String], patience: Duration = .seconds(10),
    pause: (_ nanoseconds: Int64) -> Void = { Clock.wait(nanoseconds: $0) }
  ) throws(SystemError) -> [MoveOutcome] {
    try make(.doneTasks)
    let hasRunner = try isRunnerAlive()
    var outcomes: [MoveOutcome] = []
    for name in names { outcomes.append(try removeTask(name, hasRunner: hasRunner)) }
    if outcomes.contains(where: \.isDone) { try sync([.doneTasks, .tasks, .pausedTasks]) }
    if hasRunner {
      let end = Clock.continuous() + patience.wholeNanoseconds
      for (name, outcome) in zip(names, outcomes) where outcome.isDone {
        while try has(TaskFile.state(name), in: .tasks), Clock.continuous() < end, try isRunnerAlive() {
          pause(Self.look)
        }
      }
    }
    return outcomes
  }

  /// Between two looks for what a runner is to do, ns.
  private static let look: Int64 = 10_000_000

  private func moveTasks(
    _ names: [String], from: SpoolPlace, to: SpoolPlace
  ) throws(SystemError) -> [MoveOutcome] {
    try make(to)
    var outcomes: [MoveOutcome] = []
    for name in names { outcomes.append(try moveTask(name, from: from, to: to)) }
    if outcomes.contains(where: \.isDone) { try sync([to, from]) }
    return outcomes
  }

  private func moveTask(_ name: String, from: SpoolPlace, to: SpoolPlace) throws(SystemError) -> MoveOutcome {
    let homes = try homes(ofTask: name)
    guard homes.contains(from) else {
      if homes.contains(to) { return .already(to) }
      return homes.first.map { .elsewhere($0) } ?? .unknown
    }
    do throws(SystemError) {
      let moved = try mover.move(TaskFile.task(name), from: from, to: to)
      // Source gone since the look: somebody was first.
      return moved ? .moved(to: to, as: JobID(unchecked: name)) : .unknown
    } catch {
      guard error.isTaken else { throw error }
      return .taken(to)
    }
  }

  private func removeTask(_ name: String, hasRunner: Bool) throws(SystemError) -> MoveOutcome {
    let places = try homes(ofTask: name).filter { $0 != .doneTasks }
    guard !places.isEmpty else { return try hasTask(name) ? .already(.doneTasks) : .unknown }
    var first: String?
    for place in places {
      guard let target = try moveToDone(name, from: place) else { continue }
      first = first ?? target
    }
    guard let first else { return .unknown }
    // Of a paused one no runner knows.
    if !hasRunner || !places.contains(.tasks) {
      try TaskFiles(folders: folders, disk: disk).finish(name)
    }
    return .moved(to: .doneTasks, as: JobID(unchecked: first))
  }

  /// The file alone; nil: somebody was first.
  private func moveToDone(_ name: String, from place: SpoolPlace) throws(SystemError) -> String? {
    var number = 1
    while true {
      let target = JobID(unchecked: name).numbered(number).text
      number += 1
      if try has(TaskFile.task(target), in: .doneTasks) { continue }
      if try has(TaskFile.state(target), in: .doneTasks) { continue }
      do throws(SystemError) {
        return try mover.move(TaskFile.task(name), from: place, to: .doneTasks, as: TaskFile.task(target))
          ? target : nil
      } catch {
        // Another one took the name between the look and the rename.
        guard error.isTaken else { throw error }
      }
    }
  }

  /// A spool of an earlier version may lack a folder.
  private func make(_ place: SpoolPlace) throws(SystemError) {
    if try readable(place) == nil { try folders.reopen(place) }
  }
}
