import Jobs
import Platform
import Scheduling
import Spool

/// The jobs of tasks that are under way as far as is known, held against what lies in the folders.
struct TaskJobs {
  /// Jobs of a task that are looked for to see whether they are still there, where nothing hangs on it.
  private static let looks = 8

  let homes: JobHomes
  let states: TaskStates

  /// Where the jobs of times lie that were made before.
  ///
  /// - Throws: it cannot be told now. That must never count as nowhere: one that has left the inbox would be made once more.
  func homes(of times: [Int64], _ entry: TaskEntry) throws(SystemError) -> [Int64: SpoolPlace] {
    var there: [Int64: SpoolPlace] = [:]
    for time in times { there[time] = try homes.home(of: OccurrenceID.make(entry.name, at: Timestamp(seconds: time))) }
    return there
  }

  /// Ends that nobody told: of jobs that ended while no runner ran.
  func reconcile(_ entry: TaskEntry) {
    for id in entry.progress.active {
      guard let home = (try? homes.home(of: id)) ?? nil, home == .done || home == .errors else { continue }
      let result: Result<JobRecord, Refusal>?
      do throws(SystemError) { result = try homes.result(of: id, in: home) } catch { continue }  // for the moment
      switch result {
      case .success(let record): states.note(entry, id, record.status, record.finishedAt)
      case .failure: entry.progress.active.removeAll { $0 == id }
      // A person put it there. In errors/ it gets a result, in done/ it never ends.
      case nil: if home == .done { entry.progress.active.removeAll { $0 == id } }
      }
    }
  }

  /// Jobs that a person took away never end.
  func forgetVanished(_ entry: TaskEntry) {
    let active = entry.progress.active
    let isAsked = entry.rule?.overlap != .allow || !entry.progress.queued.isEmpty
    for id in isAsked ? active[...] : active.prefix(Self.looks) {
      let home: SpoolPlace?
      do throws(SystemError) { home = try homes.home(of: id) } catch { continue }  // it counts as there
      switch home {
      case nil: entry.progress.active.removeAll { $0 == id }
      case .done?, .errors?: reconcile(entry)
      default: break
      }
    }
  }
}
