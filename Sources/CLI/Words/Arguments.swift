import Jobs

/// A command line taken apart.
struct Arguments: Equatable {
  /// Values by the option's name, in the order given; of an option without a value one empty text each time.
  private(set) var options: [String: [String]] = [:]
  /// What is no option.
  private(set) var operands: [String] = []
  /// What came after `--`, for a command that takes one; nil: no `--`.
  private(set) var command: [String]?

  func has(_ name: String) -> Bool { options[name] != nil }
  func value(_ name: String) -> String? { options[name]?.last }
  func values(_ name: String) -> [String] { options[name] ?? [] }

  /// Reads what follows a command's name.
  ///
  /// - Parameter before: options that stood before the name.
  /// - Throws: `Failure` with 64, naming the nearest option.
  static func parse(_ words: [String], for command: Command, before: Arguments = Arguments()) throws(Failure)
    -> Arguments
  {
    var arguments = before
    try arguments.read(
      words[...], options: command.options + Command.common, takesCommand: command.takesCommand, of: command.name)
    if arguments.has("--help") { return arguments }
    let count = arguments.operands.count + (arguments.command?.count ?? 0)
    if count < command.operands.lowerBound {
      throw usage(
        "bobbin \(command.name): something is missing: \(command.usage.joined(separator: ", or "))", command.name)
    }
    if count > command.operands.upperBound {
      let word = arguments.operands.last ?? ""
      throw usage("bobbin \(command.name): one word too many: '\(Visible.text(word))'", command.name)
    }
    return arguments
  }

  /// Reads the options before the name of a command; answers them and what is left.
  static func parseBeforeName(_ words: [String]) throws(Failure) -> (Arguments, [String]) {
    var arguments = Arguments()
    let version = Command.Option("--version", nil, "the version")
    var rest = words[...]
    while let word = rest.first, word.hasPrefix("-"), word != "-" {
      let taken = try arguments.take(&rest, options: Command.common + [version], of: nil)
      if !taken { break }
    }
    return (arguments, Array(rest))
  }

  private mutating func read(
    _ words: ArraySlice<String>, options: [Command.Option], takesCommand: Bool, of name: String
  ) throws(Failure) {
    var rest = words
    while let word = rest.first {
      if word == "--" {
        let after = Array(rest.dropFirst())
        if takesCommand { command = after } else { operands += after }
        return
      }
      // "-" alone is an operand: standard input.
      if word.hasPrefix("-"), word != "-" {
        _ = try take(&rest, options: options, of: name)
      } else {
        operands.append(word)
        rest.removeFirst()
      }
    }
  }

  /// Takes one option from the front.
  private mutating func take(
    _ rest: inout ArraySlice<String>, options: [Command.Option], of name: String?
  ) throws(Failure) -> Bool {
    guard let word = rest.popFirst() else { return false }
    let who = name.map { "bobbin \($0)" } ?? "bobbin"
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let asked = word.hasPrefix("--") ? String(parts[0]) : word
    guard let option = options.first(where: { $0.name == asked || $0.short == asked }) else {
      let shown = Visible.text(asked)
      // Without the dashes: two of them are near to anything short.
      let names = options.map { String($0.name.dropFirst(2)) }
      let bare = String(asked.drop { $0 == "-" })
      let meant = Spelling.nearest(to: bare, among: names) ?? names.first { bare.count > 1 && $0.hasPrefix(bare) }
      let hint = meant.map { "did you mean '--\($0)'?" } ?? "there is no option near to that"
      throw Self.usage("\(who): unknown option '\(shown)': \(hint)", name)
    }
    if !option.repeats, has(option.name) { throw Self.usage("\(who): \(option.name) is given twice", name) }
    let inline = word.hasPrefix("--") && parts.count == 2 ? String(parts[1]) : nil
    guard let what = option.value else {
      if inline != nil { throw Self.usage("\(who): \(option.name) takes no value", name) }
      note("", to: option.name)
      return true
    }
    guard let value = inline ?? rest.popFirst() else {
      throw Self.usage("\(who): \(option.name) needs a value: \(what)", name)
    }
    if option.name == "--spool", value.isEmpty { throw Self.usage("\(who): --spool needs a value: \(what)", name) }
    note(value, to: option.name)
    return true
  }

  private mutating func note(_ value: String, to name: String) { options[name, default: []].append(value) }

  static func usage(_ message: String, _ command: String?) -> Failure {
    let help = command.map { "bobbin \($0) --help" } ?? "bobbin help"
    return Failure(ExitCode.usage, message, hint: "see '\(help)'")
  }
}
