import Runtimes

/// An image as it is at this moment.
enum ImageFacts {
  /// Of a container engine.
  case engine(EngineImage)
  /// Of the spool, for a sandbox: held until the run is over, so that nobody removes it.
  case stored(StoredImage)

  /// "sha256:…"; nil: the engine does not tell.
  var digest: String? {
    switch self {
    case .engine(let image): image.digest.isEmpty ? nil : image.digest
    case .stored(let image): image.digest
    }
  }

  /// "NAME=value", what its maker set.
  var environment: [String] {
    switch self {
    case .engine(let image): image.environment
    case .stored(let image): image.environment
    }
  }
}
