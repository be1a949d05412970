/// The words after a command: options with a value each.
enum OptionWords {
  /// - Parameter take: is given each option and its value, and answers whether it knows it.
  static func read(
    _ words: some Sequence<String>, _ take: (_ option: String, _ value: String) throws(TortureError) -> Bool
  ) throws(TortureError) {
    var rest = Array(words)[...]
    while let option = rest.popFirst() {
      guard let value = rest.popFirst() else { throw .usage("\(option) needs a value") }
      guard try take(option, value) else { throw .usage("'\(option)' is no option; see --help") }
    }
  }

  /// The number after an option.
  static func number(_ option: String, _ word: String) throws(TortureError) -> Int {
    guard let number = Int(word), number >= 0 else { throw .usage("\(option) needs a number from 0 on") }
    return number
  }
}
