import Platform

/// Why nothing could be measured.
enum BenchError: Error, CustomStringConvertible {
  case usage(String)
  /// There is no `bobbin` beside this program.
  case noBobbin(String)
  /// A program could not be started or did not succeed.
  case program(String, reason: String)
  /// Something that must come did not.
  case waitedInVain(String)

  var description: String {
    switch self {
    case .usage(let text): text
    case .noBobbin(let path): "there is no \(path): build it first, 'swift build -c release'"
    case .program(let name, let reason): "\(name): \(reason)"
    case .waitedInVain(let what): "waited in vain for \(what)"
    }
  }
}
