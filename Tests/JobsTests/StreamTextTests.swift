import Testing

@testable import Jobs

@Suite("What a result shows of a stream")
struct StreamTextTests {
  @Test("a short stream is shown whole", arguments: ["", "a\n", "äöü 日本 😀", "a\u{0}b"])
  func whole(_ text: String) {
    let stream = StreamText(head: utf8(text), total: Int64(text.utf8.count), log: "l")
    #expect(stream.text == text)
    #expect(stream.bytes == Int64(text.utf8.count))
    #expect(!stream.truncated && !stream.notUTF8)
    #expect(stream.log == "l")
  }

  @Test("a stream of exactly 64 KiB is shown whole, of one byte more its ends")
  func limit() {
    let bytes = [UInt8](repeating: 0x61, count: 65_536)
    #expect(!StreamText(head: bytes, total: 65_536).truncated)
    #expect(!StreamText(head: Array(bytes[..<32_768]), tail: Array(bytes[32_768...]), total: 65_536).truncated)
    let longer = StreamText(head: bytes, tail: [0x62], total: 65_537)
    #expect(longer.truncated)
    #expect(longer.text.utf8.count <= 65_536)
    #expect(longer.text.hasSuffix("ab"))
  }

  @Test("head, missing and tail add up to the stream, and no scalar is cut", arguments: 0..<8)
  func cuts(_ shift: Int) {
    let text = String(repeating: "x", count: shift) + String(repeating: "日😀ä", count: 20_000)
    let bytes = utf8(text)
    // The buffers end wherever a read ended: in the middle of scalars too.
    let head = Array(bytes[..<(32_768 - shift)])
    let tail = Array(bytes[(bytes.count - 32_768 + shift / 2)...])
    let stream = StreamText(head: head, tail: tail, total: Int64(bytes.count))
    #expect(stream.truncated && !stream.notUTF8)
    #expect(stream.text.utf8.count <= 65_536)
    #expect(!stream.text.unicodeScalars.contains("\u{FFFD}"))
    let lines = stream.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 3)
    #expect(text.hasPrefix(lines[0]) && text.hasSuffix(lines[2]))
    let shown = lines[0].utf8.count + lines[2].utf8.count
    #expect(lines[1] == "[… \(bytes.count - shown) bytes are missing here …]")
  }

  @Test("a scalar that the buffers split is whole when nothing is missing")
  func splitScalar() {
    let bytes = utf8("a😀b")
    for cut in 0...bytes.count {
      let stream = StreamText(head: Array(bytes[..<cut]), tail: Array(bytes[cut...]), total: Int64(bytes.count))
      #expect(stream.text == "a😀b")
    }
  }

  @Test(
    "what is not UTF-8 is said and repaired",
    arguments: [
      ([0x61, 0xFF, 0x62], "a\u{FFFD}b"), ([0xE4, 0x20], "\u{FFFD} "), ([0x61, 0xC3], "a\u{FFFD}"),
      ([0xC0, 0x80], "\u{FFFD}\u{FFFD}"),
    ] as [([UInt8], String)])
  func repair(_ bytes: [UInt8], _ text: String) {
    let stream = StreamText(head: bytes, total: Int64(bytes.count))
    #expect(stream.notUTF8)
    #expect(stream.text == text)
    #expect(!stream.truncated)
  }

  @Test("a stream of nothing but bad bytes stays within the limit")
  func allBad() {
    let bytes = [UInt8](repeating: 0xFF, count: 65_536)
    let stream = StreamText(head: bytes, total: 65_536)
    #expect(stream.notUTF8 && stream.truncated)
    #expect(stream.text.utf8.count <= 65_536)
    #expect(stream.bytes == 65_536)
  }

  @Test("any bytes at any limit give a text within it, and never a trap")
  func anyBytes() {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<2000 {
      let count = Int.random(in: 0...300, using: &random)
      let bytes = (0..<count).map { _ -> UInt8 in
        [0x61, 0xC3, 0xA4, 0xE6, 0x97, 0xA5, 0xF0, 0x9F, 0x98, 0x80, 0xFF, 0x0A].randomElement(using: &random) ?? 0
      }
      let cut = Int.random(in: 0...count, using: &random)
      let missing = Int64.random(in: 0...2, using: &random) * 1000
      let limit = Int.random(in: 64...300, using: &random)
      let stream = StreamText(
        head: Array(bytes[..<cut]), tail: Array(bytes[cut...]), total: Int64(count) + missing, limit: limit)
      #expect(stream.text.utf8.count <= limit)
      #expect(stream.bytes == Int64(count) + missing)
    }
  }
}
