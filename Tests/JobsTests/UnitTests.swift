import Testing

@testable import Jobs

@Suite("Durations, sizes and times")
struct UnitTests {
  @Test("a time at either end of the range, and hours away from UTC, is told as the same time")
  func endsOfTime() {
    for nanoseconds in [Int64.min, .max] {
      for offset: Int64 in [-43_200, 0, 50_400] {
        let time = Timestamp(nanoseconds: nanoseconds)
        let told = Timestamp(rfc3339: time.secondsText(offset: offset)).map { time.duration(since: $0) }
        // The first second of the range is not whole: its beginning lies before it.
        if nanoseconds > 0 { #expect(told == .nanoseconds(854_775_807)) }
        #expect(told != nil || nanoseconds < 0)
      }
    }
    #expect(Timestamp(nanoseconds: .max).secondsText(offset: 3600) == "2262-04-11T23:47:16Z")
    #expect(Timestamp(nanoseconds: .min).secondsText(offset: -3600) == "1677-09-21T00:12:43Z")
  }

  @Test(
    "durations are read",
    arguments: [
      ("250ms", .milliseconds(250)), ("90s", .seconds(90)), ("5m", .seconds(300)), ("1h30m", .seconds(5400)),
      ("2d", .seconds(172_800)), ("0", .zero), ("0s", .zero), ("90", .seconds(90)), ("1.5", .milliseconds(1500)),
      ("1.5h", .seconds(5400)), ("1d2h3m4s5ms", .milliseconds(93_784_005)), ("3650d", .seconds(315_360_000)),
      ("0.000001ms", .nanoseconds(1)), ("05m", .seconds(300)), ("1m90s", .seconds(150)),
    ] as [(String, Duration)])
  func durations(_ text: String, _ duration: Duration) {
    #expect(DurationText.parse(text) == duration)
  }

  @Test(
    "what is no duration is refused",
    arguments: [
      "", " ", "-5s", "+5s", "5 s", "s", "5x", "5S", "1m1h", "1h1h", "1h30", "1.s", ".5s", "1e3", "3651d", "1,5s",
      "5min",
      "99999999999999999999s", "9223372036854775807d", "3650d1ms", "∞", "1h\u{0}", "٥s", "0x10",
    ])
  func badDurations(_ text: String) {
    #expect(DurationText.parse(text) == nil)
  }

  @Test(
    "numbers are seconds",
    arguments: [
      ("90", .seconds(90)), ("0.25", .milliseconds(250)), ("1e3", .seconds(1000)), ("1.5E1", .seconds(15)),
      ("-0", .zero),
      ("-1", nil), ("1e99", nil), ("1e999", nil), ("315360001", nil), ("99999999999999999999", nil), ("-1e3", nil),
    ] as [(String, Duration?)])
  func numbers(_ token: String, _ duration: Duration?) {
    #expect(DurationText.parse(number: token) == duration)
  }

  @Test(
    "where any duration is good, one that is too long is the longest, and a negative one is none",
    arguments: [
      ("90s", .seconds(90)), ("0.25", .milliseconds(250)), ("3651d", DurationText.longest),
      ("3650d1ms", DurationText.longest), ("99999999999999999999s", DurationText.longest), ("-5s", .zero),
      ("-99999999999d", .zero), ("--5s", nil), ("-", nil), ("", nil), ("1h1h", nil), ("5 s", nil), ("soon", nil),
    ] as [(String, Duration?)])
  func clamped(_ text: String, _ duration: Duration?) {
    #expect(DurationText.parse(clamping: text) == duration)
  }

  @Test(
    "a written duration reads as the same one",
    arguments: [
      ("1h30m", .seconds(5400)), ("1m30s", .seconds(90)), ("250ms", .milliseconds(250)), ("0s", .zero),
      ("2d", .seconds(172_800)),
      ("0.5ms", .microseconds(500)), ("1s0.000001ms", .nanoseconds(1_000_000_001)), ("3650d", DurationText.longest),
    ] as [(String, Duration)])
  func durationRoundTrip(_ text: String, _ duration: Duration) {
    #expect(DurationText.format(duration) == text)
    #expect(DurationText.parse(text) == duration)
  }

  @Test(
    "how long something took has one or two units and no false exactness",
    arguments: [
      (-5, "under 1ms"), (0, "under 1ms"), (999_999, "under 1ms"), (1_000_000, "1ms"), (999_999_999, "999ms"),
      (1_000_000_000, "1.0s"), (9_990_000_000, "9.9s"), (10_500_000_000, "10s"), (59_999_999_999, "59s"),
      (60_000_000_000, "1m"), (119_900_000_000, "1m59s"), (3_599_000_000_000, "59m59s"), (7_530_000_000_000, "2h5m"),
      (262_800_000_000_000, "3d1h"),
    ])
  func rounded(nanoseconds: Int64, text: String) { #expect(DurationText.rounded(.nanoseconds(nanoseconds)) == text) }

  @Test("any duration to the nanosecond survives the way through its text")
  func anyDuration() {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<2000 {
      let bits = Int64.random(in: 0...56, using: &random)
      let duration = Duration.nanoseconds(Int64.random(in: 0...(1 << bits), using: &random))
      #expect(DurationText.parse(DurationText.format(duration)) == duration)
    }
  }

  @Test(
    "sizes are read",
    arguments: [
      ("0", 0), ("1500", 1500), ("512k", 512 << 10), ("64m", 64 << 20), ("2g", 2 << 30), ("1t", 1 << 40),
      ("64M", 64 << 20),
      ("1.5k", 1536), ("9223372036854775807", Int64.max),
    ] as [(String, Int64)])
  func sizes(_ text: String, _ bytes: Int64) {
    #expect(ByteCount.parse(text)?.bytes == bytes)
  }

  @Test(
    "what is no size is refused",
    arguments: ["", "k", "-1", "1kb", "1 k", "1.5", "1e3", "9223372036854775808", "8388608t", "1x", "0x1", "1ki"])
  func badSizes(_ text: String) {
    #expect(ByteCount.parse(text) == nil)
  }

  @Test(
    "a written size reads as the same one", arguments: [0, 1, 1023, 1024, 1536, 64 << 20, 3 << 30, 1 << 40, Int64.max])
  func sizeRoundTrip(_ bytes: Int64) {
    #expect(ByteCount.parse(ByteCount.format(ByteCount(bytes))) == ByteCount(bytes))
  }

  @Test(
    "times are read",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2026-11-20T11:02:03Z", 1_795_172_523_000_000_000),
      ("2026-11-20T12:02:03+01:00", 1_795_172_523_000_000_000), ("2026-11-20t11:02:03.5z", 1_795_172_523_500_000_000),
      ("1970-01-01T00:00:00.123456789Z", 123_456_789), ("1969-12-31T23:59:59.999Z", -1_000_000),
      ("2016-12-31T23:59:60Z", 1_483_228_800_000_000_000), ("2017-01-01T00:59:60+01:00", 1_483_228_800_000_000_000),
      ("2000-02-29T00:00:00-00:00", 951_782_400_000_000_000), ("1900-03-01T00:00:00Z", -2_203_891_200_000_000_000),
    ] as [(String, Int64)])
  func times(_ text: String, _ nanoseconds: Int64) {
    #expect(Timestamp(rfc3339: text)?.nanoseconds == nanoseconds)
  }

  @Test(
    "what is no time is refused",
    arguments: [
      "", "2026-11-20", "2026-11-20T11:02:03", "2026-11-20 11:02:03Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
      "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-00T00:00:00Z",
      "2026-01-01T24:00:00Z",
      "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01T12:00:60Z", "2026-01-01T00:00:00.Z",
      "2026-01-01T00:00:00.1234567890Z", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+0100",
      "2026-01-01T00:00:00+01:60",
      "2026-1-01T00:00:00Z", "2026-01-01T00:00:00Zx", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
      "2026-01-01T00:00Z",
      "-026-01-01T00:00:00Z",
    ])
  func badTimes(_ text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test("a written time reads as the same millisecond, in every century that there is")
  func timeRoundTrip() {
    var random = SeededGenerator(seed: 2)
    #expect(Timestamp(nanoseconds: 1_795_172_523_123_999_999).text == "2026-11-20T11:02:03.123Z")
    #expect(Timestamp(nanoseconds: -1).text == "1969-12-31T23:59:59.999Z")
    for _ in 0..<5000 {
      let time = Timestamp(nanoseconds: Int64.random(in: (Int64.min + 1_000_000)...Int64.max, using: &random))
      #expect(Timestamp(rfc3339: time.text) == time.inMilliseconds)
    }
  }

  @Test("arithmetic holds at the ends of the range")
  func saturation() {
    let last = Timestamp(nanoseconds: .max)
    let first = Timestamp(nanoseconds: .min)
    #expect(last + .seconds(1) == last)
    #expect(first + .seconds(-1) == first)
    #expect(first + .seconds(Int64.max) == last || (first + .seconds(Int64.max)).nanoseconds == -1)
    #expect(last.duration(since: first) == .nanoseconds(Int64.max))
    #expect(first.duration(since: last) == .nanoseconds(Int64.min))
    #expect(Timestamp(seconds: .max) == last)
    #expect(Timestamp(nanoseconds: 5).duration(since: Timestamp(nanoseconds: 7)) == .nanoseconds(-2))
    #expect(first.inMilliseconds == first)
    #expect(first.text.utf8.count == 24)
  }
}
