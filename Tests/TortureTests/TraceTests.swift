import Testing

@testable import Torture

/// What strace writes, read as what was done.
@Suite struct TraceTests {
  private static let head = """
    7 mkdirat(AT_FDCWD</>, "/g/spool", 0700) = 0
    7 mkdirat(3</g/spool>, "inbox", 0700)     = 0
    7 openat(AT_FDCWD</>, "/bobbin-torture-mark/begin", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)

    """

  private func read(_ text: String) throws -> Recording {
    try Recording(trace: Array((Self.head + text).utf8), ground: "/g")
  }

  private func end(_ recording: Recording) -> Volume {
    var frontier = Frontier(recording.start, .posix)
    for event in recording.events { frontier.take(event) }
    return frontier.live
  }

  @Test("files are made, written to, renamed and removed as the calls say")
  func calls() throws {
    let volume = end(
      try read(
        """
        8 openat(4</g/spool/inbox>, ".x.new", O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC, 0600) = 9</g/spool/inbox/.x.new>
        8 write(9</g/spool/inbox/.x.new>, "a\\n\\"b\\"\\0\\3779", 8) = 8
        8 renameat2(4</g/spool/inbox>, ".x.new", 4</g/spool/inbox>, "x.json", RENAME_NOREPLACE) = 0
        8 write(9</g/spool/inbox/x.json>, "more"..., 4) = 4
        8 utimensat(4</g/spool/inbox>, "x.json", [UTIME_OMIT, {tv_sec=5, tv_nsec=7} /* 1970-01-01T00:00:05+0000 */], AT_SYMLINK_NOFOLLOW) = 0
        8 openat(4</g/spool/inbox>, "y", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 10</g/spool/inbox/y>
        8 unlinkat(4</g/spool/inbox>, "y", 0)     = 0
        8 unlinkat(4</g/spool/inbox>, "z", 0)     = -1 ENOENT (No such file or directory)
        8 openat(AT_FDCWD</elsewhere>, "y", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 10</elsewhere/y>
        8 openat(5</g/spool/logs>, "bobbin.log", O_WRONLY|O_CREAT|O_APPEND, 0600) = 10</g/spool/logs/bobbin.log>

        """))
    let inbox = try #require(volume.find("spool/inbox"))
    #expect(volume.names(in: inbox).keys.sorted() == ["x.json"])
    #expect(
      volume.content("spool/inbox/x.json")?.bytes == Array("a\n\"b\"\0".utf8) + [255] + Array("9more".utf8).prefix(5))
    let file = try #require(volume.find("spool/inbox/x.json"))
    #expect(volume.nodes[file]?.modified == 5_000_000_007)
  }

  @Test("a sync covers what had returned before it began")
  func overlap() throws {
    let recording = try read(
      """
      8 openat(4</g/spool/inbox>, "x", O_RDWR|O_CREAT|O_EXCL, 0600) = 9</g/spool/inbox/x>
      8 write(9</g/spool/inbox/x>, "1", 1)      = 1
      9 fdatasync(9</g/spool/inbox/x> <unfinished ...>
      8 write(9</g/spool/inbox/x>, "2", 1)      = 1
      9 <... fdatasync resumed>)                = 0

      """)
    guard case .sync(.file(_, false), let began)? = recording.events.last else {
      Issue.record("no sync at the end")
      return
    }
    #expect(began == 2 && recording.events.count == 4)
  }

  private static let made = """
    8 openat(4</g/spool/inbox>, "x", O_RDWR|O_CREAT|O_EXCL, 0600) = 9</g/spool/inbox/x>
    8 write(9</g/spool/inbox/x>, "1", 1)      = 1

    """

  @Test(
    "of a call whose end nobody told, what came later says whether it was done",
    arguments: [
      // Killed in a rename that was done, and in one that was not.
      (
        #"8 renameat2(4</g/spool/inbox>, "x", 4</g/spool/inbox>, "y", RENAME_NOREPLACE) = ?"#,
        #"9 unlinkat(4</g/spool/inbox>, "y", 0) = 0"#, []
      ),
      (
        #"8 renameat2(4</g/spool/inbox>, "x", 4</g/spool/inbox>, "y", RENAME_NOREPLACE <unfinished ...>"#,
        #"9 fdatasync(7</g/spool/inbox/y>) = 0"#, ["y"]
      ),
      (
        #"8 renameat2(4</g/spool/inbox>, "x", 4</g/spool/inbox>, "y", RENAME_NOREPLACE) = ?"#,
        #"9 write(7</g/spool/inbox/x>, "2", 1) = 1"#, ["x"]
      ),
      // Killed in a removal.
      (
        #"8 unlinkat(4</g/spool/inbox>, "x", 0) = ?"#,
        #"9 openat(4</g/spool/inbox>, "x", O_RDWR|O_CREAT|O_EXCL, 0600) = 9</g/spool/inbox/x>"#, ["x"]
      ),
      (#"8 mkdirat(4</g/spool/inbox>, "d", 0700) = ?"#, #"9 mkdirat(5</g/spool/inbox/d>, "e", 0700) = 0"#, ["d", "x"]),
    ])
  func untold(killed: String, later: String, names: [String]) throws {
    let volume = end(try read(Self.made + killed + "\n8 +++ killed by SIGKILL +++\n" + later + "\n"))
    #expect(volume.names(in: try #require(volume.find("spool/inbox"))).keys.sorted() == names)
  }

  @Test("ends of two calls that overlap may be told in another order than that of the deeds")
  func order() throws {
    let recording = try read(
      Self.made + """
        8 renameat2(4</g/spool/inbox>, "x", 4</g/spool/inbox>, "mine", RENAME_NOREPLACE <unfinished ...>
        9 openat(4</g/spool/inbox>, "x", O_RDWR|O_CREAT|O_EXCL, 0600) = 9</g/spool/inbox/x>
        9 write(9</g/spool/inbox/x>, "2", 1)      = 1
        8 <... renameat2 resumed>)                = 0

        """)
    let volume = end(recording)
    #expect(volume.content("spool/inbox/mine")?.bytes == Array("1".utf8))
    #expect(volume.content("spool/inbox/x")?.bytes == Array("2".utf8))
    #expect(recording.events.count == 5)
  }

  @Test("marks are seen, a failed sync is none")
  func marks() throws {
    let recording = try read(
      """
      8 openat(AT_FDCWD</>, "/bobbin-torture-mark/accepted/3", O_RDONLY) = -1 ENOENT (No such file or directory)
      8 fsync(4</g/spool/inbox>)                = -1 EIO (Input/output error)

      """)
    #expect(recording.events.count == 1)
    if case .mark("accepted/3")? = recording.events.first {} else { Issue.record("no mark") }
  }

  @Test(
    "what does not fit together is an error, and no recording",
    arguments: [
      #"8 renameat(4</g/spool/inbox>, "no", 4</g/spool/inbox>, "x") = 0"#,
      #"8 write(9</g/spool/inbox/no>, "2", 1) = 1"#,
      #"8 renameat(4</elsewhere>, "x", 4</g/spool/inbox>, "x") = 0"#,
      #"8 mkdirat(3</g/spool>, "inbox", 0700) = 0"#,
    ])
  func unexplained(line: String) { #expect(throws: TortureError.self) { try read(line + "\n") } }
}
