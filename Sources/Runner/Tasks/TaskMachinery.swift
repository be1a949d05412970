import Jobs
import Observability
import Platform
import Spool

/// What the scheduler gets from outside.
struct TaskMachinery {
  let folders: SpoolFolders
  let disk: any Disk
  let log: Log
  /// Names the boot of this machine.
  let boot: String
  let settings: () -> Settings
  /// The wall clock and the continuous one, ns.
  let wall: () -> Int64
  let now: () -> Int64

  var maxBytes: Int { Int(settings().maxJobBytes.bytes) }
  var quiet: Int64 { settings().quiet.wholeNanoseconds }
  /// When the machine was started, ns since 1970: the continuous clock counts from there.
  var bootTime: Int64 { wall() - now() }

  /// Refuses a task file that others may write to: they would run what they like.
  func refusal(of status: FileStatus) -> Refusal? {
    guard status.kind == .file else { return nil }  // said by the reader
    if status.owner != Machine.user, status.owner != 0 {
      return Refusal(
        code: .notPermitted, reason: "the file belongs to \(Machine.userName(status.owner)); expected the runner's user"
      )
    }
    if status.mode & 0o002 != 0 {
      return Refusal(code: .notPermitted, reason: "others may write to the file; expected none (chmod o-w)")
    }
    return nil
  }
}

extension TaskMachinery {
  init(_ core: Core) {
    self.init(
      folders: core.folders, disk: core.disk, log: core.log, boot: core.mark.boot, settings: { core.settings },
      wall: { core.wall }, now: { core.now })
  }
}
