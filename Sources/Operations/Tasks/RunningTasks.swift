import Jobs
import Platform
import Spool

extension SpoolAccess {
  /// What `task run` came to.
  public enum TaskRun: Equatable, Sendable {
    case published(JobID)
    /// The file is not good.
    case bad(Refusal, place: SpoolPlace)
    case beingWritten
    case unknown
  }

  /// Publishes a task's job now, beside its times and whether it is paused or not.
  ///
  /// - Throws: `system`.
  public func runTask(
    _ name: String, zones: TaskZones, _ submission: inout Submission
  ) throws(OperationError) -> TaskRun {
    for place in [SpoolPlace.tasks, .pausedTasks] {
      let content: TaskEntry.Content?
      do throws(SystemError) { content = try taskContent(Array(name.utf8), in: place, zones: zones)?.content } catch {
        throw .system(error)
      }
      switch content {
      case .good(let reading)?:
        let now = now()
        let draft: JobDraft
        do throws(Refusal) {
          draft = try JobDraft(
            stem: OccurrenceID.make(name, at: now, isManual: true),
            reading: reading.task.occurrence(of: name, at: now, limit: submission.limit), limit: submission.limit)
        } catch { return .bad(error, place: place) }
        return .published(try submission.publish(draft))
      case .bad(let refusal)?: return .bad(refusal, place: place)
      case .beingWritten?: return .beingWritten
      case .gone?, nil: continue
      }
    }
    return .unknown
  }
}
