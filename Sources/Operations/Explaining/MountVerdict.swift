import Jobs
import Platform
import Runtimes
import Spool

/// What would become of one of a job's mounts if it started now.
public struct MountVerdict: Sendable {
  public var mount: Mount
  /// The job itself; else its group.
  public var isOfJob: Bool
  /// The source without links; nil: it is refused.
  public var path: String?
  /// Why it is refused: a stable code and a sentence.
  public var refusal: (code: String, reason: String)?
}

extension SpoolAccess {
  /// The verdict on each mount of a job, its group's included, for the user who asks: the runner's, if it is to count.
  /// - Parameter variable: the environment, which may say where the list lies.
  /// - Throws: `settings` of `settings.json` or of the group, `system`.
  public func mountVerdicts(
    of job: Job, variable: (String) -> String?
  ) throws(OperationError) -> [MountVerdict] {
    let (settings, group) = try surroundings(of: job)
    let filled = job.filled(for: job.chosenRuntime, group: group, settings: settings)
    let check: MountCheck
    do throws(SystemError) {
      check = MountCheck(
        config: .own(variable: variable),
        for: MountCheck.Asker(
          spool: try FileSystem.realPath(folders.path), group: group?.mounts, isContainer: job.origin != nil,
          writableByGroups: try folders.pathsWritableByGroups()))
    } catch { throw .system(error) }
    return zip(filled.mounts, check.verdicts(filled.mounts)).map { mount, verdict in
      var row = MountVerdict(mount: mount, isOfJob: job.mounts.contains(mount))
      switch verdict {
      case .success(let checked): row.path = checked.hostPath
      case .failure(let refusal): row.refusal = (refusal.code.rawValue, refusal.reason)
      }
      return row
    }
  }
}
