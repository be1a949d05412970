import Platform

/// The words of the command line, checked.
public struct TortureOptions {
  public var seed: UInt64 = 1
  public var states = 100_000
  public var rules = Rules.allCases
  public var size = 12
  public var perCut = 12
  public var recoveries = 2
  public var folder: String?
  public var bobbin: String?
  var ground: String?
  var notes: String?
  var trace: String?
  var cut: Int?
  var state: Int?

  public init() {}

  init(_ words: [String]) throws(TortureError) {
    try OptionWords.read(words) { (word, value) throws(TortureError) in
      switch word {
      case "--seed": seed = UInt64(try OptionWords.number(word, value))
      case "--states": states = try OptionWords.number(word, value)
      case "--size": size = try OptionWords.number(word, value)
      case "--per-cut": perCut = try OptionWords.number(word, value)
      case "--recoveries": recoveries = try OptionWords.number(word, value)
      case "--cut": cut = try OptionWords.number(word, value)
      case "--state": state = try OptionWords.number(word, value)
      case "--folder": folder = value
      case "--bobbin": bobbin = value
      case "--ground": ground = value
      case "--notes": notes = value
      case "--trace": trace = value
      case "--model":
        if value != "both" {
          guard let one = Rules(rawValue: value) else { throw .usage("--model is ext4, posix or both") }
          rules = [one]
        }
      default: return false
      }
      return true
    }
  }

  // MARK: where, and with what

  /// A new folder for all that is made.
  func makePlace() throws -> Workplace { try Workplace("torture", in: folder) }

  func program() -> String { bobbin ?? Workplace.beside("bobbin") }
  func player() -> String { Workplace.beside("bobbin-torture") }
}
