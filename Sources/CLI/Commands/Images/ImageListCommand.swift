import Jobs
import Operations

/// `bobbin image ls`.
enum ImageListCommand {
  static let command = Command(
    name: "image ls", usage: [""], summary: "lists the spool's images",
    notes: """
      A line an image: names, the beginning of its digest, what it takes of the disk, how long it has been there. One
      without a name was replaced by a newer one; 'bobbin image rm DIGEST' removes it.
      """,
    examples: [("bobbin image ls", "")], operands: 0...0, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let images = try call.openSpool().images()
    if call.json {
      try call.console.put(
        JSONText.document { writer in
          writer.beginArray()
          for image in images { image.write(to: &writer) }
          writer.endArray()
        })
      return ExitCode.success
    }
    let names = images.map { $0.names.isEmpty ? "-" : $0.names.map(\.text).joined(separator: ", ") }
    let width = names.map(\.count).filter { $0 <= 40 }.max() ?? 0
    let now = call.context.now()
    for (name, image) in zip(names, images) {
      let head = HelpText.padded(name, width) + "  " + ImageVerb.short(image.digest) + "  "
      if let record = image.record {
        let size = HelpText.padded(Amounts.size(record.bytes), 10)
        try call.console.line(head + size + Amounts.age(now.duration(since: record.addedAt)))
      } else {
        try call.console.line(head + Visible.text(image.problem?.reason ?? "") + " [\(image.problem?.code ?? "")]")
      }
    }
    if images.isEmpty { call.console.note("bobbin: no images there") }
    return ExitCode.success
  }
}

extension ImageEntry {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("names")
    writer.beginArray()
    for name in names { writer.string(name.text) }
    writer.endArray()
    if let record {
      record.write(to: &writer)
    } else {
      writer.member("digest", digest)
      writer.member("code", problem?.code)
      writer.member("reason", problem?.reason)
    }
    writer.endObject()
  }
}
