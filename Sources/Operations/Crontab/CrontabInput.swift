/// What cron makes of the `%` in a command, by `child_process` of cron's do_command.c.
struct CrontabInput: Equatable {
  /// What goes to the shell.
  var command: String
  /// What it gets as standard input; nil: nothing.
  var input: String?
  /// Two backslashes stand together in the command. Vixie's cron, and Debian's, makes one of them, cronie keeps both; so do
  /// we, as crontab(5) knows of no other meaning of a backslash than that before `%`.
  var hasDoubledBackslash = false

  /// The first `%` that has no backslash before it ends the command; behind it each is a line break. `\%` is a `%`.
  init(_ text: String) {
    let percent = UInt8(ascii: "%")
    let backslash = UInt8(ascii: "\\")
    let bytes = Array(text.utf8)
    var command: [UInt8] = []
    var end: Int?
    var isEscaped = false
    for (index, byte) in bytes.enumerated() {
      if isEscaped {
        if byte == percent { command.removeLast() }
        if byte == backslash { hasDoubledBackslash = true }
        isEscaped = false
      } else if byte == backslash {
        isEscaped = true
      } else if byte == percent {
        end = index + 1
        break
      }
      command.append(byte)
    }
    self.command = String(decoding: command, as: UTF8.self)
    guard let end, end < bytes.count else { return }
    var input: [UInt8] = []
    // Not as above: here a backslash that follows another one escapes too.
    isEscaped = false
    for byte in bytes[end...] {
      if isEscaped, byte == percent {
        input.removeLast()
        input.append(percent)
      } else {
        input.append(byte == percent ? UInt8(ascii: "\n") : byte)
      }
      isEscaped = byte == backslash
    }
    if input.last != UInt8(ascii: "\n") { input.append(UInt8(ascii: "\n")) }
    self.input = String(decoding: input, as: UTF8.self)
  }
}
