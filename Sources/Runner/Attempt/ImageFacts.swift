/// An image as it is at this moment.
struct ImageFacts {
  /// "sha256:…".
  let digest: String
  /// "NAME=value", what its maker set.
  let environment: [String]
}
