import Jobs
import Testing

/// The code and a piece of the reason: the wrong part, and what was expected.
private typealias Case = (text: String, code: RefusalCode, pieces: [String])

@Suite struct CronRefusalTests {
  private static let ranges: [Case] = [
    ("61 * * * *", .outOfRange, ["minute '61' is out of range: expected 0 to 59"]),
    ("60 * * * *", .outOfRange, ["minute '60'", "0 to 59"]),
    ("60 * * * * *", .outOfRange, ["second '60'", "0 to 59"]),
    ("0 24 * * *", .outOfRange, ["hour '24'", "0 to 23"]),
    ("0 0 0 * *", .outOfRange, ["day of month '0'", "1 to 31"]),
    ("0 0 32 * *", .outOfRange, ["day of month '32'", "1 to 31"]),
    ("0 0 1 0 *", .outOfRange, ["month '0'", "1 to 12"]),
    ("0 0 1 13 *", .outOfRange, ["month '13'", "1 to 12", "JAN to DEC"]),
    ("0 0 * * 8", .outOfRange, ["weekday '8'", "0 to 7", "SUN to SAT"]),
    ("5-64/30 * * * *", .outOfRange, ["minute '64' in '5-64/30'"]),
    ("99999999999999999999 * * * *", .outOfRange, ["out of range"]),
    ("*/0 * * * *", .outOfRange, ["minute '*/0' has the step 0: expected 1 or more"]),
    ("1-5/00 * * * *", .outOfRange, ["step 0"]),
    ("0 0 * * MON#0", .outOfRange, ["'MON#0'", "1 to 5"]),
    ("0 0 * * MON#6", .outOfRange, ["'MON#6'", "1 to 5"]),
    ("0 0 * * 9#1", .outOfRange, ["weekday '9' in '9#1'"]),
  ]

  private static let forms: [Case] = [
    ("", .badValue, ["has 0 fields", "expected five", "six with seconds first"]),
    (" \t ", .badValue, ["has 0 fields"]),
    ("*", .badValue, ["has 1 field:"]),
    ("* * * *", .badValue, ["has 4 fields"]),
    ("* * * * * * *", .badValue, ["has 7 fields"]),
    ("0 0 1 1 * 2026 *", .badValue, ["has 7 fields"]),
    ("*\n* * * *", .badValue, ["has 4 fields"]),
    ("*\u{A0}* * * *", .badValue, ["has 4 fields"]),
    ("1,,2 * * * *", .badValue, ["minute '1,,2' has an empty item"]),
    (", * * * *", .badValue, ["minute ',' has an empty item"]),
    ("1, * * * *", .badValue, ["empty item"]),
    (",1 * * * *", .badValue, ["empty item"]),
    ("5-1 * * * *", .badValue, ["minute '5-1' ends before it begins"]),
    ("0 0 * * 5-1", .badValue, ["weekday '5-1' ends before"]),
    ("0 0 * * FRI-MON", .badValue, ["'FRI-MON' ends before"]),
    ("0 0 * * 7-2", .badValue, ["'7-2' ends before"]),
    ("0 0 1 DEC-FEB *", .badValue, ["'DEC-FEB' ends before"]),
    ("5/15 * * * *", .badValue, ["minute '5/15' has a step and no range", "5-59/", "*/"]),
    ("0 0 * MON *", .badValue, ["month 'MON' is not understood", "JAN to DEC"]),
    ("five * * * *", .badValue, ["minute 'five' is not understood: expected 0 to 59"]),
    ("* MON * * *", .badValue, ["hour 'MON'", "0 to 23"]),
    ("0 0 * * MONDAY", .badValue, ["weekday 'MONDAY'", "did you mean MON?"]),
    ("0 0 1 sept *", .badValue, ["month 'sept'", "did you mean SEP?"]),
    ("0 0 * * FR\u{131}", .badValue, ["weekday", "SUN to SAT"]),
    ("0 0 1 AU\u{17F} *", .badValue, ["month 'AU\u{17F}'"]),
    ("0 0 * * WDE", .badValue, ["did you mean WED?"]),
    ("0 0 * * Mon-Freitag", .badValue, ["weekday 'Freitag' in 'Mon-Freitag'", "SUN to SAT"]),
    ("- * * * *", .badValue, ["minute"]), ("-5 * * * *", .badValue, ["minute '' in '-5'"]),
    ("1- * * * *", .badValue, ["minute '' in '1-'"]), ("1-2-3 * * * *", .badValue, ["minute '2-3' in '1-2-3'"]),
    ("+5 * * * *", .badValue, ["'+5'"]), ("5.5 * * * *", .badValue, ["'5.5'"]), ("5x * * * *", .badValue, ["'5x'"]),
    ("0x5 * * * *", .badValue, ["'0x5'"]), ("٣ * * * *", .badValue, ["'٣'"]), ("🕰 * * * *", .badValue, ["'🕰'"]),
    ("*/ * * * *", .badValue, ["a number after '/'"]), ("*/x * * * *", .badValue, ["a number after '/'"]),
    ("1-5/2/2 * * * *", .badValue, ["a number after '/'"]), ("*/-2 * * * *", .badValue, ["a number after '/'"]),
    ("/5 * * * *", .badValue, ["minute '' in '/5'"]), ("*5 * * * *", .badValue, ["minute '*5'", "'*' alone"]),
    ("*-5 * * * *", .badValue, ["'*-5'", "'*' alone"]), ("** * * * *", .badValue, ["'**'"]),
    ("\u{1B}[2J * * * *", .badValue, ["'\\u{1b}[2J'"]), ("@daily", .badValue, ["1 field"]),
  ]

  /// What Quartz, Jenkins, systemd or cronie know.
  private static let otherGrammars: [Case] = [
    ("0 0 ? * MON", .badValue, ["day of month '?' is not known here: expected '*'"]),
    ("0 0 1 * ?", .badValue, ["weekday '?'", "expected '*'"]),
    ("0 0 15W * *", .badValue, ["day of month '15W'", "MON-FRI"]),
    ("0 0 W * *", .badValue, ["'W'"]), ("0 0 LW * *", .badValue, ["'LW'"]),
    ("0 0 L-3 * *", .badValue, ["'L-3'", "expected L alone"]),
    ("0 0 * * L", .badValue, ["weekday 'L'", "FRI#4"]),
    ("0 0 * * 5L", .badValue, ["weekday '5L'", "FRI#4"]), ("0 0 * * FRIL", .badValue, ["weekday 'FRIL'", "FRI#4"]),
    ("0 L * * *", .badValue, ["hour 'L'", "0 to 23"]),
    ("0~30 * * * *", .badValue, ["minute '0~30'", "fixed number"]), ("~ * * * *", .badValue, ["minute '~'"]),
    ("H * * * *", .badValue, ["minute 'H'", "0 to 59"]), ("H/15 * * * *", .badValue, ["minute 'H'"]),
    ("0 0 1#2 * *", .badValue, ["day of month '1#2'", "weekday only"]),
    ("0 0 * * MON#", .badValue, ["'MON#'", "1 to 5"]), ("0 0 * * #2", .badValue, ["weekday '' in '#2'"]),
    ("0 0 * * *#2", .badValue, ["weekday '*' in '*#2'"]), ("0 0 * * MON-FRI#1", .badValue, ["'MON-FRI'"]),
    ("0 0 * * MON#1-3", .badValue, ["'MON#1-3'"]), ("0 0 * * MON#1/2", .badValue, ["'MON#1/2'"]),
    ("0 0 * * MON#1#2", .badValue, ["'MON#1#2'"]), ("* * * * */2#1", .badValue, ["'*/2'"]),
  ]

  /// Dates that never come.
  private static let dates: [Case] = [
    ("0 0 31 2 *", .outOfRange, ["there is no day 31 in February"]),
    ("0 0 30 2 *", .outOfRange, ["there is no day 30 in February"]),
    ("0 0 30,31 2 *", .outOfRange, ["no day 30 or 31 in February"]),
    ("0 0 31 4 *", .outOfRange, ["no day 31 in April"]),
    ("0 0 31 2,4,6,9,11 *", .outOfRange, ["in February, April, June, September and November"]),
    ("0 0 30 2 */2", .outOfRange, ["there is no day 30 in February"]),
    ("0 0 */31 * MON#5", .badValue, ["day of month '*/31' and weekday 'MON#5' never fall on the same day"]),
    ("0 0 */15 2 MON#2", .badValue, ["never fall"]),
    ("0 0 */28 2 SUN#2,MON#3", .badValue, ["'*/28'", "'SUN#2,MON#3'"]),
  ]

  @Test("a value out of range is refused with the range", arguments: ranges)
  fileprivate func outOfRange(item: Case) throws { try check(item) }

  @Test("what is no cron line is refused with what was expected", arguments: forms)
  fileprivate func form(item: Case) throws { try check(item) }

  @Test("what only other schedulers know is refused with what to write here", arguments: otherGrammars)
  fileprivate func otherGrammar(item: Case) throws { try check(item) }

  @Test("a date that never comes is refused", arguments: dates)
  fileprivate func neverComes(item: Case) throws { try check(item) }

  private func check(_ item: Case) throws {
    let refused = try #require(refusal { () throws(Refusal) in try CronExpression.read(item.text) }, "\(item.text)")
    #expect(refused.code == item.code, "\(item.text): \(refused)")
    #expect(refused.line == nil && refused.column == nil && refused.key == nil)
    for piece in item.pieces { #expect(refused.reason.contains(piece), "\(refused)") }
  }

  @Test(
    "a date that comes only now and then is accepted",
    arguments: [
      "0 0 29 2 *", "0 0 29 2 */6", "0 0 * 2 MON#5", "0 0 */28 2 MON#5", "0 0 31 2 MON", "0 0 30 2 1-5",
      "0 0 31 2 MON#5",
      "0 0 31 */2 *", "0 0 30,L 2 *", "0 0 31 1-2 *", "0 0 */31 * MON#1", "0 0 L 2 */6", "0 0 1 * *,MON#5",
    ])
  func comesSometimes(line: String) {
    #expect(refusal { () throws(Refusal) in try CronExpression.read(line) } == nil)
  }

  @Test("a line of more than 1000 bytes is refused unread")
  func tooLong() throws {
    let edge = String(repeating: "0,", count: 495) + "0 " + "* * * *"
    #expect(edge.utf8.count == 999)
    #expect(refusal { () throws(Refusal) in try CronExpression.read(edge + " ") } == nil)
    let refused = try #require(refusal { () throws(Refusal) in try CronExpression.read(edge + "  ") })
    #expect(refused.code == .outOfRange && refused.reason.contains("1001 bytes"))
    let blanks = "@daily" + String(repeating: " ", count: 995)
    #expect(refusal { () throws(Refusal) in try CronLine.read(blanks) }?.code == .outOfRange)
  }

  @Test(
    "an @name that is not known is refused with the one that was meant",
    arguments: [
      ("@Daily", "did you mean '@daily'?"), ("@daly", "did you mean '@daily'?"), ("@montly", "'@monthly'"),
      ("@REBOOT", "'@reboot'"), ("@every_minute", "expected one of @yearly, "), ("@", "expected one of"),
      ("@daily 5", "nothing after"), ("@every 5m", "nothing after"),
    ])
  func unknownName(text: String, piece: String) throws {
    let refused = try #require(refusal { () throws(Refusal) in try CronLine.read(text) })
    #expect(refused.code == .badValue && refused.reason.contains(piece), "\(refused)")
  }

  @Test("bytes at random are read or refused, and never stop the program")
  func noise() {
    var random = SeededGenerator(seed: 20_261_126)
    let letters = Array("0123456789*/-,#LW?~@ \tMONJANsunfri\u{0}é".utf8)
    var read = 0
    for _ in 0..<50_000 {
      let count = Int.random(in: 0...24, using: &random)
      let noise = (0..<count).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] }
      // Half of it in a line that is good otherwise.
      let text = Bool.random(using: &random) ? string(noise) : "\(string(noise)) * * 1 *"
      if refusal({ () throws(Refusal) in try CronLine.read(text) }) == nil { read += 1 }
    }
    #expect(read > 100)
  }
}
