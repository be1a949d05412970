import Jobs
import Scheduling
import Spool

/// When a task has to be looked at next, and whether it is at its end.
final class TaskDues {
  /// How often a task whose jobs are waited for is looked at without a word of their end, ns.
  private static let recheck: Int64 = 10_000_000_000

  private let machinery: TaskMachinery
  private let table: TaskTable
  private let states: TaskStates

  init(_ machinery: TaskMachinery, table: TaskTable, states: TaskStates) {
    self.machinery = machinery
    self.table = table
    self.states = states
  }

  func plan(_ entry: TaskEntry) {
    guard let rule = entry.rule, entry.isPresent else { return table.set(entry, due: nil) }
    var due = OccurrencePlan.nextDue(rule, after: entry.progress.handled, runs: entry.runs)
    // The clock was wrong, and is right since; perhaps no runner ran meanwhile.
    if due != nil, OccurrencePlan.isAhead(entry.progress.handled, of: machinery.wall()) { due = machinery.wall() }
    // What a person is editing stays where it is.
    var isOver = due == nil && entry.progress.queued.isEmpty && entry.making.isEmpty && entry.problem == nil
    if rule.recurrence == .reboot {
      isOver = isOver && (rule.maxRuns.map { entry.runs >= $0 } ?? false || isPast(rule.until))
    }
    if isOver, entry.progress.active.isEmpty, case .stays = entry.afterwards {
      entry.afterwards = .finishes
      var state = states.state(of: entry)
      state.status = .finished
      entry.state = state
      states.keep(entry)
    }
    if !entry.progress.queued.isEmpty, entry.making.isEmpty {
      let next = entry.progress.active.isEmpty ? machinery.wall() : machinery.wall() + Self.recheck
      due = min(due ?? next, next)
    } else if isOver, !entry.progress.active.isEmpty {
      due = machinery.wall() + Self.recheck
    }
    table.set(entry, due: entry.making.isEmpty ? due : nil)
  }

  func isPast(_ until: Int64?) -> Bool { until.map { machinery.wall() / 1_000_000_000 > $0 } ?? false }
}
