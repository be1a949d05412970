import Testing

@testable import Jobs

@Suite("JSON is read strictly, with places")
struct JSONReaderTests {
  struct Bad: CustomTestStringConvertible, Sendable {
    var bytes: [UInt8]
    var code: RefusalCode
    var line: Int
    var column: Int
    var testDescription: String { String(decoding: bytes.prefix(40), as: UTF8.self) }

    init(_ text: String, _ code: RefusalCode = .badJSON, _ line: Int = 1, _ column: Int) {
      self.init([UInt8](text.utf8), code, line, column)
    }

    init(_ bytes: [UInt8], _ code: RefusalCode = .badJSON, _ line: Int = 1, _ column: Int) {
      self.bytes = bytes
      self.code = code
      self.line = line
      self.column = column
    }
  }

  static let bad: [Bad] = [
    Bad("", .empty, 1, 1), Bad(" \n\t ", .empty, 2, 3),
    Bad("[1,]", .badJSON, 1, 4), Bad("{\"a\":1,}", .badJSON, 1, 8), Bad("{\"a\":1,\n}", .badJSON, 2, 1),
    Bad("[1 2]", .badJSON, 1, 4), Bad("[1", .badJSON, 1, 3), Bad("{\"a\"", .badJSON, 1, 5),
    Bad("{\"a\" 1}", .badJSON, 1, 6),
    Bad("{a:1}", .badJSON, 1, 2), Bad("{'a':1}", .badJSON, 1, 2), Bad("{1:1}", .badJSON, 1, 2),
    Bad("{", .badJSON, 1, 2),
    Bad("01", .badJSON, 1, 1), Bad("-", .badJSON, 1, 2), Bad("+1", .badJSON, 1, 1), Bad(".5", .badJSON, 1, 1),
    Bad("1.", .badJSON, 1, 3), Bad("1e", .badJSON, 1, 3), Bad("-01", .badJSON, 1, 1), Bad("0x10", .badJSON, 1, 2),
    Bad("NaN", .badJSON, 1, 1), Bad("Infinity", .badJSON, 1, 1), Bad("-Infinity", .badJSON, 1, 2),
    Bad("tru", .badJSON, 1, 1), Bad("nul", .badJSON, 1, 1), Bad("True", .badJSON, 1, 1), Bad("trueish", .badJSON, 1, 5),
    Bad("1 2", .badJSON, 1, 3), Bad("{} x", .badJSON, 1, 4), Bad("\"a", .badJSON, 1, 1), Bad("\"a\\", .badJSON, 1, 4),
    Bad("\"\\x\"", .badJSON, 1, 2), Bad("\"\\u12\"", .badJSON, 1, 2), Bad("\"\\u12", .badJSON, 1, 6),
    Bad("\"\\u0000\"", .badJSON, 1, 2), Bad("\"\\ud800\"", .badJSON, 1, 2), Bad("\"\\udc00\"", .badJSON, 1, 2),
    Bad("\"\\ud800\\u0041\"", .badJSON, 1, 2), Bad("\"\\ud800\\n\"", .badJSON, 1, 2), Bad("\"\\ud800", .badJSON, 1, 2),
    Bad("\"a\nb\"", .badJSON, 1, 3), Bad("\"\u{1}\"", .badJSON, 1, 2), Bad("\"\u{0}\"", .badJSON, 1, 2),
    Bad("\u{0}", .badJSON, 1, 1), Bad("[1]\u{0}", .badJSON, 1, 4), Bad("\u{FEFF}{}", .badJSON, 1, 1),
    Bad("// c\n1", .badJSON, 1, 1), Bad("/* c */1", .badJSON, 1, 1), Bad("\u{A0}1", .badJSON, 1, 1),
    Bad("{\"a\":1,\"b\":2,\n \"a\":3}", .duplicateKey, 2, 2), Bad("{\"a\":1,\"\\u0061\":2}", .duplicateKey, 1, 8),
    Bad("[\"\u{E4}\u{1F600}\", x]", .badJSON, 1, 8),
    Bad([0x22, 0xFF, 0x22], .notUTF8, 1, 2), Bad([0x22, 0xC3], .notUTF8, 1, 2),
    Bad([0x22, 0xC0, 0x80, 0x22], .notUTF8, 1, 2),
    Bad([0x22, 0xED, 0xA0, 0x80, 0x22], .notUTF8, 1, 2), Bad([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], .notUTF8, 1, 2),
    Bad([0x22, 0xE0, 0x80, 0x80, 0x22], .notUTF8, 1, 2), Bad([0xFF, 0xFE, 0x7B, 0x00], .notUTF8, 1, 1),
    Bad([0x7B, 0x22, 0x61, 0xE4, 0x22, 0x7D], .notUTF8, 1, 4),
  ]

  @Test("what is not strict JSON is refused where it goes wrong", arguments: bad)
  func refuses(_ bad: Bad) {
    let refusal = refusal { () throws(Refusal) in try JSONReader.read(bad.bytes) }
    #expect(refusal?.code == bad.code)
    #expect(refusal?.line == bad.line)
    #expect(refusal?.column == bad.column)
    #expect(refusal?.reason.contains("expected") == true)
  }

  @Test(
    "good JSON is read",
    arguments: [
      "null", "true", " false ", "0", "-0", "1.5e-3", "1E+2", "\"\"", "[]", "{}", "[ ]", "{ }", "[[],{},\"\"]",
      "\r\n\t{\"a\":[1,2,{\"b\":null}]}\n", "\"\\ud83d\\ude00\"", "\"\u{10FFFF}\u{7F}\u{E000}\"", "{\"\":1,\" \":2}",
      "{\"e\u{301}\":1,\"\u{E9}\":2}",
    ])
  func reads(_ text: String) {
    #expect(refusal { () throws(Refusal) in try JSONReader.read(utf8(text)) } == nil)
  }

  @Test("values, escapes, tokens and offsets are kept")
  func values() throws {
    let node = try JSONReader.read(utf8(" {\"a\\n\":[1.50,\"\\u00e4\\ud83d\\ude00\\/\"]}"))
    #expect(node.offset == 1)
    guard case .object(let members) = node.value else { throw Missing() }
    #expect(members[0].key == "a\n")
    #expect(members[0].keyOffset == 2)
    #expect(members[0].node == JSONNode(.array([JSONNode(.number("1.50")), JSONNode(.string("\u{E4}\u{1F600}/"))])))
    #expect(node.member("a\n")?.offset == 8)
    #expect(node.member("b") == nil)
  }

  @Test("64 levels are read and 65 are refused, 100,000 too")
  func depth() {
    func nested(_ n: Int, _ open: String, _ close: String) -> [UInt8] {
      utf8(String(repeating: open, count: n) + String(repeating: close, count: n))
    }
    #expect(refusal { () throws(Refusal) in try JSONReader.read(nested(64, "[", "]")) } == nil)
    for bytes in [nested(65, "[", "]"), nested(100_000, "[", "]"), nested(100_000, "{\"a\":", "}")] {
      let refusal = refusal { () throws(Refusal) in try JSONReader.read(bytes) }
      #expect(refusal?.code == .tooDeep)
      #expect(refusal?.line == 1)
    }
    let open = refusal { () throws(Refusal) in try JSONReader.read(utf8(String(repeating: "[", count: 100_000))) }
    #expect(open?.column == 65)
  }

  @Test(
    "a duplicate key is named by its path",
    arguments: [
      (#"{"a":1,"a":2}"#, "a"), (#"{"retry":{"delay":1,"delay":2}}"#, "retry.delay"),
      (#"{"m":[0,{"a":1,"a":2}]}"#, "m[1].a"), (#"[[{"a":1,"a":2}]]"#, "[0][0].a"),
    ])
  func duplicatePath(_ text: String, _ key: String) {
    #expect(refusal { () throws(Refusal) in try JSONReader.read(utf8(text)) }?.key == key)
  }

  @Test("100,000 keys are read in one go, and a duplicate among them is found")
  func manyKeys() {
    var text = "{"
    for n in 0..<100_000 { text += "\"k\(n)\":0," }
    #expect(refusal { () throws(Refusal) in try JSONReader.read(utf8(text + "\"x\":0}")) } == nil)
    #expect(refusal { () throws(Refusal) in try JSONReader.read(utf8(text + "\"k5\":0}")) }?.code == .duplicateKey)
  }

  @Test(
    "settings may have comments and trailing commas",
    arguments: [
      "// c\n{}", "{} // c", "/* a\n*/{/**/}", "[1,/* x */]", "{\"a\":1,}", "{ // c\n \"a\" /**/ : /**/ 1, // d\n}",
    ])
  func settingsDialect(_ text: String) {
    #expect(refusal { () throws(Refusal) in try JSONReader.read(utf8(text), dialect: .settings) } == nil)
  }

  @Test(
    "bad settings text is refused",
    arguments: ["[,]", "{,}", "[1,,]", "/* c", "/", "/x", "// c", "{\"a\":1,,}", "/*/ 1"])
  func badSettings(_ text: String) {
    #expect(refusal { () throws(Refusal) in try JSONReader.read(utf8(text), dialect: .settings) } != nil)
  }

  @Test("bytes that are not UTF-8 are refused in a comment too")
  func commentUTF8() {
    let bytes = utf8("// ") + [0xFF] + utf8("\n{}")
    #expect(refusal { () throws(Refusal) in try JSONReader.read(bytes, dialect: .settings) }?.code == .notUTF8)
  }

  @Test("a reason never carries a control character or a long key to the terminal")
  func safeReason() {
    let text = "{\"\\u001b[31m" + String(repeating: "x", count: 5000) + "\": 1, \"run\": \"true\"}"
    let refusal = refusal { () throws(Refusal) in try Job.read(utf8(text)) }
    #expect(refusal?.code == .unknownKey)
    #expect(refusal?.reason.utf8.contains(0x1B) == false)
    #expect((refusal?.reason.utf8.count ?? 0) < 600)
    #expect((refusal?.key?.utf8.count ?? 0) <= 210)
  }

  @Test("texts that only look alike are different values")
  func bytes() {
    #expect(JSON.string("e\u{301}") != JSON.string("\u{E9}"))
    #expect(JSON.number("1") != JSON.number("1.0"))
  }
}

/// A value of the wrong shape in a test.
struct Missing: Error {}
