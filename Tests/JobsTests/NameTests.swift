import Testing

@testable import Jobs

@Suite("Names")
struct NameTests {
  @Test(
    "a good stem is the job's id",
    arguments: [
      "x", "report-2026", "a b", "x~3", "x.2", "Ünï", "日本", "x.runner", "a-", "~", "result",
      String(repeating: "a", count: 150),
    ])
  func goodStems(_ text: String) throws {
    #expect(try JobID(stem: utf8(text)).text == text)
  }

  static let badStems: [[UInt8]] = [
    [], utf8(".x"), utf8("-n"), utf8("--"), utf8("."), utf8(".."), utf8("a/b"), utf8("x.run"), utf8("x.result"),
    utf8("x.state"), utf8("x.cancel"), utf8("x.files"), utf8("a\nb"), utf8("a\tb"), utf8("a\u{7F}"), utf8("a\u{85}"),
    [0],
    utf8("a\u{1B}[1m"), [0xFF], [0x61, 0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80],
    [UInt8](repeating: 0x61, count: 151), [UInt8](repeating: 0x61, count: 255),
  ]

  @Test("a bad stem is refused as bad-name", arguments: badStems)
  func refusedStems(_ bytes: [UInt8]) {
    let refusal = refusal { () throws(Refusal) in try JobID(stem: bytes) }
    #expect(refusal?.code == .badName)
    #expect(refusal?.reason.contains("expected") == true)
    #expect(refusal?.reason.unicodeScalars.contains { $0.value < 0x20 } == false)
  }

  @Test("a derived id may have 200 bytes and no more")
  func derived() {
    #expect(refusal { () throws(Refusal) in try JobID(derived: [UInt8](repeating: 0x61, count: 200)) } == nil)
    #expect(
      refusal { () throws(Refusal) in try JobID(derived: [UInt8](repeating: 0x61, count: 201)) }?.code == .badName)
    #expect(refusal { () throws(Refusal) in try JobID(derived: utf8("-x")) }?.code == .badName)
  }

  @Test("ids with as many bytes that look the same are two jobs, and are in the order of their bytes")
  func sameLength() {
    // Two marks on a letter, in either order: one and the same to String, of the same length.
    let (a, b) = ("a\u{0323}\u{0307}", "a\u{0307}\u{0323}")
    #expect(a == b && a.utf8.count == b.utf8.count)
    #expect(JobID(unchecked: a) != JobID(unchecked: b) && JobID(unchecked: b) < JobID(unchecked: a))
    let names = ["", "a", "a-long-name-that-is-not-small", "aa", "b", "é", "\u{10000}"].map { JobID(unchecked: $0) }
    #expect(names.shuffled().sorted() == names)
    for (at, one) in names.enumerated() {
      for (place, other) in names.enumerated() {
        #expect((one == other) == (at == place) && (one < other) == (at < place))
      }
    }
  }

  @Test("a listed name that is not UTF-8 is nobody's id, not even that of the text it would be repaired to")
  func listed() {
    func id(_ bytes: [UInt8]) -> JobID? { bytes.withUnsafeBufferPointer { JobID(listed: $0) } }
    #expect(id(utf8("a\u{FFFD}")) == JobID(unchecked: "a\u{FFFD}"))
    #expect(id([0x61, 0xFF]) == nil && id([0x61, 0xED, 0xA0, 0x80]) == nil)
  }

  @Test("ids are compared as bytes: NFC and NFD are two jobs")
  func bytes() {
    let composed = JobID(unchecked: "\u{E9}")
    let decomposed = JobID(unchecked: "e\u{301}")
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed]).count == 2)
    #expect(decomposed < composed)
    #expect(JobID(unchecked: "B") < JobID(unchecked: "a"))
    #expect(JobID(unchecked: "a") < JobID(unchecked: "aa"))
  }

  @Test(
    "a number is split off only when we could have put it there",
    arguments: [
      ("x~3", "x", 3), ("x~10", "x", 10), ("x~2~3", "x~2", 3), ("x", "x", nil), ("x~1", "x~1", nil),
      ("x~0", "x~0", nil),
      ("x~03", "x~03", nil), ("~3", "~3", nil), ("x~", "x~", nil), ("x~3a", "x~3a", nil), ("x~+3", "x~+3", nil),
      ("x~99999999999999999999", "x~99999999999999999999", nil), ("日~2", "日", 2),
    ] as [(String, String, Int?)])
  func split(_ text: String, _ stem: String, _ number: Int?) {
    let split = JobID(unchecked: text).numberSplit
    #expect(split.stem == stem)
    #expect(split.number == number)
    if let number { #expect(JobID(unchecked: stem).numbered(number).text == text) }
  }

  @Test("the first job has the bare name")
  func firstNumber() {
    #expect(JobID(unchecked: "x").numbered(1).text == "x")
    #expect(JobID(unchecked: "x").numbered(2).text == "x~2")
  }

  @Test("good group names", arguments: ["a", "A-b_9", "0", String(repeating: "g", count: 64)])
  func goodGroups(_ text: String) throws {
    #expect(try GroupName(validating: text).text == text)
  }

  @Test(
    "bad group names are refused",
    arguments: [
      "", "-a", "_a", "a.b", "a b", "ä", "a/b", "..", "errors", "done", "processing", String(repeating: "g", count: 65),
    ])
  func badGroups(_ text: String) {
    #expect(refusal { () throws(Refusal) in try GroupName(validating: text) }?.code == .badName)
  }
}
