import Jobs
import Platform

/// What of the machine a container gets, as an engine takes it: by path. So each is compared with what was checked once the
/// container is there, by device and inode, before anything runs in it.
struct EngineBinds {
  /// In the order in which they are made: what lies in another comes after it.
  private(set) var list: [EngineArguments.Bind] = []
  /// Where something is to be found, and what.
  private(set) var expected: [(place: String, found: BoxPlace)] = []

  /// - Throws: `exhausted` when an open folder cannot be asked any more.
  init(_ launch: Launch, _ places: Launch.Places, _ plan: BoxPlan) throws(StartFailure) {
    list = [EngineArguments.Bind(source: plan.rendezvous.path, place: "/bobbin", isReadOnly: true)]
    do throws(SystemError) {
      try add(places.work, plan.workPath, SandboxRuntime.workPath)
      try add(places.result, plan.resultPath, SandboxRuntime.resultFolder)
    } catch { throw .exhausted(error) }
    for mount in launch.mounts {
      list.append(
        EngineArguments.Bind(source: mount.hostPath, place: mount.container, isReadOnly: mount.isReadOnly))
      expected.append((mount.container, BoxPlace(device: mount.deviceNumbers, inode: mount.inode)))
    }
  }

  private mutating func add(_ folder: Folder, _ path: String, _ place: String) throws(SystemError) {
    let status = try folder.descriptor.status()
    list.append(EngineArguments.Bind(source: path, place: place, isReadOnly: false))
    expected.append((place, BoxPlace(device: status.deviceNumbers, inode: status.inode)))
  }
}
