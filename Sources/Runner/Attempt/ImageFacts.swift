import Runtimes

/// An image as it is at this moment.
struct ImageFacts {
  /// "sha256:…".
  let digest: String
  /// "NAME=value", what its maker set.
  let environment: [String]
  /// The spool's own, for a sandbox: held until the run is over, so that nobody removes it. Nil: an engine's.
  var stored: StoredImage?
}
