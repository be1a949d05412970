import Observability
import Testing

/// 2026-11-20T11:02:03.004Z.
let moment: Int64 = 1_795_172_523_004_000_000

private func line(_ event: LogEvent) -> String { String(decoding: event.jsonLine(), as: UTF8.self) }

private func event(
  _ level: LogLevel = .info, _ code: String = "job-succeeded", job: String? = "report~2",
  _ message: String = "succeeded in 1.2 s", fields: [(String, LogValue)] = []
) -> LogEvent {
  LogEvent(time: moment, level: level, code: code, job: job, message: message, fields: fields)
}

@Suite struct LogLineTests {
  @Test("an event is one JSON object on one line, its facts under their names")
  func wholeLine() {
    let fields: [(String, LogValue)] = [
      ("exitCode", 0), ("cpuSeconds", .duration(.milliseconds(1234))), ("ratio", 0.5), ("last", true),
      ("runtime", "sandbox"), ("never", .double(.nan)),
    ]
    #expect(
      line(event(fields: fields))
        == #"{"time":"2026-11-20T11:02:03.004Z","level":"info","code":"job-succeeded","job":"report~2","#
        + #""message":"succeeded in 1.2 s","exitCode":0,"cpuSeconds":1.234,"ratio":0.5,"last":true,"#
        + #""runtime":"sandbox","never":null}"# + "\n")
  }

  @Test(
    "quotes, control characters and what could turn text around are escaped, all else stays",
    arguments: [
      (#"a"b\c"#, #"a\"b\\c"#),
      ("a\nb\rc\td", #"a\nb\rc\td"#),
      ("\u{0}\u{1b}[31m\u{7f}\u{9b}2J", #"\u0000\u001b[31m\u007f\u009b2J"#),
      ("abc\u{202e}txt\u{2028}", #"abc\u202etxt\u2028"#),
      ("naïve 日本 👩‍👩‍👧", "naïve 日本 👩‍👩‍👧"),
    ])
  func escaping(text: String, expected: String) {
    #expect(line(event(job: text, text)).contains("\"job\":\"\(expected)\",\"message\":\"\(expected)\"}"))
  }

  @Test("a field cannot pass for the line's own keys, and a name that comes twice counts once")
  func names() {
    let text = line(event(fields: [("time", 1), ("job", "x"), ("n", 1), ("n", 2), ("omitted", 3)]))
    #expect(text.hasSuffix(#","time_":1,"job_":"x","n":1,"omitted_":3}"# + "\n"))
  }

  @Test("a text that is too long is cut between characters and says how much is missing")
  func longValue() {
    let text = line(event(fields: [("path", .string(String(repeating: "é", count: 1000)))]))
    let kept = String(repeating: "é", count: LogLine.valueLimit / 2)
    #expect(text.hasSuffix(",\"path\":\"\(kept)…[+976 bytes]\"}\n"))
  }

  @Test("no line is longer than 8 KiB, whatever is put into it", arguments: ["x", "\"", "\u{1b}", "日", "👩‍👩‍👧"])
  func bounded(piece: String) {
    let long = String(repeating: piece, count: 20_000)
    for count in [0, 1, 5, 6, 7, 8, 100] {
      let fields = (0..<count).map { ("\($0)" + long, LogValue.string(long)) }
      let bytes = LogEvent(time: moment, level: .warn, code: long, job: long, message: long, fields: fields).jsonLine()
      #expect(bytes.count <= LogLine.limit)
      #expect(bytes.last == UInt8(ascii: "\n") && bytes.count { $0 == UInt8(ascii: "\n") } == 1)
      #expect(bytes.dropLast().last == UInt8(ascii: "}"))
      #expect(String(validating: bytes, as: UTF8.self) != nil)
    }
  }

  @Test("fields for which there is no room are counted, shorter ones behind them are kept")
  func omitted() {
    let long = LogValue.string(String(repeating: "x", count: 1024))
    let fields = (0..<10).map { ("f\($0)", long) } + [("last", 1)]
    let text = line(event(fields: fields))
    #expect(text.contains("\"f6\":") && !text.contains("\"f8\":"))
    #expect(text.hasSuffix(",\"last\":1,\"omitted\":3}\n") || text.hasSuffix(",\"last\":1,\"omitted\":2}\n"))
  }

  @Test(
    "times are right on leap days, before 1970 and at the ends of what can be told",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
      (1_709_210_096_789_999_999, "2024-02-29T12:34:56.789Z"), (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
      (4_107_542_399_999_000_000, "2100-02-28T23:59:59.999Z"), (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
      (.max, "2262-04-11T23:47:16.854Z"), (.min, "1677-09-21T00:12:43.145Z"),
    ] as [(Int64, String)])
  func times(nanoseconds: Int64, expected: String) {
    let text = line(LogEvent(time: nanoseconds, level: .info, code: "c", message: ""))
    #expect(text.hasPrefix("{\"time\":\"\(expected)\""))
  }

  @Test(
    "a level's name reads back, other words do not",
    arguments: [
      ("trace", .trace), ("debug", .debug), ("info", .info), ("warn", .warn), ("error", .error), ("silent", .silent),
      ("INFO", nil), ("warning", nil), ("", nil),
    ] as [(String, LogLevel?)])
  func levels(name: String, expected: LogLevel?) {
    #expect(LogLevel(name: name) == expected)
  }
}

@Suite struct TerminalLineTests {
  @Test(
    "a person reads one calm line",
    arguments: [
      (.info, "job-succeeded", "11:02:03 ✓ report~2  it is so\n"),
      (.info, "job-started", "11:02:03 ▸ report~2  it is so\n"),
      (.info, "job-claimed", "11:02:03 · report~2  it is so\n"),
      (.debug, "job-succeeded", "11:02:03 · report~2  it is so  slots=2  for=1.500s\n"),
      (.warn, "job-succeeded", "11:02:03 ! report~2  it is so  slots=2  for=1.500s\n"),
      (.error, "job-started", "11:02:03 ✗ report~2  it is so  slots=2  for=1.500s\n"),
    ] as [(LogLevel, String, String)])
  func lines(level: LogLevel, code: String, expected: String) {
    let fields: [(String, LogValue)] = [("slots", 2), ("for", .duration(.milliseconds(1500)))]
    #expect(event(level, code, "it is so", fields: fields).pretty(colour: false) == expected)
  }

  @Test("an event that is about no job has none in its line, and the clock is the reader's")
  func withoutJob() {
    #expect(event(job: nil, "ready").pretty(colour: false, utcOffset: -12 * 3600) == "23:02:03 ✓ ready\n")
  }

  @Test("a job's name cannot speak to the terminal")
  func hostileName() {
    let text = event(.warn, job: "x\u{1b}[2J\u{9b}m\u{202e}\n", "\r\u{7}", fields: [("a\u{8}", "\u{1b}c")])
      .pretty(colour: false)
    #expect(text == "11:02:03 ! x\\u{1b}[2J\\u{9b}m\\u{202e}\\u{a}  \\u{d}\\u{7}  a\\u{8}=\\u{1b}c\n")
  }

  @Test("colours are switched off again, and add nothing else to the line")
  func colours() {
    let text = event(.error, "x", fields: [("n", 1)]).pretty(colour: true)
    let codes = text.matches(of: #/\u{1b}\[(\d+)m/#).map(\.1)
    #expect(codes.count % 2 == 0)
    for (index, code) in codes.enumerated() { #expect((code == "0") == (index % 2 == 1)) }
    let plain = text.replacing(#/\u{1b}\[\d+m/#, with: "")
    #expect(plain == event(.error, "x", fields: [("n", 1)]).pretty(colour: false))
  }

  @Test("a narrow terminal gets a shorter line", arguments: [1, 2, 9, 12, 20, 39, 40, 41, 200], [true, false])
  func width(columns: Int, colour: Bool) {
    let whole = event().pretty(colour: false).dropLast()
    let text = event().pretty(colour: colour, width: columns).replacing(#/\u{1b}\[\d+m/#, with: "").dropLast()
    #expect(text == (whole.count <= columns ? whole : whole.prefix(columns - 1) + "…"))
  }
}
