import Jobs
import Platform

/// An image that is there to be run on. Hold on to it until the run has ended: as long as it lives its root is not removed.
public struct StoredImage: Sendable {
  /// What is known of it.
  public let record: ImageRecord
  /// Its root file system, to be mounted read-only from this descriptor. It holds a shared flock(2), by which `rm` sees that
  /// somebody runs on it.
  public let root: Folder

  /// Of its manifest, "sha256:…".
  public var digest: String { record.digest }
  /// "NAME=value" of its config. Whoever made the image chose them: they belong to the job and never to a program outside.
  public var environment: [String] { record.environment }
}
