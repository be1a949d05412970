import Platform

/// A folder or file of the machine that a job may see: the descriptor is what was checked.
public struct CheckedMount: Sendable {
  /// O_PATH.
  public let descriptor: Descriptor
  /// Where it stands in the sandbox.
  public let container: String
  public let isReadOnly: Bool

  public init(descriptor: Descriptor, container: String, isReadOnly: Bool) {
    self.descriptor = descriptor
    self.container = container
    self.isReadOnly = isReadOnly
  }
}
