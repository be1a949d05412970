import Jobs
import Platform

/// Why there is no image to run on, or why none was made.
public enum ImageFailure: Error, Equatable, Sendable {
  /// The store has none of that name.
  case missing(String)
  /// It is in the store and cannot be used: somebody changed what lies there.
  case unusable(String, reason: String)
  /// The list of names cannot be used: somebody changed it.
  case namesUnusable(reason: String)
  /// It is no name of an image.
  case badName(Refusal)
  /// A recipe that is not understood, or names what is not there.
  case badRecipe(Refusal, file: String)
  /// A file or folder that is no image.
  case notAnImage(String, reason: String)
  /// It would take more of the disk than it may.
  case tooLarge(limit: ByteCount)
  /// The disk would be left with less than the spool's `minFree`.
  case noRoom(minFree: ByteCount)
  /// A program that does the work is not installed.
  case programMissing(String, package: String)
  /// A program that does the work has failed.
  case programFailed(String, reason: String)
  /// A program that does the work took longer than it may.
  case timedOut(String, after: Duration)
  /// The machine said no.
  case system(SystemError)

  /// Stable code for results and programs.
  public var code: String {
    switch self {
    case .missing: "image-missing"
    case .unusable, .namesUnusable: "image-unusable"
    case .badName(let refusal), .badRecipe(let refusal, _): refusal.code.rawValue
    case .notAnImage: "not-an-image"
    case .tooLarge: "image-too-large"
    case .noRoom: "disk-full"
    case .programMissing: "program-missing"
    case .programFailed: "image-failed"
    case .timedOut: "image-timed-out"
    case .system: "image-system"
    }
  }

  /// One sentence.
  public var reason: String {
    switch self {
    case .missing(let name): "there is no image '\(name)' in the spool"
    case .unusable(let name, let reason): "the image '\(name)' cannot be used: \(reason)"
    case .namesUnusable(let reason):
      "state/images/names.json cannot be used: \(reason); without that file images are found by their digests alone"
    case .badName(let refusal): refusal.reason
    case .badRecipe(let refusal, let file): "\(file): \(refusal.reason)"
    case .notAnImage(let path, let reason): "'\(path)' is no image: \(reason)"
    case .tooLarge(let limit): "the image takes more than \(limit) of the disk"
    case .noRoom(let minFree): "the disk would be left with less than \(minFree) (minFree)"
    case .programMissing(let name, _): "there is no '\(name)' here, which does this work"
    case .programFailed(let name, let reason): "\(name) did not do it: \(reason)"
    case .timedOut(let name, let limit): "\(name) was not ready after \(limit)"
    case .system(let error): error.description
    }
  }
}
