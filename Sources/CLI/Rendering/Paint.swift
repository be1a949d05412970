/// ANSI colours, on a terminal only.
enum Paint: String {
  case dim = "2"
  case bold = "1"
  case green = "32"
  case yellow = "33"
  case red = "31"

  func on(_ text: String, _ isOn: Bool) -> String { isOn ? "\u{1b}[\(rawValue)m\(text)\u{1b}[0m" : text }
}
