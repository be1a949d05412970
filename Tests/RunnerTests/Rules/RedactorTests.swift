import Jobs
import Platform
import Runtimes
import TestSupport
import Testing

@testable import Runner

@Suite("Secrets are taken out of what a job prints")
struct RedactorTests {
  private static let odd = "p@ss/w\"ö+rd <1>"

  /// What comes out of a stream that comes in pieces of these lengths, the last one repeated.
  private func out(_ bytes: [UInt8], _ redactor: Redactor, pieces: [Int] = [.max]) -> String {
    var redaction = Redaction(redactor)
    var (result, rest, index) = ([UInt8](), bytes[...], 0)
    while !rest.isEmpty {
      let piece = Array(rest.prefix(pieces[min(index, pieces.count - 1)]))
      result += piece.withUnsafeBytes { redaction.take($0) }
      rest = rest.dropFirst(piece.count)
      index += 1
    }
    return String(decoding: result + redaction.finish(), as: UTF8.self)
  }

  /// As other programs write it: made with Python's json, base64, urllib, and Go's and PHP's encoders.
  @Test("each line of a secret of several lines is one")
  func lines() throws {
    let redactor = Redactor([Secret(name: "KEY", value: "TOPSECRET-one\nLINE-TWO-abc\nx\n")])
    #expect(out(Array("a TOPSECRET-one LINE-TWO-abc x".utf8), redactor) == "a [redacted KEY] [redacted KEY] x")
  }

  @Test(
    "a secret is found without the blanks around it, and so is each of its lines",
    arguments: [
      ("  TOPSECRET-one\t", "TOPSECRET-one"), ("TOPSECRET-one\n\n", "TOPSECRET-one"),
      ("TOPSECRET-one\n", "TOPSECRET-one"), ("\r\nTOPSECRET-one\r\n", "TOPSECRET-one"),
      ("TOPSECRET-one\r\nLINE-TWO-abc\r\n", "LINE-TWO-abc"), ("TOPSECRET-one\n  LINE-TWO-abc  \nx", "LINE-TWO-abc"),
      ("  TOPSECRET one\nLINE-TWO-abc\n", "TOPSECRET one\nLINE-TWO-abc"),
    ])
  func blanks(_ value: String, _ shown: String) throws {
    let redactor = Redactor([Secret(name: "KEY", value: value)])
    #expect(out(Array("a:\(shown):b".utf8), redactor) == "a:[redacted KEY]:b")
    let encoded = Command.shell("printf '%s' '\(shown)' | base64 -w 0").text
    #expect(out(Array(encoded.utf8), redactor) == "[redacted KEY]")
    #expect(redactor.tooShort == [])
  }

  @Test("of a value that is long only by the blanks around it is told that it is not looked for")
  func onlyBlanks() {
    let redactor = Redactor([Secret(name: "KEY", value: "  abc \n\n")])
    #expect(redactor.tooShort == ["KEY"] && out(Array("abc".utf8), redactor) == "abc")
  }

  @Test(
    "a secret is found in each form that programs give it",
    arguments: [
      odd, #"p@ss/w\"ö+rd <1>"#, #"p@ss\/w\"ö+rd <1>"#, #"p@ss/w\"\u00f6+rd <1>"#, #"p@ss\/w\"\u00f6+rd <1>"#,
      #"p@ss/w\"ö+rd \u003c1\u003e"#, #"p@ss/w\"\u00F6+rd <1>"#, "p%40ss%2Fw%22%C3%B6%2Brd%20%3C1%3E",
      "p%40ss%2fw%22%c3%b6%2brd%20%3c1%3e", "p%40ss/w%22%C3%B6%2Brd%20%3C1%3E", "p%40ss%2Fw%22%C3%B6%2Brd+%3C1%3E",
    ])
  func forms(_ shown: String) {
    let redactor = Redactor([Secret(name: "TOKEN", value: Self.odd)])
    #expect(redactor.redacted("a \(shown) b \(shown)") == "a [redacted TOKEN] b [redacted TOKEN]")
  }

  @Test("a secret is found in base64, whatever stands before and after it", arguments: 0..<9)
  func base64(_ length: Int) throws {
    let value = "s3cr3t-t0ken?>~"
    let text = String(repeating: "u", count: length) + ":" + value + ":" + String(repeating: "z", count: 8 - length)
    let redactor = Redactor([Secret(name: "TOKEN", value: value)])
    for filter in ["cat", "tr '+/' '-_'"] {
      let encoded = Command.shell("printf '%s' '\(text)' | base64 -w 0 | \(filter)").text
      let shown = redactor.redacted(encoded)
      #expect(shown.contains("[redacted TOKEN]"))
      // At most the two characters that share bits with a neighbour are left of the 20.
      #expect(shown.utf8.count <= encoded.utf8.count - 18 + "[redacted TOKEN]".utf8.count)
    }
    let alone = Command.shell("printf '%s' '\(value)' | base64 -w 0").text
    #expect(redactor.redacted(alone) == "[redacted TOKEN]")
  }

  @Test("a value of five bytes is not looked for, and that is told; one of six is")
  func short() {
    let redactor = Redactor([Secret(name: "A", value: "12345"), Secret(name: "B", value: "abcdef")])
    #expect(redactor.redacted("12345 abcdef") == "12345 [redacted B]")
    #expect(redactor.tooShort == ["A"])
  }

  @Test("wherever the stream is cut, the same comes out")
  func pieces() {
    let redactor = Redactor([Secret(name: "A", value: "hunter22"), Secret(name: "B", value: "er22-and-more")])
    let text = "hunter2 hunter22 hhunter22hunter22-and hunter22-and-more hunter22-and-mor er22-and-more hunter22"
    let whole = out(Array(text.utf8), redactor)
    #expect(
      whole
        == "hunter2 [redacted A] h[redacted A][redacted A]-and [redacted A] [redacted A]-and-mor [redacted B] [redacted A]"
    )
    for cut in 0...text.utf8.count {
      #expect(out(Array(text.utf8), redactor, pieces: [max(1, cut), .max]) == whole)
    }
    for size in 1...12 { #expect(out(Array(text.utf8), redactor, pieces: [size]) == whole) }
  }

  @Test("what is held back is shorter than the longest form, and comes out at the end")
  func held() {
    let redactor = Redactor([Secret(name: "A", value: "abcdefghij")])
    var redaction = Redaction(redactor)
    #expect(Array("xyzabcdefg".utf8).withUnsafeBytes { redaction.take($0) } == Array("xyz".utf8))
    #expect(Array("x".utf8).withUnsafeBytes { redaction.take($0) } == Array("abcdefgx".utf8))
    #expect(Array("abc".utf8).withUnsafeBytes { redaction.take($0) }.isEmpty)
    #expect(redaction.finish() == Array("abc".utf8))
  }

  @Test("random streams come out as by looking at every place", arguments: 0..<200)
  func random(_ seed: UInt64) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func next(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % below
    }
    // Two letters and small secrets, so that they overlap in every way.
    func letters(_ count: Int) -> [UInt8] { (0..<count).map { _ in next(2) == 0 ? 0x61 : 0x62 } }
    let values = (0..<1 + next(3)).map { _ in letters(6 + next(4)) }
    let redactor = Redactor(
      values.enumerated().map { Secret(name: "S\($0)", value: String(decoding: $1, as: UTF8.self)) })
    let text = letters(200)
    var covered = [Bool](repeating: false, count: text.count)
    var joined = [Bool](repeating: false, count: text.count)  // with the byte before
    for value in values {
      for start in 0...(text.count - value.count) where Array(text[start..<start + value.count]) == value {
        for index in start..<start + value.count {
          covered[index] = true
          if index > start { joined[index] = true }
        }
      }
    }
    var expected = ""
    for index in text.indices {
      if !covered[index] {
        expected.unicodeScalars.append(Unicode.Scalar(text[index]))
      } else if !joined[index] {
        expected += "#"
      }
    }
    let shown = out(text, redactor, pieces: [1 + next(20)])
    #expect(shown.replacing(#/\[redacted S\d\]/#, with: "#") == expected)
  }

  @Test("a value stays JSON, with the secrets in texts, keys and numbers taken out")
  func json() throws {
    let redactor = Redactor([Secret(name: "A", value: "nsecret"), Secret(name: "N", value: "12345678")])
    let value = try CompactJSON.read(
      Array(#"{"a":"x\nsecret","nsecret":1,"nsecret!":[12345678,1.5,null],"[redacted A]":2}"#.utf8))
    #expect(
      String(decoding: redactor.redacted(value).bytes, as: UTF8.self)
        == #"{"a":"x\nsecret","[redacted A]":1,"[redacted A]!":["[redacted N]",1.5,null]}"#)
    let inside = try CompactJSON.read(Array(#"{"a":"x nsecret"}"#.utf8))
    #expect(String(decoding: redactor.redacted(inside).bytes, as: UTF8.self) == #"{"a":"x [redacted A]"}"#)
  }

  // The limit counts the time in which other tests hold the pool's threads, too. Quadratic it would be 20 billion steps.
  @Test("a job cannot make it slow with output that nearly is a long secret", .timeLimit(.minutes(60)))
  func long() {
    let value = String(repeating: "a", count: 20_000) + "b"
    let redactor = Redactor([Secret(name: "A", value: value)])
    let text = [UInt8](repeating: 0x61, count: 1 << 20)
    #expect(out(text, redactor, pieces: [65_536]).utf8.count == text.count)
  }

  @Test("a secret where the kept halves of a stream are cut shows in neither the log nor the result", arguments: 0..<40)
  func cut(_ offset: Int) throws {
    let place = try TemporaryFolder()
    let pipe = try Program.pipe()
    let secret = "0123456789abcdef"
    let capture = StreamCapture(
      pipe: pipe.read, limit: ByteCount(1024), stem: "x", ending: ".out", folder: place.folder,
      redactor: Redactor([Secret(name: "TOKEN", value: secret)]))
    // One at the end of the first half, many at the start of the last.
    var text = String(repeating: ".", count: 512 - offset) + secret + String(repeating: "-", count: 3000)
    for _ in 0..<40 { text += secret + "." }
    text += String(repeating: "=", count: offset)
    try pipe.write.write(Array(text.utf8))
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 37, alignment: 16)
    defer { buffer.deallocate() }
    capture.drain(using: buffer)
    let shown = capture.finish()
    let log = try place.text("x.out")
    #expect(shown.text.contains("[redacted TOKEN]") && log.contains("[redacted TOKEN]"))
    for part in ["0123", "4567", "89ab", "cdef"] { #expect(!shown.text.contains(part) && !log.contains(part)) }
  }
}
