import Jobs

/// JSON documents in one call.
enum JSONText {
  /// A document, with a line break at its end.
  static func document(_ build: (inout JSONWriter) throws -> Void) rethrows -> [UInt8] {
    var writer = JSONWriter(.pretty)
    try build(&writer)
    return writer.line()
  }
}
