import Jobs
import Platform
import Runtimes

/// Why there is no image, or none was made: what the command line needs to say so.
public struct ImageProblem: Error, Equatable, Sendable {
  /// What to do about it.
  public enum Kind: Equatable, Sendable {
    /// There is none of that name.
    case missing
    /// A name that is none.
    case badName
    /// A program is to be installed, from this package.
    case programMissing(package: String)
    /// What was given is not good: a recipe, an archive.
    case badData
    /// It needs more of the disk than it may have.
    case tooLarge
    /// The disk is full, or nearly.
    case noRoom
    /// It took too long.
    case timedOut
    /// It could not be fetched.
    case notFetched
    /// The machine said no.
    case system(SystemError)
  }

  public let kind: Kind
  /// Stable.
  public let code: String
  /// One sentence.
  public let reason: String
  /// Of a recipe: what is wrong where, and in which file.
  public let refusal: Refusal?
  public let file: String?

  /// - Parameter isPull: what a program could not do is then the network's or the registry's, and not the archive's.
  init(_ failure: ImageFailure, isPull: Bool = false) {
    code = failure.code
    reason = failure.reason
    if case .badRecipe(let refusal, let file) = failure {
      (self.refusal, self.file) = (refusal, file)
    } else {
      (refusal, file) = (nil, nil)
    }
    kind =
      switch failure {
      case .missing: .missing
      case .badName: .badName
      case .programMissing(_, let package): .programMissing(package: package)
      case .programFailed: isPull ? .notFetched : .badData
      case .badRecipe, .notAnImage, .unusable, .namesUnusable: .badData
      case .tooLarge: .tooLarge
      case .noRoom: .noRoom
      case .timedOut: .timedOut
      case .system(let error): .system(error)
      }
  }
}
