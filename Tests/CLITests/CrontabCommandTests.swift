@testable import CLI
import Jobs
import Platform
import Spool
import Testing

@Suite struct CrontabCommandTests {
  private let bobbin: Called
  private let user = Machine.userName(Machine.user)
  init() throws { bobbin = try Called() }

  private func call(_ words: String..., input: String = "") -> Called.Answer {
    bobbin.call(["crontab"] + words, input: input, environment: ["HOME": "/home/paul"])
  }

  /// One that has been there for years.
  private static let crontab = """
    # m h dom mon dow   command
    SHELL=/bin/bash
    PATH = "/usr/local/bin:/usr/bin:/bin"
    MAILTO=paul@example.org

    # every night, and a copy on Sundays
    30 2 * * *          $HOME/bin/backup.sh --full >> $HOME/log/backup 2>&1
    0 5 * * sun\tcd /srv/copies && nice -n 19 ./backup.sh --copy
    */5 9-17 * * MON-FRI  timeout 4m curl -fsS https://example.org/ping > /dev/null
    @reboot             /usr/local/bin/agent --background
    0 22 * * 1-5        mail -s "It is 10pm" joe%Joe,%%Where are your kids?%
    33 22 * * *         test $(( $(date +\\%s) / 86400 \\% 9 )) = 0 && echo Wax the floor.
    0 6 * * *           grep -c '\\\\.html' /var/log/access.log
    # what no other program knows
    LOGNAME=root
    BOBBIN_GROUP=cron
    TZ=Europe/Berlin
    LANG='de_DE.UTF-8'
    @daily              report
    CRON_TZ=America/New_York
    RANDOM_DELAY=10
    0 9 1,15 jan,jul *  /opt/pay/run.rb
    1~15 4 * * *        /opt/pay/late.rb
    SHELL="/bin/sh
    * * * * * *         twice
    30 6 * *
    61 6 * * *          /opt/pay/never.rb
    0 0 31 2 *          /opt/pay/leap.rb
    MAILTO=""
    @weekly
    @weekly             find /tmp -delete
    """

  @Test("a crontab of many years, shown")
  func shown() throws {
    let path = try bobbin.file("crontab", Self.crontab)
    let answer = call("--print", path)
    #expect(answer.code == 1)
    try expectSnapshot(answer.out + "--- standard error\n" + answer.err, "crontab-print.txt")
    #expect(try bobbin.names(.tasks).isEmpty)
  }

  @Test("a crontab of many years, written: a line a task, and what is to be said by its line")
  func written() throws {
    let path = try bobbin.file("crontab", Self.crontab + "\n")
    let answer = call(path)
    #expect(answer.code == 1)
    try expectSnapshot(answer.out + "--- standard error\n" + answer.err, "crontab.txt")
    #expect(
      try bobbin.names(.tasks)
        == [
          "agent.json", "backup-2.json", "backup.json", "curl.json", "echo.json", "find.json", "grep.json", "mail.json",
          "report.json", "run.json",
        ])
    let again = call(path)
    #expect(again.code == 1 && again.out == "")
    #expect(again.err.contains("HOME/crontab:7: it is there already, as 'backup' [there-already]\n"))
    #expect(try bobbin.names(.tasks).count == 10)
  }

  @Test("with --json standard output tells both in one object, and the tasks themselves with --print")
  func json() throws {
    let text = "MAILTO=me\n@daily /a\n1~2 * * * * /b\n0 1 * * * c\n"
    for words in [["-", "--json"], ["-", "--json"], ["-", "--json", "--print"]] {
      let answer = bobbin.call(["crontab"] + words, input: text)
      #expect(answer.code == 1)
      #expect(answer.err.split(separator: "\n").count == (words.count == 3 ? 0 : 1))
      let root = try JSONReader.read(Array(answer.out.utf8))
      #expect(root.member("tasks") != nil && root.member("notes") != nil)
    }
    try expectSnapshot(bobbin("crontab", "-", "--json", "--print", input: text).out, "crontab-print.json")
    try expectSnapshot(bobbin("crontab", "-", "--json", input: text + "@daily /d\n").out, "crontab.json")
  }

  @Test("nothing to say is not said but that cron has its own copy")
  func quiet() throws {
    let answer = call("-", input: "0 1 * * * /bin/a b\n")
    let reminder = "comment the lines out with 'crontab -e', or remove them all with 'crontab -r'"
    #expect(
      answer
        == .init(
          code: 0, out: "a  0 1 * * *  /bin/a b\n",
          err: "bobbin: cron still has its own copy and goes on with it: \(reminder)\n"))
    let empty = call("-", input: "# nothing\n")
    #expect(empty == .init(code: 0, out: "", err: "bobbin: no entries there\n"))
  }

  @Test("--output writes into a folder, which is made, and needs no spool")
  func output() throws {
    let folder = bobbin.home + "/some/where"
    let words = ["crontab", "--output", folder, "-", "--spool", "/no/spool"]
    let answer = bobbin.call(words, input: "@daily /a\n", environment: ["HOME": "/root"])
    #expect(answer == .init(code: 0, out: "a  @daily  /a\n", err: ""))
    #expect(try Folder(path: folder).names() == ["a.json"])
    #expect(try bobbin.names(.tasks).isEmpty)
    #expect(bobbin.call(words, input: "@daily /a\n", environment: ["HOME": "/root"]).out == "")
    #expect(try Folder(path: folder).names() == ["a.json"])
  }

  @Test("--system takes the entries of the user who calls it")
  func system() throws {
    let path = try bobbin.file(
      "site", "17 * * * *  \(user)  cd / && run-parts /etc/cron.hourly\n25 6 * * *  nobody-else  /x\n@daily \(user)\n")
    let answer = call("--system", path)
    #expect(answer.code == 1)
    #expect(answer.out == "run-parts  17 * * * *  cd / && run-parts /etc/cron.hourly\n")
    #expect(answer.err.contains("HOME/site:2: left out, it is of the user 'nobody-else'"))
    #expect(answer.err.contains("HOME/site:3: left out, it has no command [no-command]"))
    #expect(answer.err.hasSuffix("comment these entries out in HOME/site\n"))
  }

  @Test(
    "what is no crontab at all ends with 65, and nothing is written",
    arguments: [
      ("{ \"run\": \"x\" }\n", "no crontab: no line of it"), ("@daily a\u{0}b\n", "standard input:1: there is a NUL"),
      ("hello\n", "[too-short]"), (String(repeating: "@daily /a\n", count: 110_000), "[too-big]"),
    ])
  func noCrontab(text: String, says: String) throws {
    let answer = call("-", input: text)
    #expect(answer.code == 65)
    #expect(answer.out == "")
    #expect(answer.err.contains(says), "\(answer.err)")
    #expect(try bobbin.names(.tasks).isEmpty)
  }

  @Test("a line that is not UTF-8 is left out and told, and the others are carried over; in a comment it is nothing")
  func notUTF8() throws {
    let text = Array("# ".utf8) + [0xE9] + Array("\n@daily a ".utf8) + [0xE9] + Array("\n@daily true\n".utf8)
    try Folder(path: bobbin.home).create("latin").write(text)
    let answer = call(bobbin.home + "/latin")
    #expect(answer.code == 1)
    #expect(answer.err.contains("HOME/latin:2: left out, a byte in it is not UTF-8"), "\(answer.err)")
    #expect(!answer.err.contains("latin:1:"), "\(answer.err)")
    #expect(try bobbin.names(.tasks).count == 1)
  }

  @Test("what cannot be read or written, and what does not go together")
  func failures() throws {
    #expect(call("/no/crontab").code == 74)
    #expect(call("-", "--spool", "/no/spool", input: "@daily /a\n").code == 74)
    #expect(call("-", "--print", "--output", "x").code == 64)
    #expect(call().code == 64)
    #expect(call("a", "b").code == 64)
    let path = try bobbin.file("file", "")
    #expect(call("-", "--output", path + "/x", input: "@daily /a\n").code == 74)
  }

  @Test("a line with control characters says nothing to a terminal")
  func controls() throws {
    let answer = call("-", input: "@daily /a \u{1b}[2J\nMAILTO=\u{1b}]0;x\n")
    #expect(!(answer.out + answer.err).contains("\u{1b}"))
    #expect(answer.out == "a  @daily  /a \\u{1b}[2J\n")
  }
}
