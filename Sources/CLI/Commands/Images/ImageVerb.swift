import Jobs
import Operations

/// What the commands that make an image have in common.
enum ImageVerb {
  static let options: [Command.Option] = [
    .init("--max-size", "SIZE", "the most it may take of the disk, unpacked; default 10g"),
    .init("--timeout", "D", "the most that each program which does a part of it may take; default 1h"),
  ]

  static let name = Command.Option("--name", "N", "what it is to be called")

  static func request(_ call: Invocation) throws(Failure) -> ImageRequest {
    ImageRequest(
      maxSize: try call.size("--max-size"), patience: try call.duration("--timeout"),
      searchPath: call.context.environment("PATH"))
  }

  /// Says what was made.
  static func say(_ image: NewImage, _ call: Invocation) throws {
    for note in image.notes { call.console.note("bobbin: \(Visible.text(note))") }
    if call.json {
      try call.console.put(
        JSONText.document { writer in
          writer.beginObject()
          writer.key("names")
          writer.beginArray()
          writer.string(image.name.text)
          writer.endArray()
          image.record.write(to: &writer)
          writer.member("wasThere", image.wasThere)
          writer.endObject()
        })
    } else {
      try call.console.line("\(image.name)  \(short(image.record.digest))  \(Amounts.size(image.record.bytes))")
      if image.wasThere { call.console.note("bobbin: the same image was there already") }
    }
  }

  /// Enough of a digest to tell images apart, and to name one to 'rm'.
  static func short(_ digest: String) -> String { String(digest.dropFirst("sha256:".count).prefix(12)) }
}
