import Jobs
import Observability
import Platform
import Scheduling
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
    TaskFile.refusal(of: status, owner: Machine.user)
  }
}

extension TaskMachinery {
  init(_ core: Core) {
    self.init(
      folders: core.folders, disk: core.disk, log: core.log, boot: core.mark.boot, settings: { core.settings },
      wall: { core.wall }, now: { core.now })
  }
}

extension TaskReader {
  /// With the zones of this machine.
  static func ofMachine() -> TaskReader {
    let files = ZoneFiles()
    return TaskReader(zones: ZoneTable(read: { files.read($0) }, machine: { files.machine() }))
  }
}
