/// The texts of `help` and `--help`.
enum HelpText {
  static func overview() -> String {
    let width = (Command.all.map { ($0.family ?? $0.name).count }.max() ?? 0) + 2
    var text = """
      Bobbin runs jobs that are files: drop a JSON file into spool/inbox, get a result file in spool/done.

      Usage: bobbin COMMAND [options] …


      """
    var shown: String?
    for command in Command.all {
      // A family has one line.
      guard let family = command.family else {
        text += "  " + padded(command.name, width) + command.summary + "\n"
        continue
      }
      if family != shown { text += "  " + padded(family, width) + (Command.families[family] ?? "") + "\n" }
      shown = family
    }
    text += "\nEvery command:\n" + table(Command.common + [.init("--version", nil, "the version")]) + "\n"
    text += ExitCode.help + "\n"
    text += "\n'bobbin COMMAND --help' tells more, with an example; 'bobbin demo' shows it at work.\n"
    return text
  }

  /// The commands that begin with one word.
  static func family(_ word: String) -> String {
    let commands = Command.all.filter { $0.name.hasPrefix(word + " ") }
    let width = (commands.map(\.name.count).max() ?? 0) + 2
    var text = "Usage: bobbin \(word) COMMAND [options] …\n\n"
    for command in commands { text += "  " + padded(command.name, width) + command.summary + "\n" }
    return text + "\n'bobbin \(word) COMMAND --help' tells more, with an example.\n"
  }

  static func of(_ command: Command) -> String {
    var text = command.summary.prefix(1).uppercased() + command.summary.dropFirst() + ".\n\n"
    for (index, form) in command.usage.enumerated() {
      text += (index == 0 ? "Usage: " : "       ") + "bobbin \(command.name)" + (form.isEmpty ? "" : " " + form) + "\n"
    }
    text += "\n"
    if !command.options.isEmpty { text += "Options:\n" + table(command.options) + "\n" }
    text += "Every command:\n" + table(Command.common) + "\n"
    if !command.notes.isEmpty { text += command.notes + "\n\n" }
    text += command.examples.count == 1 ? "Example:\n" : "Examples:\n"
    for example in command.examples {
      text += "  " + example.line + "\n"
      if !example.does.isEmpty { text += "      " + example.does + "\n" }
    }
    return text
  }

  private static func table(_ options: [Command.Option]) -> String {
    let heads = options.map { option in
      (option.short.map { $0 + ", " } ?? "") + option.name + (option.value.map { " " + $0 } ?? "")
    }
    let width = (heads.map(\.count).max() ?? 0) + 2
    var text = ""
    for (head, option) in zip(heads, options) { text += "  " + padded(head, width) + option.help + "\n" }
    return text
  }

  static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
