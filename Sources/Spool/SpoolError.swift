import Platform

/// Why a spool cannot be used.
public enum SpoolError: Error, Equatable, Sendable {
  /// No folder with an `inbox` there.
  case notASpool(String)
  /// Another runner holds it; its process id if `state/runner.json` tells.
  case busy(String)
  /// Somebody else owns it or may write where only the owner may.
  case notOwnOrWritable(path: String, reason: String, cure: String)
  /// On a network file system without the setting that accepts it.
  case networkFileSystem(name: String, path: String)
  /// A state folder lies on another device, so `rename` cannot be the transition.
  case otherDevice(String)
  case system(SystemError)
}
