import Jobs
@testable import Operations
import Testing

@Suite struct CrontabReaderTests {
  private func content(_ line: String, hasUsers: Bool = false) throws -> CrontabLine.Content {
    let lines = try CrontabReader(hasUsers: hasUsers).read(Array((line + "\n").utf8))
    #expect(lines.count == 1)
    return try #require(lines.first).content
  }

  @Test(
    "blank lines and comments are nothing",
    arguments: [("", false), (" \t ", false), ("#", true), ("  \t# 0 0 * * * x", true), ("#A=b", true)])
  func nothing(line: String, isComment: Bool) throws {
    #expect(try content(line) == (isComment ? .comment : .blank))
  }

  @Test(
    "a setting has a name and a value, each perhaps in quotes",
    arguments: [
      ("A=b", "A", "b"), ("  A = b c \t", "A", "b c"), ("A='b c '", "A", "b c "), ("A=\" b'c\"  ", "A", " b'c"),
      ("A=", "A", ""), ("A = ", "A", ""), ("A=''", "A", ""), ("\"A B\" = c", "A B", "c"), ("'A'=b", "A", "b"),
      ("A=b=c", "A", "b=c"), ("A=b\"c\"", "A", "b\"c\""), ("A=$HOME/b # no comment", "A", "$HOME/b # no comment"),
      ("0=x", "0", "x"), ("A =\u{e4}", "A", "\u{e4}"), ("@daily=x", "@daily", "x"),
    ])
  func settings(line: String, name: String, value: String) throws {
    #expect(try content(line) == .setting(name: name, value: value))
  }

  @Test(
    "an entry is five fields or a word, and the rest of the line",
    arguments: [
      ("0 2 * * * a b", "0 2 * * *", "a b"), ("\t*/5\t9-17 *  * MON-FRI\t a  b ", "*/5 9-17 * * MON-FRI", "a  b "),
      ("@daily a", "@daily", "a"), ("@reboot\ta=b c", "@reboot", "a=b c"), ("-0 0 * * * a", "0 0 * * *", "a"),
      ("0 0 * * * A=b c", "0 0 * * *", "A=b c"), ("0 0 1,15 jan sun date +\\%F%x", "0 0 1,15 jan sun", "date +\\%F%x"),
      ("0 0 * * * # no comment", "0 0 * * *", "# no comment"), ("~ 0 * * * a", "~ 0 * * *", "a"),
    ])
  func entries(line: String, schedule: String, command: String) throws {
    #expect(try content(line) == .entry(CrontabEntry(schedule: schedule, user: nil, command: command)))
  }

  @Test("in the format of /etc/crontab a user stands before the command")
  func users() throws {
    #expect(
      try content("17 *\t* * *\troot\tcd / && run-parts", hasUsers: true)
        == .entry(CrontabEntry(schedule: "17 * * * *", user: "root", command: "cd / && run-parts")))
    #expect(
      try content("@daily www a", hasUsers: true)
        == .entry(CrontabEntry(schedule: "@daily", user: "www", command: "a")))
    #expect(try content("@daily root", hasUsers: true) == .bad(.noCommand))
  }

  @Test(
    "what is neither is told by its kind",
    arguments: [
      ("A='b", CrontabFault.badSetting(name: "A")), ("A=\"b\" c", .badSetting(name: "A")),
      ("MAILTO = \"me\" # who", .badSetting(name: "MAILTO")), ("hello", .tooShort), ("0 0 * *", .tooShort),
      ("=x", .tooShort), ("''=x", .tooShort), ("0 0 * * *", .noCommand), ("0 0 * * *  ", .noCommand),
      ("@daily", .noCommand), ("-@daily", .noCommand), ("-", .tooShort), ("* * * * * * a", .sixthField),
    ])
  func bad(line: String, fault: CrontabFault) throws {
    #expect(try content(line) == .bad(fault))
  }

  @Test("lines are numbered from 1, and what is at their end is told apart from what is in them")
  func lines() throws {
    let lines = try CrontabReader().read(Array("# a\r\n\n@daily b\r\r\n@daily c".utf8))
    #expect(lines.map(\.number) == [1, 2, 3, 4])
    #expect(lines.map(\.text) == ["# a", "", "@daily b\r", "@daily c"])
    #expect(lines.map(\.hadCarriageReturn) == [true, false, true, false])
    #expect(lines.map(\.isEnded) == [true, true, true, false])
    #expect(try CrontabReader().read([]).isEmpty)
  }

  @Test("what is no text is refused, with its line")
  func refused() throws {
    func refusal(_ bytes: [UInt8]) -> Refusal? {
      do throws(Refusal) { _ = try CrontabReader().read(bytes) } catch { return error }
      return nil
    }
    let nul = refusal(Array("A=b\n@daily \0\n".utf8))
    #expect(nul?.code == .notACrontab && nul?.line == 2)
    #expect(refusal([UInt8](repeating: 0x0A, count: CrontabReader.maxBytes)) == nil)
    #expect(refusal([UInt8](repeating: 0x0A, count: CrontabReader.maxBytes + 1))?.code == .tooBig)
  }

  @Test(
    "the first percent sign ends the command, the others are line breaks, and one behind a backslash is itself",
    arguments: [
      ("a b", "a b", nil), ("date +\\%F", "date +%F", nil), ("a%", "a", nil), ("a%b", "a", "b\n"),
      ("mail joe%Joe,%%Where?%", "mail joe", "Joe,\n\nWhere?\n"), ("a%%", "a", "\n"), ("a%b\\%c%d", "a", "b%c\nd\n"),
      ("a \\n b%\\n", "a \\n b", "\\n\n"), ("a\\\\%b", "a\\\\", "b\n"), ("a%b\\\\%c", "a", "b\\%c\n"),
      ("a\\", "a\\", nil),
      ("%a", "", "a\n"), ("a\\%\\%b%\u{e4}", "a%%b", "\u{e4}\n"),
    ] as [(String, String, String?)])
  func percent(text: String, command: String, input: String?) {
    let split = CrontabInput(text)
    #expect(split.command == command)
    #expect(split.input == input)
    #expect(split.hasDoubledBackslash == command.contains("\\\\"))
  }

  @Test(
    "a task is named for its program, whatever stands before it",
    arguments: [
      ("/usr/local/bin/backup.sh --full", "backup"), ("$HOME/bin/daily.job >> $HOME/tmp/out 2>&1", "daily"),
      ("A=1 B='x y' run-it", "run-it"), ("cd /srv/app && ./manage.py clear", "manage"), ("cd /srv; ./x.rb", "x"),
      ("nice -n 19 ionice -c3 /bin/updatedb", "updatedb"), ("nice -19 a", "a"), ("timeout -k 5 10m curl x", "curl"),
      ("flock -n /var/lock/a /opt/sync.pl", "sync"), ("sudo -u www -- php artisan", "php"),
      ("/usr/bin/env -i A=b c", "c"),
      ("[ -x /usr/lib/php/sessionclean ] && /usr/lib/php/sessionclean", "sessionclean"),
      ("test -x /usr/sbin/anacron || ( cd / && run-parts --report /etc/cron.daily )", "run-parts"),
      ("command -v debian-sa1 > /dev/null && debian-sa1 1 1", "debian-sa1"), ("if true; then a; fi", "a"),
      ("python3.12 x.py", "python3.12"), ("\"/opt/My Tools/fix it.sh\" now", "fix-it"), ("cd /", "cd"),
      ("nice", "nice"),
      ("'un closed", "un-closed"), ("/", "task"), ("\u{e4}\u{f6}", "task"), ("--x", "x"), ("a.run.sh", "a-run"),
      ("", "task"),
      ("(date; ls)", "date"), ("test $(( $(date +%s) % 9 )) = 0 && wax", "wax"), ("$(which a) b", "which-a"),
      (". /etc/profile; a.b.c", "a.b"), ("PATH=/bin", "bin"), ("command -v x >&2 && y", "y"),
      ("<in >out a", "a"), ("~/x_y-z..", "x_y-z"),
    ])
  func names(line: String, name: String) throws {
    #expect(CrontabProgram(of: line).stem == name)
    #expect(throws: Never.self) { try JobID(stem: Array(name.utf8)) }
  }

  @Test("a name leaves room for a number within 100 bytes")
  func longName() {
    #expect(CrontabProgram(of: String(repeating: "x", count: 5000)).stem.utf8.count == 90)
  }

  @Test("a byte that is not UTF-8 is nothing in a comment, and a fault of its line elsewhere")
  func latin1() throws {
    let umlaut: [UInt8] = [0xE4]
    let text = Array("# ".utf8) + umlaut + Array("\nA=".utf8) + umlaut + Array("\n@daily x ".utf8) + umlaut
    let lines = try CrontabReader().read(text + Array("\n@daily a\n".utf8))
    #expect(
      lines.map(\.content) == [
        .comment, .bad(.notUTF8), .bad(.notUTF8), .entry(CrontabEntry(schedule: "@daily", user: nil, command: "a")),
      ])
    #expect(CrontabNote(line: 2, .bad(.notUTF8)).code == "not-utf8" && CrontabNote(line: 2, .bad(.notUTF8)).isLoss)
  }
}
