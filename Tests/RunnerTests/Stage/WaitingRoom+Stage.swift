@testable import Runner

extension WaitingRoom {
  /// An empty one on a spool.
  ///
  /// - Parameters:
  ///   - started: when the runner was, ns since 1970; - timeout: `afterTimeout`, ns.
  convenience init(_ core: Core, started: Int64, timeout: Int64) {
    self.init(
      after: AfterBook(
        folders: core.folders, writer: core.writer, disk: core.disk, started: started, timeout: { timeout }),
      keyFiles: KeyFiles(folders: core.folders, writer: core.writer))
  }
}
