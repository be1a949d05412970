import Jobs
import Platform
import Runtimes
import Spool

/// What a job finds of its group, made where it is missing: the group's folder, the one in which it asks for things, and its
/// session.
struct GroupPlaces {
  /// A session as one job has it.
  struct Session {
    let folder: Folder
    /// Where the job sees it.
    let path: String
    /// As a path in the spool.
    let spoolPath: String
    /// What it may take.
    let limit: ByteCount
  }

  /// For a job in isolation; empty if its group has no settings.
  private(set) var mounts: [CheckedMount] = []
  private(set) var session: Session?
  /// It may ask for things.
  var hasRequests: Bool { !mounts.isEmpty }

  private let core: Core

  /// - Parameters:
  ///   - settings: of its group; nil: it has none, or the job no group.
  ///   - user: whom the job runs as where that is not the runner's user.
  init(_ core: Core, _ job: Job, _ settings: GroupSettings?, user: UInt32?) throws(StartFailure) {
    self.core = core
    guard let group = job.group, let settings else { return }
    let isIsolated = job.chosenRuntime != .process
    do throws(SystemError) {
      let files = try GroupFiles(core.folders)
      if isIsolated {
        let own = try files.makeFolder(of: group, user: user)
        try mount(own, SandboxRuntime.groupPath, "groups/\(group)", isReadOnly: false)
        // What the host tells is its own to write: of the folder of requests only those for requests are given away.
        let ipc = try RequestFiles(folders: core.folders, disk: core.disk).makeFolders(of: group, user: user)
        try mount(ipc, SandboxRuntime.ipcPath, "ipc/\(group)", isReadOnly: true)
        for name in RequestFiles.writable {
          try mount(
            ipc.folder(name), "\(SandboxRuntime.ipcPath)/\(name)", "ipc/\(group)/\(name)", isReadOnly: false)
        }
      }
      if let name = settings.session.name(for: job) {
        let folder = try files.makeSession(name, of: group, user: isIsolated ? user : nil)
        let path = GroupFiles.path(ofSession: name, of: group)
        if isIsolated { try mount(folder, SandboxRuntime.sessionPath, path, isReadOnly: false) }
        session = Session(
          folder: folder, path: isIsolated ? SandboxRuntime.sessionPath : "\(core.realPath)/\(path)", spoolPath: path,
          limit: settings.session.bytes)
      }
    } catch {
      // What stands in the way of a folder is the group's trouble; all else the machine's, and over some time.
      guard error.isLink || error.isNoFolder || error.isTaken || error.isNotPermitted else { throw .exhausted(error) }
      throw .mountRefused(
        code: "group-folder-unusable", reason: "the folders of group '\(group)' cannot be used: \(error)")
    }
  }

  private mutating func mount(
    _ folder: Folder, _ container: String, _ path: String, isReadOnly: Bool
  ) throws(SystemError) {
    mounts.append(
      CheckedMount(
        descriptor: folder.descriptor, container: container, isReadOnly: isReadOnly,
        hostPath: "\(core.realPath)/\(path)", status: try folder.descriptor.status()))
  }
}
