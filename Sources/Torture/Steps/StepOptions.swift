import Platform

/// The words after `steps`, checked.
struct StepOptions: Sendable {
  var scenario: String?
  var fault: String?
  var number: Int?
  var every = 1
  /// The same for calls that change nothing, of which there are many more; nil: as `every`.
  var everyRead: Int?
  var seed: UInt64 = 1
  var folder: String?
  var program: String
  var library: String
  var atOnce = max(2, Machine.processors)
  var keeps = false

  init(_ words: [String]) throws(TortureError) {
    keeps = words.contains("--keep")
    (program, library) = (Workplace.beside("bobbin"), Workplace.beside("libCFault.so"))
    try OptionWords.read(words.filter { $0 != "--keep" }) { (word, value) throws(TortureError) in
      switch word {
      case "--scenario":
        guard StepScenario.all.contains(where: { $0.name == value }) else {
          throw .usage("--scenario is one of \(StepScenario.all.map(\.name).joined(separator: ", "))")
        }
        scenario = value
      case "--fault":
        guard CallFault.all.contains(where: { $0.description == value }) else {
          throw .usage("--fault is one of \(CallFault.all.map(\.description).joined(separator: " "))")
        }
        fault = value
      case "--at": number = try OptionWords.number(word, value)
      case "--every": every = max(1, try OptionWords.number(word, value))
      case "--every-read": everyRead = max(1, try OptionWords.number(word, value))
      case "--seed": seed = UInt64(try OptionWords.number(word, value))
      case "--folder": folder = value
      case "--bobbin": program = value
      case "--library": library = value
      case "--at-once": atOnce = max(1, try OptionWords.number(word, value))
      default: return false
      }
      return true
    }
  }
}
