import Platform

/// Standard output and standard error, checked: data goes to the one, all that is said to the other.
final class Console {
  /// What stopped standard output; nothing more can be said there.
  struct Broken: Error { let cause: SystemError }

  private let sink: (_ bytes: [UInt8], _ number: Int32) -> SystemError?
  private var waiting: [UInt8] = []
  let outputIsTerminal: Bool
  let errorIsTerminal: Bool
  /// With ANSI colours, by stream.
  let colourOutput: Bool
  let colourError: Bool
  /// Columns of the terminal.
  let width: Int
  private static let bufferLimit = 65_536

  init(
    outputIsTerminal: Bool = false, errorIsTerminal: Bool = false, colour: Bool = false, width: Int = 80,
    sink: @escaping (_ bytes: [UInt8], _ number: Int32) -> SystemError?
  ) {
    self.outputIsTerminal = outputIsTerminal
    self.errorIsTerminal = errorIsTerminal
    colourOutput = colour && outputIsTerminal
    colourError = colour && errorIsTerminal
    self.width = width
    self.sink = sink
  }

  /// The process's own. Colours as terminals, NO_COLOR (no-color.org) and TERM=dumb say.
  static func system() -> Console {
    let isPlain = !(Machine.environment("NO_COLOR") ?? "").isEmpty || Machine.environment("TERM") == "dumb"
    return Console(
      outputIsTerminal: Terminal.outputIsTerminal, errorIsTerminal: Terminal.errorIsTerminal, colour: !isPlain,
      width: Terminal.width
    ) { bytes, number in Terminal.failure(writing: bytes, to: number) }
  }

  /// Puts out data. It is written when there is much of it, at `flush`, and at the end.
  func put(_ text: String) throws(Broken) { try put(Array(text.utf8)) }

  func put(_ bytes: [UInt8]) throws(Broken) {
    waiting += bytes
    if waiting.count >= Self.bufferLimit { try flush() }
  }

  /// A line of data.
  func line(_ text: String = "") throws(Broken) { try put(text + "\n") }

  /// Writes what waits.
  func flush() throws(Broken) {
    if waiting.isEmpty { return }
    let bytes = waiting
    waiting = []
    if let failure = sink(bytes, 1) { throw Broken(cause: failure) }
  }

  /// A line for the person, on standard error. Nobody there to read it is no fault.
  func note(_ text: String) { raw(Array((text + "\n").utf8)) }

  func raw(_ bytes: [UInt8]) { _ = sink(bytes, 2) }
}
