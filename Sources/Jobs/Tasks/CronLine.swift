/// When a task runs, as a crontab says it: fields, or a name with an `@`.
public enum CronLine: Sendable, Hashable {
  /// At these times; `@daily` and its like are read into their fields.
  case expression(CronExpression)
  /// `@reboot`: once after each start of the machine.
  case reboot

  /// The names of crontab(5) and what they stand for. `@midnight` is Debian's and ISC's, not in each cron.
  private static let nicknames = [
    ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 1 *"), ("@monthly", "0 0 1 * *"), ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"), ("@hourly", "0 * * * *"),
  ]

  /// Reads what `CronExpression.read` reads, or a name: in lower case, as cron wants it.
  ///
  /// - Throws: `bad-value`, `out-of-range`, without a place.
  public static func read(_ text: String) throws(Refusal) -> CronLine {
    let words = try CronExpression.words(text)
    guard let word = words.first, word.first == UInt8(ascii: "@") else {
      return .expression(try CronExpression.read(text))
    }
    guard words.count == 1 else {
      throw Refusal(code: .badValue, reason: "\(quoted(text)) is not understood: expected nothing after the name")
    }
    let name = String(decoding: word, as: UTF8.self)
    if name == "@reboot" { return .reboot }
    if let fields = nicknames.first(where: { $0.0 == name })?.1 { return .expression(try CronExpression.read(fields)) }
    let known = nicknames.map(\.0) + ["@reboot"]
    throw Refusal(
      code: .badValue, reason: "\(quoted(name)) is not known: \(Spelling.hint(for: name, among: known))")
  }
}
