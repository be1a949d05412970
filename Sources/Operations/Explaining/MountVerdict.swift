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

/// Judges mounts as the runner would, for the user who asks.
struct MountChecker {
  private let config: ConfigFolder
  private let spool: String
  private let writable: [String]

  /// - Parameters:
  ///   - writable: host paths that some group may mount read-write.
  ///   - path: the spool's.
  ///   - variable: the environment, which may say where the list lies.
  init(_ writable: [String], path: String, variable: (String) -> String?) throws(SystemError) {
    config = .own(variable: variable)
    spool = try FileSystem.realPath(path)
    self.writable = writable
  }

  /// - Parameters:
  ///   - filled: what is to be mounted, in order.
  ///   - own: those of them that are the job's.
  func verdicts(
    _ filled: [Mount], own: [Mount], group: GroupSettings?, isContainer: Bool
  ) -> [MountVerdict] {
    let check = MountCheck(
      config: config,
      for: MountCheck.Asker(
        spool: spool, group: group?.mounts, isContainer: isContainer, writableByGroups: writable))
    return zip(filled, check.verdicts(filled)).map { mount, verdict in
      var row = MountVerdict(mount: mount, isOfJob: own.contains(mount))
      switch verdict {
      case .success(let checked): row.path = checked.hostPath
      case .failure(let refusal): row.refusal = (refusal.code.rawValue, refusal.reason)
      }
      return row
    }
  }

  /// Those of a group, and then of its agent.
  func verdicts(_ group: GroupSettings) -> [MountVerdict] {
    let agent = (group.agent?.mounts ?? []).filter { !group.mounts.contains($0) }
    return verdicts(group.mounts + agent, own: agent, group: group, isContainer: false)
  }
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
    do throws(SystemError) {
      return try MountChecker(folders.pathsWritableByGroups(), path: folders.path, variable: variable)
        .verdicts(filled.mounts, own: job.mounts, group: group, isContainer: job.origin != nil)
    } catch { throw .system(error) }
  }
}
