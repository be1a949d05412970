import Jobs
import Runtimes

@testable import Runner

/// What jobs print.
enum OutputRules {
  static let all = [
    FuzzRule("redaction", upTo: 400, redaction), FuzzRule("ring", upTo: 256, ring),
    FuzzRule("stream-text", upTo: 600, streamText), FuzzRule("redacted-value", upTo: 1024, redactedValue),
  ]

  // What no secret and no stream here has in it, so that it is seen where something was taken out.
  private static let mark: UInt8 = 1

  /// Two secrets, and a stream that comes in pieces: nothing of a secret comes out, everything else does.
  private static func redaction(_ bytes: [UInt8]) throws(Broken) {
    let parts = parts(bytes, 4)
    guard !bytes.contains(mark), let size = parts[0].first.map({ max(1, Int($0)) }) else { return }
    let values = parts[1...2].map { text($0) }.filter { !$0.isEmpty }
    let stream = parts[3]
    let redactor = Redactor(values.map { Secret(name: "\u{1}", value: $0) })
    let expected = plainly(stream, without: values.flatMap { SecretForms.all(of: Array($0.utf8)) })

    var redaction = Redaction(redactor)
    var (out, rest) = ([UInt8](), stream[...])
    while !rest.isEmpty {
      out += Array(rest.prefix(size)).withUnsafeBytes { redaction.take($0) }
      rest = rest.dropFirst(size)
    }
    out += redaction.finish()
    try hold(out == expected, "in pieces of \(size) it comes out as \(text(out)), and was to be \(text(expected))")
  }

  /// By looking at every place: what forms cover goes, and what overlaps is one.
  private static func plainly(_ stream: [UInt8], without forms: [[UInt8]]) -> [UInt8] {
    var isCovered = [Bool](repeating: false, count: stream.count)
    var isJoined = isCovered
    for form in forms where form.count <= stream.count {
      for start in 0...stream.count - form.count where stream[start..<start + form.count].elementsEqual(form) {
        for index in start..<start + form.count {
          isCovered[index] = true
          if index > start { isJoined[index] = true }
        }
      }
    }
    var out: [UInt8] = []
    for (index, byte) in stream.enumerated() {
      if !isCovered[index] { out.append(byte) } else if !isJoined[index] { out += Array("[redacted \u{1}]".utf8) }
    }
    return out
  }

  /// A secret, and a value: what is left is JSON, and has no text with the secret in it.
  private static func redactedValue(_ bytes: [UInt8]) throws(Broken) {
    let parts = parts(bytes, 2)
    let secret = text(parts[0])
    // One that is part of what stands for it would be seen in every place where it was taken out.
    guard secret.utf8.count >= SecretForms.shortest, !"[redacted N]".contains(secret) else { return }
    guard !bytes.contains(UInt8(ascii: "[")), let value = try? CompactJSON.read(parts[1]) else { return }
    let redacted = Redactor([Secret(name: "N", value: secret)]).redacted(value)
    let again = try reread(redacted.bytes, as: "a redacted value", CompactJSON.read)
    try hold(again == redacted, "it is written as another value")
    let isClean = !text(redacted.bytes).contains(secret) || "\"[redacted N]:,{}".contains(secret.prefix(1))
    try hold(isClean, "\(secret) is in \(text(redacted.bytes))")
  }

  /// The first byte is the room, the others say how much comes at a time.
  private static func ring(_ bytes: [UInt8]) throws(Broken) {
    guard let room = bytes.first.map({ Int($0) % 70 }) else { return }
    var ring = Ring(capacity: room)
    var (all, next) = ([UInt8](), UInt8(0))
    for count in bytes.dropFirst() {
      let piece = (0..<Int(count)).map { _ in
        next &+= 1
        return next
      }
      all += piece
      piece.withUnsafeBytes { ring.append($0) }
      try hold(ring.contents == all.suffix(room) && ring.count == min(all.count, room), "of \(all.count) in \(room)")
    }
  }

  /// The first bytes say how much of the stream is kept at each end, and how long the text may be.
  private static func streamText(_ bytes: [UInt8]) throws(Broken) {
    guard bytes.count >= 3 else { return }
    let stream = Array(bytes.dropFirst(3))
    let limit = 64 + Int(bytes[2])
    let head = Array(stream.prefix(Int(bytes[0])))
    let tail = Array(stream.dropFirst(head.count).suffix(Int(bytes[1])))
    let shown = StreamText(head: head, tail: tail, total: Int64(stream.count), limit: limit)
    try hold(shown.bytes == Int64(stream.count), "\(shown.bytes) of \(stream.count) bytes")
    try hold(shown.text.utf8.count <= limit, "a text of \(shown.text.utf8.count) bytes, over \(limit)")
    guard let whole = String(validating: stream, as: UTF8.self) else {
      if !shown.truncated { try hold(shown.notUTF8, "bytes that are no text are said to be one") }
      return
    }
    try hold(!shown.notUTF8, "a text is said to be none")
    let isKept = head.count + tail.count == stream.count
    if isKept, stream.count <= limit { try hold(shown.text.utf8.elementsEqual(whole.utf8), "it is not all there") }
    guard shown.truncated else { return }
    // What is there, and the count of what is not, are the stream: a line that says so stands between.
    let text = Array(shown.text.utf8)
    let found = (0...text.count).contains { split in
      guard stream.starts(with: text[..<split]) else { return false }
      let rest = text[split...]
      return (0...rest.count).contains { length in
        guard stream.suffix(length).elementsEqual(rest.suffix(length)) else { return false }
        let line = "\n[… \(stream.count - split - length) bytes are missing here …]\n"
        return rest.dropLast(length).elementsEqual(line.utf8)
      }
    }
    try hold(found, "\(shown.text) does not say what is missing of \(whole)")
  }
}
