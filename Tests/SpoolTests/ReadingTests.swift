import Jobs
import Platform
import TestSupport
import Testing

@testable import Spool

@Suite(.timeLimit(.minutes(60))) struct ReadingTests {
  private let stage: Stage
  private let reader = DropReader(maxBytes: 1000)
  init() throws { stage = try Stage() }

  private static func name(_ reading: DropReading<Job>) -> String {
    switch reading {
    case .ready: "ready"
    case .refused(let refusal): refusal.code.rawValue
    case .beingWritten: "being written"
    case .unsettled: "unsettled"
    case .gone: "gone"
    }
  }

  private func look(_ name: String = "x.json", isQuiet: Bool = false) throws -> String {
    Self.name(try reader.look(at: Array(name.utf8), in: stage.folders[.inbox], isQuiet: isQuiet).reading)
  }

  /// What is claimed, refused or left, by content, writer (nil: cannot be asked) and quiet.
  @Test(
    "what becomes of a drop follows from its content, who has it open, and how long it was quiet",
    arguments: [
      // content, writer: yes / no / unknown, each restless then quiet
      (nil, ["unsettled", "ready", "ready", "ready", "unsettled", "ready"]),
      (.badJSON, ["being written", "being written", "unsettled", "bad-json", "unsettled", "bad-json"]),
      (.empty, ["being written", "being written", "unsettled", "empty", "unsettled", "empty"]),
      (.notUTF8, ["being written", "being written", "unsettled", "not-utf8", "unsettled", "not-utf8"]),
      (.tooBig, ["being written", "being written", "too-big", "too-big", "too-big", "too-big"]),
      (.unknownKey, ["unsettled", "unknown-key", "unknown-key", "unknown-key", "unsettled", "unknown-key"]),
      (.duplicateKey, ["unsettled", "duplicate-key", "duplicate-key", "duplicate-key", "unsettled", "duplicate-key"]),
    ] as [(RefusalCode?, [String])])
  func judge(code: RefusalCode?, expected: [String]) throws {
    let content: Result<Job, Refusal> =
      code.map { .failure(Refusal(code: $0, reason: "")) } ?? .success(Job(run: .shell("true")))
    var found: [String] = []
    for writer in [true, false, nil] {
      for quiet in [false, true] {
        found.append(Self.name(DropReader.judge(content, hasWriter: writer, isQuiet: quiet)))
      }
    }
    #expect(found == expected)
  }

  @Test("a whole file that nobody writes is ready at once")
  func ready() throws {
    try stage.write("x.json", #"{"run": "true"}"#, in: .inbox)
    // A child that another test starts may have it open until its exec.
    #expect(try eventually { try look() == "ready" })
  }

  @Test("while a writer has it open an incomplete file is left, a whole one waits for quiet")
  func writer() throws {
    let file = try stage.write("x.json", #"{"run": "tr"#, in: .inbox)
    #expect(try look() == "being written" && look(isQuiet: true) == "being written")
    try file.write(Array(#"ue"}"#.utf8))
    #expect(try look() == "unsettled" && look(isQuiet: true) == "ready")
    withExtendedLifetime(file) {}
  }

  @Test(
    "what is no regular file is refused without being opened",
    arguments: ["mkfifo x.json", "mkdir x.json", "ln -s /dev/zero x.json", "ln -s x.json x.json", "mknod x.json p"])
  func notAFile(line: String) throws {
    Command.shell("cd '\(stage.path)/inbox' && \(line)")
    #expect(try look() == "not-a-file")
    Command.shell("mv '\(stage.path)/inbox/x.json' '\(stage.path)/processing/x.json'")
    guard case .failure(let refusal) = try reader.readClaimed("x.json", in: stage.folders[.processing]).content else {
      Issue.record("read as a job")
      return
    }
    #expect(refusal.code == .notAFile)
  }

  @Test("a socket is refused", .enabled(if: Need.python, "\(Need.pythonSays)"))
  func socket() throws {
    Command.shell(
      "cd '\(stage.path)/inbox' && python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"x.json\")'")
    #expect(try look() == "not-a-file")
  }

  @Test("a file of exactly the limit is read, one byte more is refused", arguments: [999, 1000, 1001, 100_000])
  func size(size: Int) throws {
    let frame = #"{"run": "true", "x-pad": ""}"#.utf8.count
    try stage.write(
      "x.json", #"{"run": "true", "x-pad": "\#(String(repeating: "p", count: size - frame))"}"#, in: .inbox)
    // A child that another test starts may have it open until its exec.
    #expect(try eventually { try look() == (size <= 1000 ? "ready" : "too-big") })
  }

  @Test(
    "what is only looked at keeps its access time, which else would be written to the disk for each",
    .enabled(if: Self.notesReading, "no access times are kept here"))
  func accessTime() throws {
    try stage.write("x.json", #"{"run": "true"}"#, in: .inbox)
    let time = Command.shell("cd '\(stage.path)/inbox' && touch -a -d 2001-02-03 x.json && stat -c %X x.json").text
    #expect(try eventually { try look() == "ready" })
    _ = try reader.readClaimed("x.json", in: stage.folders[.inbox])
    #expect(Command.shell("stat -c %X '\(stage.path)/inbox/x.json'").text == time)
  }

  /// Whether the file system here notes when a file was read: not if it is mounted with noatime.
  private static let notesReading = Command.shell(
    "f=$(mktemp) && echo x > $f && touch -a -d 2001-02-03 $f && cat $f && time=$(stat -c %x $f); rm $f; "
      + "case $time in 2001*) exit 1 ;; esac"
  ).isSuccess

  @Test("a file that is not there is gone")
  func gone() throws { #expect(try look() == "gone") }

  // MARK: when a folder is listed

  @Test(
    "a folder is listed when its times changed, when they are young, after a doubt, and every 60 s; never more than 2 % of the time"
  )
  func scanPolicy() throws {
    let folder = try stage.folders[.inbox]
    func times(_ modified: Int64) throws -> FileStatus {
      try stage.folders.root.setModified("inbox", to: modified)
      return try folder.descriptor.status()
    }
    let second: Int64 = 1_000_000_000
    let wall = Clock.wall()
    let old = try times(wall - 100 * second)
    var policy = ScanPolicy()
    #expect(policy.shouldList(old, continuous: 0, wall: wall), "never listed")
    policy.listed(old, at: 10 * second, took: second / 10)
    #expect(!policy.shouldList(old, continuous: 10 * second + 1, wall: wall), "just listed")
    let touched = try times(wall - 50 * second)
    #expect(!policy.shouldList(touched, continuous: 14 * second, wall: wall), "it would take more than 2 %")
    #expect(policy.shouldList(touched, continuous: 15 * second, wall: wall), "its times changed")
    policy.listed(touched, at: 15 * second, took: 0)
    #expect(!policy.shouldList(touched, continuous: 16 * second, wall: wall))
    #expect(policy.shouldList(touched, continuous: 75 * second, wall: wall), "60 s are over")
    var doubtful = policy
    doubtful.doubt()
    #expect(doubtful.shouldList(touched, continuous: 16 * second, wall: wall))
    let young = try times(wall - 1_000_000)
    policy.listed(young, at: 80 * second, took: 0)
    #expect(policy.shouldList(young, continuous: 80 * second + 1, wall: wall), "within the clock's grain")
    #expect(
      policy.shouldList(young, continuous: 80 * second + 1, wall: wall - 3600 * second) == false,
      "a clock set back an hour")
    var first = ScanPolicy()
    first.listed(old, at: 0, took: 60 * second)
    #expect(!first.shouldList(touched, continuous: 59 * second, wall: wall))
    #expect(first.shouldList(touched, continuous: 60 * second, wall: wall), "60 s are over")
    // One listing that was held up for a minute, and two.
    policy.listed(old, at: 100 * second, took: 60 * second)
    #expect(policy.shouldList(touched, continuous: 100 * second + 1, wall: wall), "the one before took no time")
    policy.listed(old, at: 200 * second, took: 2 * second)
    #expect(!policy.shouldList(touched, continuous: 299 * second, wall: wall), "both took two seconds at least")
    #expect(policy.shouldList(touched, continuous: 300 * second, wall: wall))
  }
}
