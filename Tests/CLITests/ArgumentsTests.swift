@testable import CLI
import Testing

@Suite struct ArgumentsTests {
  @Test(
    "a command line is taken apart",
    arguments: [
      ("submit", "a.json b.json", ["a.json", "b.json"], nil, [:]),
      ("submit", "a.json --group g", ["a.json"], nil, ["--group": ["g"]]),
      ("submit", "--group=g a.json", ["a.json"], nil, ["--group": ["g"]]),
      ("submit", "--env=A=B --env C=D x", ["x"], nil, ["--env": ["A=B", "C=D"]]),
      ("submit", "--name n -- ls --all -l", [], ["ls", "--all", "-l"], ["--name": ["n"]]),
      ("submit", "-", ["-"], nil, [:]),
      ("ls", "done errors --limit 3", ["done", "errors"], nil, ["--limit": ["3"]]),
      ("show", "-- -odd", ["-odd"], nil, [:]),
      ("logs", "-f x", ["x"], nil, ["--follow": [""]]),
      ("logs", "x -h", ["x"], nil, ["--help": [""]]),
      ("pause", "--group g for a while", ["for", "a", "while"], nil, ["--group": ["g"]]),
      ("ls", "--spool /x --json", [], nil, ["--spool": ["/x"], "--json": [""]]),
    ] as [(String, String, [String], [String]?, [String: [String]])])
  func good(name: String, line: String, operands: [String], command: [String]?, options: [String: [String]]) throws {
    let arguments = try Arguments.parse(line.split(separator: " ").map(String.init), for: Command.meant(by: name))
    #expect(arguments.operands == operands)
    #expect(arguments.command == command)
    #expect(arguments.options == options)
  }

  @Test(
    "what is wrong in a command line is told with the nearest right word",
    arguments: [
      ("submit --nme x f", "unknown option '--nme': did you mean '--name'?"),
      ("submit --not-befor x f", "did you mean '--not-before'?"),
      ("submit --prio 3 f", "did you mean '--priority'?"),
      ("submit --name", "--name needs a value: N"),
      ("submit --name a --name b f", "--name is given twice"),
      ("submit --wait=yes f", "--wait takes no value"),
      ("submit", "something is missing"),
      ("submit --", "something is missing"),
      ("submit f -- ls", "give files or '-- COMMAND', not both"),
      ("submit --name n a b", "--name names one job, not several"),
      ("submit --clean a", "--clean belongs to '-- COMMAND'"),
      ("submit --priority 101 f", "--priority takes a whole number from -100 to 100: '101' is none"),
      ("submit --timeout 5x f", "--timeout takes a duration"),
      ("submit --timeout 0 f", "longer than 0"),
      ("submit --not-before tomorrow f", "--not-before takes a time"),
      ("submit --env A f", "--env takes NAME=VALUE"),
      ("submit --group ../x f", "is not a group name"),
      ("submit --name a/b f", "--name: the name 'a/b' has a '/'"),
      ("ls errrs", "'errrs' is no state: did you mean 'errors'?"),
      ("ls --limit -1", "--limit takes a whole number from 0"),
      ("ls --limit 3 --all", "--limit and --all exclude each other"),
      ("wait", "which jobs?"),
      ("wait a --all", "ids and --all exclude each other"),
      ("cancel a --group g", "ids and --group exclude each other"),
      ("show - -", "can be read once only"),
      ("status now", "one word too many: 'now'"),
      ("run --until 2026-11-20T00:00:00Z", "--until belongs to --drain"),
      ("run --slots 0", "--slots takes a whole number from 1 to 1024"),
      ("run --scan-interval 1ms", "--scan-interval takes 50ms to 1h"),
      ("lst", "unknown command 'lst': did you mean 'bobbin ls'?"),
      ("sub", "did you mean 'bobbin submit'?"),
      ("zzz", "expected one of init, run"),
      ("--spol x ls", "did you mean '--spool'?"),
      ("ls --\u{1b}[31m", "unknown option '--\\u{1b}[31m'"),
    ])
  func bad(line: String, says: String) throws {
    let called = try Called()
    let words = line.split(separator: " ").map(String.init)
    let answer = called.call(words)
    #expect(answer.code == 64)
    #expect(answer.out.isEmpty)
    #expect(answer.err.contains(says), "\(answer.err)")
  }

  @Test("the spool is what --spool says, else BOBBIN_SPOOL, else ./spool")
  func spool() throws {
    let called = try Called()
    #expect(called("status").code == 0)
    #expect(called("status", "--spool", "/no/where").err.contains("there is no spool at /no/where"))
    #expect(called("--spool", "/no/where", "status").code == 74)
    #expect(called("status", environment: ["BOBBIN_SPOOL": "/nor/here"]).err.contains("there is no spool at /nor/here"))
    // Whether there is one in ./spool depends on where the tests run; that it is looked for there does not.
    let answer = called("status", environment: ["BOBBIN_SPOOL": ""])
    #expect(answer.code == 0 || answer.err.contains("there is no spool at spool\n"))
  }

  @Test("every command has help with an example, and no line is longer than 120")
  func help() throws {
    let called = try Called()
    for command in Command.all {
      let answer = called(command.name, "--help")
      #expect(answer.code == 0)
      #expect(answer.out.contains("Example"))
      #expect(answer == called("help", command.name))
      #expect(answer.out.split(separator: "\n").allSatisfy { $0.count <= 120 }, "\(command.name)")
      try expectSnapshot(answer.out, "help-\(command.name.replacing(" ", with: "-")).txt")
    }
    try expectSnapshot(called("help").out, "help.txt")
    #expect(called().code == 64)
    #expect(called("--version").out == "bobbin \(Version.text)\n")
  }
}
