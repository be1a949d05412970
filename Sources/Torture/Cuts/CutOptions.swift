import Platform

/// The words after `cuts`, checked.
struct CutOptions: Sendable {
  var cuts = 200
  var seed: UInt64 = 1
  /// What makes the clones.
  var holder = Holder.Kind.xfs
  /// Files that are dropped in a life at most; it ends earlier when its cuts were made.
  var size = 80
  /// Cuts in a life at most.
  var perLife = 20
  var folder: String?
  var program: String
  /// The folder in which the search itself goes on, in namespaces of its own. Nil: they are still to be made.
  var inside: String?

  init(_ words: [String]) throws(TortureError) {
    program = Workplace.beside("bobbin")
    try OptionWords.read(words) { (word, value) throws(TortureError) in
      switch word {
      case "--cuts": cuts = try OptionWords.number(word, value)
      case "--seed": seed = UInt64(try OptionWords.number(word, value))
      case "--size": size = max(1, try OptionWords.number(word, value))
      case "--per-life": perLife = max(1, try OptionWords.number(word, value))
      case "--folder": folder = value
      case "--bobbin": program = value
      case "--inside": inside = value
      case "--holder":
        guard let kind = Holder.Kind(rawValue: value) else { throw .usage("--holder is xfs or btrfs") }
        holder = kind
      default: return false
      }
      return true
    }
  }

  /// The same, for the search itself.
  func words(inside path: String) -> [String] {
    [
      "cuts", "--inside", path, "--cuts", "\(cuts)", "--seed", "\(seed)", "--size", "\(size)", "--per-life",
      "\(perLife)",
      "--holder", holder.rawValue, "--bobbin", program,
    ]
  }
}
