import Testing

@testable import Jobs

@Suite("JSON is written in a stable form")
struct JSONWriterTests {
  static let text = #"{"a":[1,-2,1.50,[],{}],"b":{"c":null,"d":true},"e":"\"\\\n\t\r\b\f\u0001\u001fä😀/"}"#

  @Test("compact output of what was read is the same text")
  func compact() throws {
    #expect(string(CompactJSON(try JSONReader.read(utf8(Self.text))).bytes) == Self.text)
    #expect(CompactJSON(try JSONReader.read(utf8(Self.text))).node == (try JSONReader.read(utf8(Self.text))))
  }

  @Test("pretty output has two spaces a level and reads as the same value")
  func pretty() throws {
    var writer = JSONWriter()
    writer.value(try JSONReader.read(utf8("{\"a\":[1,{\"b\":[]}],\"c\":{}}")).value)
    let bytes = writer.line()
    #expect(string(bytes) == "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {}\n}\n")
    var again = JSONWriter()
    again.value(try JSONReader.read(utf8(Self.text)).value)
    #expect(try JSONReader.read(again.line()) == JSONReader.read(utf8(Self.text)))
  }

  @Test("every character below a space is escaped and read back")
  func escapes() throws {
    var text = ""
    for value in 1...0x7F { text.unicodeScalars.append(Unicode.Scalar(UInt8(value))) }
    var writer = JSONWriter(.compact)
    writer.string(text)
    #expect(writer.bytes.allSatisfy { $0 >= 0x20 })
    #expect(try JSONReader.read(writer.bytes).value == .string(text))
  }

  @Test("whole numbers to both ends of Int64")
  func integers() {
    for number in [Int64.min, -10, -1, 0, 9, 10, 120, Int64.max] {
      var writer = JSONWriter(.compact)
      writer.int(number)
      #expect(string(writer.bytes) == "\(number)")
    }
  }

  @Test(
    "seconds have three decimals, or six",
    arguments: [
      (Duration.zero, "0.000"), (.milliseconds(1500), "1.500"), (.microseconds(12), "0.000012"),
      (.nanoseconds(999), "0.000"),
      (.milliseconds(-250), "-0.250"), (.seconds(-3), "-3.000"), (.seconds(86_400), "86400.000"),
    ])
  func seconds(_ duration: Duration, _ text: String) {
    var writer = JSONWriter(.compact)
    writer.seconds(duration)
    #expect(string(writer.bytes) == text)
  }

  @Test(
    "seconds are cut off at their decimals, never rounded and never in powers of ten",
    arguments: [
      (Duration.zero, "0.000", "0.000000"), (.nanoseconds(999_999), "0.000", "0.000999"),
      (.milliseconds(1234), "1.234", "1.234000"), (.microseconds(59_999_999), "59.999", "59.999999"),
      (.microseconds(-1_500_250), "-1.500", "-1.500250"), (.nanoseconds(-1), "0.000", "0.000000"),
      (.seconds(Int64.max), "9223372036854775807.000", "9223372036854775807.000000"),
    ])
  func secondsAreCut(duration: Duration, milliseconds: String, microseconds: String) {
    var (three, six): ([UInt8], [UInt8]) = ([], [])
    three.append(seconds: duration, places: 3)
    six.append(seconds: duration, places: 6)
    #expect(String(decoding: three, as: UTF8.self) == milliseconds)
    #expect(String(decoding: six, as: UTF8.self) == microseconds)
  }
}
