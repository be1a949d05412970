/// Placeholder until the parser is merged.
public enum CronLine: Sendable, Hashable {
  case expression(CronExpression)
  case reboot
  static func read(_ text: String) throws(Refusal) -> CronLine { .reboot }
}
