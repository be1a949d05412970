import Jobs
import Platform
import TestSupport
import Testing

/// Secrets and mounts as an ordinary user meets them, who is not trusted with everything as root is.
@Suite(.timeLimit(.minutes(60)), .enabled(if: Need.otherUser, "\(Need.otherUserSays)")) struct OrdinaryUserTests {
  private let place: TemporaryFolder

  init() throws {
    place = try TemporaryFolder()
    // The program where that user can read it, and a home of theirs.
    let made = Command.shell(
      """
      cd '\(place.path)' && chmod 711 . && cp '\(BobbinProgram.path)' bobbin && chmod 755 bobbin && mkdir -m 700 home &&
      chown 65534:65534 home
      """)
    try #require(made.isSuccess, "\(made.text)")
    let started = shell(
      """
      umask 077; mkdir -p .config/bobbin/secrets srv/data; echo hunter22 > .config/bobbin/secrets/TOKEN
      ../bobbin init spool && echo '{"secrets": ["TOKEN"], "minFree": 0, "scanInterval": "50ms"}' > spool/settings.json
      echo '{"roots": [{"path": "\(place.path)/home/srv"}, {"path": "/usr"}]}' > .config/bobbin/mounts.json
      """)
    try #require(started.isSuccess, "\(started.text)")
  }

  /// A line as that user, in their home.
  private func shell(_ line: String) -> Command {
    Command.run(
      Program(
        paths: ["/usr/bin/setpriv", "/bin/setpriv"],
        arguments: [
          "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c",
          "cd '\(place.path)/home' && { \(line)\n}",
        ],
        environment: [
          "PATH=/usr/bin:/bin", "XDG_CONFIG_HOME=\(place.path)/home/.config", "SWIFT_BACKTRACE=enable=no",
        ]))
  }

  private func result() throws -> JobRecord {
    let text = shell("cat spool/*/x.result.json").output
    return try JobRecord.decode(text)
  }

  @Test("a record that cannot be read now is not taken for none: its job neither starts anew nor is forgotten")
  func unreadable() throws {
    let told = shell(
      """
      echo '{"rerun": false, "run": "echo run >> \(place.path)/home/ran; sleep 100"}' > spool/inbox/x.json
      echo '{"run": "exit 3", "retry": 1}' > spool/inbox/y.json
      ../bobbin run --spool spool & P=$!
      until [ -e ran ] && [ -e spool/errors/y.json ]; do sleep 0.01; done
      kill -9 $P; chmod 0 spool/processing/x.run.json spool/errors/y.result.json
      mv spool/errors/y.json spool/inbox/
      ../bobbin run --spool spool & P=$!
      until [ $(grep -c -e recovery-failed -e claim-failed spool/logs/bobbin.log) -ge 2 ]; do sleep 0.01; done
      echo '{"run": "sleep 1"}' > spool/inbox/z.json
      # What this runner runs itself is let alone, though it looks for earlier runs at each scan.
      until [ -e spool/done/z.json ]; do sleep 0.01; done; grep -c '"number"' spool/done/z.result.json
      ls spool/inbox spool/processing | grep -E '^(x|y)[.]'
      chmod 600 spool/processing/x.run.json spool/errors/y.result.json
      until [ -e spool/errors/x.json ] && [ -e spool/errors/y.json ]; do sleep 0.01; done
      kill $P; wait; cat ran; grep -h -e '"status"' spool/errors/x.result.json | tail -1 | tr -d ' ,'; grep -c '"number"' spool/errors/y.result.json
      """)
    #expect(told.text == "1\ny.json\nx.json\nx.run.json\nrun\n\"status\":\"interrupted\"\n2\n", "\(told.text)")
  }

  @Test(
    "the files of a job that closes its folders to its own user are kept, cleaned away, and nothing stays behind",
    arguments: ["process", "sandbox"], ["000", "400", "500"])
  func closed(runtime: String, mode: String) throws {
    if runtime == "sandbox", !Need.sandbox { return }
    let beside =
      runtime == "sandbox"
      ? "mkdir /bobbin/out/result; chmod \(mode) /bobbin/out/result /bobbin/out"
      : "mkdir -p $BOBBIN_RESULT/d; chmod \(mode) $BOBBIN_RESULT .."
    let line = "mkdir -p a/b/c; echo x > a/b/c/f; chmod \(mode) a/b/c a/b a .; \(beside); exit 1"
    let job = "{\"runtime\": \"\(runtime)\", \"retry\": {\"attempts\": 2, \"delay\": 0}, \"run\": \"\(line)\"}"
    let ran = shell(
      """
      mkdir -p spool/processing/old.files/a; chmod \(mode) spool/processing/old.files/a spool/processing/old.files
      echo '\(job)' > spool/inbox/x.json; ../bobbin run --spool spool --drain
      """)
    let record = try result()
    #expect(record.files == "x.files" && record.attemptsTotal == 2, "\(ran.text)")
    #expect(shell("cd spool/errors/x.files && chmod 700 a a/b a/b/c && cat a/b/c/f").text == "x\n")
    #expect(shell("cd spool/processing && ls -A . .scratch | grep -E 'files|[0-9]|gone'").text == "")
    _ = shell(
      "chmod \(mode) spool/errors/x.files/a/b spool/errors/x.files/a spool/errors/x.files; echo '{\"minFree\": 0, \"retention\": {\"errors\": {\"count\": 0}}}' > spool/settings.json"
    )
    let cleaned = shell("../bobbin clean --spool spool; ls -A spool/errors")
    #expect(!cleaned.text.contains("x.files"), "\(cleaned.text)")
  }

  @Test("a secret of theirs is given and redacted; one of root's, or that others may read, is not")
  func secrets() throws {
    let job = #"{"secrets": ["TOKEN"], "run": "echo $TOKEN"}"#
    func run() throws -> JobRecord {
      let ran = shell("rm -f spool/*/x.*; echo '\(job)' > spool/inbox/x.json; ../bobbin run --spool spool --drain")
      guard case .exited? = Optional(ran.end) else { throw SystemError(call: "run", code: 1) }
      return try result()
    }
    #expect(try run().stdout?.text == "[redacted TOKEN]\n")
    _ = shell("chmod 640 .config/bobbin/secrets/TOKEN")
    #expect(try run().outcome?.code == "secret-unsafe")
    _ = shell("chmod 600 .config/bobbin/secrets/TOKEN")
    Command.shell("chown 0 '\(place.path)/home/.config/bobbin/secrets/TOKEN'")
    #expect(try run().outcome?.code == "secret-unsafe")
  }

  @Test(
    "their folders and root's are mounted, another's are not",
    arguments: [
      ("home/srv/data", nil, "true"), ("/usr/share", nil, "true"),
      ("home/srv/data", "mount-unsafe", "chown 1 home/srv/data"), ("home/srv/data", "mount-unsafe", "chown 1 home/srv"),
      ("home/srv/data", "mount-unsafe", "chmod 777 home/srv"),
      ("home/srv/data", "mount-missing", "chmod 0 home/srv; chown 0 home/srv"),
      ("home/srv/data", "mount-list-unusable", "chown 1 home/.config/bobbin/mounts.json"),
    ] as [(String, String?, String)])
  func mounts(source: String, code: String?, change: String) throws {
    let host = source.hasPrefix("/") ? source : place.path + "/" + source
    try place.write("job.json", #"{"run": "true", "mounts": [{"host": "\#(host)", "container": "/m"}]}"#)
    Command.shell("cd '\(place.path)' && chmod 644 job.json && \(change)")
    let said = shell("../bobbin mounts --spool spool --json ../job.json")
    let verdict = try JSONReader.read(said.output)
    guard case .array(let rows) = verdict.value, let row = rows.first else {
      Issue.record("\(said.text)")
      return
    }
    #expect(row.member("code")?.value == code.map { .string($0) })
    #expect(said.end == .exited(code == nil ? 0 : 1))
  }
}
