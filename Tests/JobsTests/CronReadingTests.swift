import Jobs
import Testing

@Suite struct CronReadingTests {
  /// Bits as a set of numbers.
  private static func bits(_ numbers: some Sequence<Int>) -> UInt64 { numbers.reduce(0) { $0 | 1 << UInt64($1) } }

  @Test("a line of five fields means second 0, a star every value")
  func everyMinute() throws {
    let line = try CronExpression.read("* * * * *")
    #expect(line.seconds == 1)
    #expect(line.minutes == Self.bits(0...59))
    #expect(UInt64(line.hours) == Self.bits(0...23))
    #expect(UInt64(line.days) == Self.bits(1...31))
    #expect(UInt64(line.months) == Self.bits(1...12))
    #expect(UInt64(line.weekdays) == Self.bits(0...6))
    #expect(!line.hasLastDay && line.nthWeekdays == 0)
  }

  @Test(
    "numbers, lists, ranges and steps mean what crontab(5) says",
    arguments: [
      ("5", [5]), ("05", [5]), ("0", [0]), ("59", [59]), ("1,2,5,9", [1, 2, 5, 9]), ("9,5,5", [5, 9]),
      ("8-11", [8, 9, 10, 11]), ("7-7", [7]), ("1-9/2", [1, 3, 5, 7, 9]), ("*/20", [0, 20, 40]),
      ("*/100", [0]), ("*/99999999999999999999999", [0]), ("10-12/3", [10]), ("50-59/4", [50, 54, 58]),
      ("0-4,8-12", [0, 1, 2, 3, 4, 8, 9, 10, 11, 12]), ("1-3,*/30", [0, 1, 2, 3, 30]),
    ])
  func minutes(field: String, expected: [Int]) throws {
    #expect(try CronExpression.read("\(field) * * * *").minutes == Self.bits(expected))
    #expect(try CronExpression.read("\(field) 0 * * * *").seconds == Self.bits(expected))
  }

  @Test(
    "weekdays are 0 to 7 with Sunday at both ends, and names",
    arguments: [
      ("0", [0]), ("7", [0]), ("0,7", [0]), ("0-7", [0, 1, 2, 3, 4, 5, 6]), ("1-7", [0, 1, 2, 3, 4, 5, 6]),
      ("5-7", [0, 5, 6]), ("7-7", [0]), ("6-7", [0, 6]), ("*/2", [0, 2, 4, 6]), ("1-7/2", [0, 1, 3, 5]),
      ("MON", [1]), ("sun", [0]), ("Sat", [6]), ("MON-FRI", [1, 2, 3, 4, 5]), ("SUN-TUE", [0, 1, 2]),
      ("FRI-SUN", [0, 5, 6]), ("fri-7", [0, 5, 6]), ("SAT-SUN", [0, 6]), ("6-0", [0, 6]), ("SUN-SUN", [0]),
      ("MON-SUN", [0, 1, 2, 3, 4, 5, 6]), ("MON-SUN/3", [0, 1, 4]), ("SUN-SAT/3", [0, 3, 6]), ("mon,WED,5", [1, 3, 5]),
    ])
  func weekdays(field: String, expected: [Int]) throws {
    #expect(UInt64(try CronExpression.read("0 0 * * \(field)").weekdays) == Self.bits(expected))
  }

  @Test(
    "months are 1 to 12 and names",
    arguments: [
      ("1", [1]), ("12", [12]), ("JAN", [1]), ("dec", [12]), ("Jan-Mar", [1, 2, 3]), ("JUN,7,AUG", [6, 7, 8]),
      ("MAR-11/4", [3, 7, 11]), ("*/5", [1, 6, 11]), ("may-may", [5]),
    ])
  func months(field: String, expected: [Int]) throws {
    #expect(UInt64(try CronExpression.read("0 0 1 \(field) *").months) == Self.bits(expected))
  }

  @Test("L is the last day of a month, alone or in a list")
  func lastDay() throws {
    let alone = try CronExpression.read("0 0 L * *")
    #expect(alone.hasLastDay && alone.days == 0)
    let listed = try CronExpression.read("0 0 1,l,15-16 * *")
    #expect(listed.hasLastDay && UInt64(listed.days) == Self.bits([1, 15, 16]))
  }

  @Test(
    "n#k is the k-th weekday n of a month",
    arguments: [
      ("MON#1", [5]), ("0#1", [0]), ("7#1", [0]), ("sun#5", [4]), ("6#5", [34]), ("FRI#2,FRI#4", [26, 28]),
    ])
  func nthWeekdays(field: String, expected: [Int]) throws {
    let line = try CronExpression.read("0 0 * * \(field)")
    #expect(line.nthWeekdays == Self.bits(expected) && line.weekdays == 0)
  }

  @Test("a plain weekday may stand beside one with a number")
  func mixedWeekdays() throws {
    let line = try CronExpression.read("0 0 * * TUE,FRI#1")
    #expect(line.nthWeekdays == 1 << 25 && line.weekdays == 1 << 2)
  }

  @Test(
    "either day is enough when neither day field begins with a star",
    arguments: [
      ("1,15 * 5", true), ("13 * FRI", true), ("L * MON#1", true), ("1-31 * 0-7", true), ("1,*/2 * 5", true),
      ("* * 5", false), ("1 * *", false), ("*/2 * 5", false), ("1 * */2", false), ("*,1 * 5", false), ("* * *", false),
    ])
  func eitherDay(fields: String, expected: Bool) throws {
    #expect(try CronExpression.read("0 0 \(fields)").fitsEitherDay == expected)
  }

  @Test(
    "a line follows the clock when its second, minute or hour begins with a star",
    arguments: [
      ("* 2 * * *", true), ("*/5 2 * * *", true), ("*,30 2 * * *", true), ("0 * * * *", true), ("0 */2 * * *", true),
      ("* 0 2 * * *", true), ("0 */5 2 * * *", true), ("30 2 * * *", false), ("0-59 0-23 * * *", false),
      ("0,*/5 2 * * *", false), ("0 0 2 * * *", false), ("0 2 */2 * *", false),
    ])
  func followsClock(line: String, expected: Bool) throws {
    #expect(try CronExpression.read(line).followsClock == expected)
  }

  @Test("blanks and tabs separate fields, before and after them too")
  func blanks() throws {
    #expect(try CronExpression.read(" \t5\t4  * *\t \tsun ") == (try CronExpression.read("5 4 * * 0")))
  }

  @Test("a line with every value written out is short enough")
  func longLine() throws {
    func all(_ range: ClosedRange<Int>) -> String { range.map(String.init).joined(separator: ",") }
    let line = "\(all(0...59)) \(all(0...59)) \(all(0...23)) \(all(1...31)) \(all(1...12)) \(all(0...7))"
    #expect(line.utf8.count < CronExpression.longestText)
    #expect(try CronExpression.read(line).minutes == Self.bits(0...59))
  }

  @Test(
    "an @name is the line that crontab(5) says, with its stars",
    arguments: [
      ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 1 *"), ("@monthly", "0 0 1 * *"), ("@weekly", "0 0 * * 0"),
      ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"), ("@hourly", "0 * * * *"), (" @daily\t", "0 0 * * *"),
      ("*/5 * * * *", "*/5 * * * *"), ("30 */5 * * * *", "30 */5 * * * *"),
    ])
  func names(text: String, meant: String) throws {
    #expect(try CronLine.read(text) == .expression(try CronExpression.read(meant)))
  }

  @Test("@reboot is no time")
  func reboot() throws {
    #expect(try CronLine.read("@reboot") == .reboot)
  }
}
