import Jobs

/// What comes through standard input: one job, or one a line (NDJSON).
public enum JobLines {
  /// A job's bytes and the line they begin in, from 1.
  public typealias Piece = (line: Int, bytes: [UInt8])

  /// Cuts the input into jobs.
  ///
  /// It is one a line when its first line that is not blank is a whole JSON object and more follows; else it is one, whose
  /// faults are then told with their own line and column.
  public static func split(_ input: [UInt8]) -> [Piece] {
    var pieces: [Piece] = []
    var line = 1
    var start = 0
    while start < input.count {
      let end = input[start...].firstIndex(of: UInt8(ascii: "\n")) ?? input.count
      let bytes = Array(input[start..<end])
      if bytes.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) { pieces.append((line, bytes)) }
      if pieces.count == 1, pieces[0].line == line, !isObject(bytes) { return [(1, input)] }
      start = end + 1
      line += 1
    }
    return pieces.count > 1 ? pieces : [(1, input)]
  }

  private static func isObject(_ bytes: [UInt8]) -> Bool {
    guard let node = try? JSONReader.read(bytes), case .object = node.value else { return false }  // not whole: no line
    return true
  }
}
