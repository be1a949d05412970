import Platform

/// A mount that may be made: the file or folder that was checked, and not whatever its path means later.
public struct CheckedMount: Sendable {
  /// The source, opened with O_PATH: what was checked. A sandbox mounts from this and never from a path.
  public let descriptor: Descriptor
  /// Where the job sees it: absolute, without links or dots.
  public let container: String
  /// Whether the job may only read it.
  public let isReadOnly: Bool
  /// The source's path without links when it was checked: for records, and for engines that take nothing else.
  public let hostPath: String
  /// Device and inode of the source, for engines that take a path and can only be asked afterwards what they mounted.
  public let device: UInt64
  public let inode: UInt64
  /// The device as statx(2) tells it within a container.
  let deviceNumbers: UInt64

  public init(descriptor: Descriptor, container: String, isReadOnly: Bool, hostPath: String, status: FileStatus) {
    self.descriptor = descriptor
    self.container = container
    self.isReadOnly = isReadOnly
    self.hostPath = hostPath
    device = status.device
    inode = status.inode
    deviceNumbers = status.deviceNumbers
  }
}
