import Platform

/// The words after `soak`, checked.
struct SoakOptions: Sendable {
  var seconds = 60
  var seed: UInt64 = 1
  var slots = 8
  var maxInterruptions = 0
  /// Half of all kills come within this time after the start, ms.
  var killAfter = 300
  /// A file system of this size, which is filled and freed; root only. Nil: none.
  var disk: String?
  /// What podman and docker have; nil: no containers.
  var image = Machine.environment("BOBBIN_TEST_IMAGE")
  var folder: String?
  var program: String

  init(_ words: [String]) throws(TortureError) {
    program = Workplace.beside("bobbin")
    try OptionWords.read(words) { (word, value) throws(TortureError) in
      switch word {
      case "--seconds": seconds = try OptionWords.number(word, value)
      case "--seed": seed = UInt64(try OptionWords.number(word, value))
      case "--slots": slots = max(1, try OptionWords.number(word, value))
      case "--max-interruptions": maxInterruptions = try OptionWords.number(word, value)
      case "--kill-after": killAfter = max(1, try OptionWords.number(word, value))
      case "--disk": disk = value
      case "--image": image = value
      case "--folder": folder = value
      case "--bobbin": program = value
      default: return false
      }
      return true
    }
  }
}
