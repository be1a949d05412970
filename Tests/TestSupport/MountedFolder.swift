import Platform

/// A small tmpfs of one test.
public final class MountedFolder: Sendable {
  public let path: String

  /// - Parameter size: as mount(8) takes it, "64k".
  public init(size: String, at path: String? = nil) throws {
    self.path = try path ?? FileSystem.makeTemporaryFolder(prefix: "bobbin-mount-")
    isOwn = path == nil
    let mounted = Command.shell("mount -t tmpfs -o size=\(size),mode=0700 none '\(self.path)'")
    if !mounted.isSuccess { throw MountFailed(text: mounted.text) }
  }

  private let isOwn: Bool

  public struct MountFailed: Error { public let text: String }

  deinit { Command.shell("umount -l '\(path)'" + (isOwn ? "; rmdir '\(path)'" : "")) }
}
