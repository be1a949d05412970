import Jobs

/// JSON documents in one call.
enum JSONText {
  /// A document, with a line break at its end.
  static func document(_ build: (inout JSONWriter) throws -> Void) rethrows -> [UInt8] {
    var writer = JSONWriter(.pretty)
    try build(&writer)
    return writer.line()
  }

  /// An array with an element for each.
  static func array<Element>(
    _ elements: some Sequence<Element>, _ write: (Element, inout JSONWriter) -> Void
  ) -> [UInt8] {
    document { writer in
      writer.beginArray()
      for element in elements { write(element, &writer) }
      writer.endArray()
    }
  }

  /// Ids of jobs that were published.
  static func ids(_ ids: [JobID]) -> [UInt8] {
    document { writer in
      writer.beginObject()
      writer.key("ids")
      writer.beginArray()
      for id in ids { writer.string(id.text) }
      writer.endArray()
      writer.endObject()
    }
  }
}
