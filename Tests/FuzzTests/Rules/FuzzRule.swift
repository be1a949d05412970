import Jobs

/// Something that reads bytes which Bobbin did not write, and what has to hold whatever they are.
///
/// A trap is a finding too: no byte from outside may end the runner.
struct FuzzRule: Sendable {
  /// Of its corpus' folder.
  let name: String
  /// The longest input worth trying, bytes.
  let longest: Int
  let check: @Sendable ([UInt8]) throws(Broken) -> Void

  init(_ name: String, upTo longest: Int, _ check: @escaping @Sendable ([UInt8]) throws(Broken) -> Void) {
    (self.name, self.longest, self.check) = (name, longest, check)
  }

  static let all: [FuzzRule] =
    FileRules.all + RequestRules.all + RecordRules.all + TextRules.all + TimeRules.all + CrontabRules.all
    + EngineRules.all + ImageRules.all + MachineRules.all + OutputRules.all
}

/// A promise that some bytes broke.
struct Broken: Error {
  let what: String
  init(_ what: String) { self.what = what }
}

/// Says what is broken unless it holds.
func hold(_ holds: Bool, _ what: @autoclosure () -> String) throws(Broken) { if !holds { throw Broken(what()) } }

/// A value that has to be there.
func needed<Value>(_ value: Value?, _ what: @autoclosure () -> String) throws(Broken) -> Value {
  guard let value else { throw Broken(what()) }
  return value
}

/// What has to read, because Bobbin wrote it or read it before.
func reread<Value>(
  _ bytes: [UInt8], as what: String, _ read: ([UInt8]) throws(Refusal) -> Value
) throws(Broken) -> Value {
  do throws(Refusal) { return try read(bytes) } catch {
    throw Broken("\(what) is refused: \(error.reason) in \(String(decoding: bytes, as: UTF8.self))")
  }
}

/// Reads, or holds a refusal to its promise: a sentence that is safe to print, and a place within the input.
///
/// - Returns: nil: it was refused.
func read<Value>(
  _ bytes: [UInt8], hasPlace: Bool = true, _ read: ([UInt8]) throws(Refusal) -> Value
) throws(Broken) -> Value? {
  do throws(Refusal) { return try read(bytes) } catch {
    try hold(!error.reason.isEmpty, "a refusal without a sentence")
    try hold(
      !error.reason.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) },
      "control characters in the sentence: \(error.reason.debugDescription)")
    if hasPlace { try place(of: error, in: bytes) }
    return nil
  }
}

/// Line and column are there, and that place is in the bytes or right behind them.
private func place(of refusal: Refusal, in bytes: [UInt8]) throws(Broken) {
  let line = try needed(refusal.line, "no line: \(refusal.reason)")
  let column = try needed(refusal.column, "no column: \(refusal.reason)")
  let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
  try hold((1...lines.count).contains(line), "line \(line) of \(lines.count): \(refusal.reason)")
  // Columns are counted in scalars; the place behind the last one is where something is missing.
  let scalars = lines[line - 1].count { $0 & 0xC0 != 0x80 }
  try hold((1...scalars + 1).contains(column), "column \(column) of \(scalars): \(refusal.reason)")
}

/// An input that is several, with NULs between: at most `count` of them, always as many.
func parts(_ bytes: [UInt8], _ count: Int) -> [[UInt8]] {
  var parts = bytes.split(separator: 0, maxSplits: count - 1, omittingEmptySubsequences: false).map { Array($0) }
  while parts.count < count { parts.append([]) }
  return parts
}

func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
