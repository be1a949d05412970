import Jobs
import Platform
import Spool
import TestSupport
import Testing

@Suite("What a container writes in place of requests leads nowhere", .timeLimit(.minutes(60)))
struct RequestAttackTests {
  /// A shell line in `ipc/g/messages`, the id that is answered, and the code.
  private static let oddities: [(make: String, id: String?, code: String?)] = [
    ("ln -s /etc/passwd a.json", "a", "not-a-file"), ("ln -s good a.json", "a", "not-a-file"),
    ("ln -s nowhere a.json", "a", "not-a-file"), ("ln -s a.json a.json", "a", "not-a-file"),
    ("mkfifo a.json", "a", "not-a-file"), ("mkdir -p a.json/b/c && echo x > a.json/b/c/d", "a", "not-a-file"),
    ("cp good a.json && ln a.json ../../../second", "a", "not-a-file"),
    ("mkdir a.json && chmod 000 a.json", "a", "not-a-file"),
    ("ln -s /dev/zero a.json", "a", "not-a-file"), ("truncate -s 1G a.json", "a", "too-big"),
    ("head -c 1048577 /dev/zero | tr '\\0' ' ' > a.json", "a", "too-big"), (": > a.json", "a", "empty"),
    ("cp good 'a b.json'", nil, nil), ("cp good \"$(printf 'a\\nb.json')\"", nil, nil),
    ("cp good \"$(printf 'a\\377b.json')\"", nil, nil), ("cp good -- -a.json", nil, nil),
    ("cp good $(printf %0250d 1).json", nil, nil), ("cp good $(printf %065d 1).json", nil, nil),
    ("cp good 'odd~1.json'", nil, nil), ("cp good x.result.json", nil, nil), ("cp good x.run.json", nil, nil),
    ("printf '\\377\\376{' > a.json", "a", "not-utf8"), ("printf '{\"type\": \"message\"' > a.json", "a", "bad-json"),
    ("yes '[' | head -c 500000 > a.json", "a", "too-deep"),
    (
      "printf '{\"type\":\"message\",\"to\":\"ops\",\"text\":\"\",\"id\":\"../../../inbox/x\"}' > a.json", "a",
      "bad-value"
    ),
    ("printf '{\"type\":\"message\",\"to\":\"ops\",\"text\":\"\",\"group\":\"main\"}' > a.json", "a", "unknown-key"),
  ]

  @Test("each is refused, kept in errors/ipc and named to nobody else", arguments: oddities.indices)
  func odd(_ index: Int) throws {
    let (make, id, code) = Self.oddities[index]
    let stage = try RequestStage()
    try stage.spool.replace("good", RequestStage.message)
    let made = stage.spool.shell("cd ipc/g/messages && cp ../../../good ./good && \(make)")
    try #require(made.isSuccess, "\(made.text)")
    try stage.spool.drain()
    if let id { try stage.expect(id, code) } else { #expect(try stage.names("ipc/g/answers") == []) }
    #expect(try stage.folder("ipc/g/messages").names() == ["good"], "\(stage.story)")
    #expect(try stage.names("outbox") == [] && stage.names("inbox") == [])
    #expect(try stage.folder("processing/ipc/g").names() == [])
    let kept = try stage.names("errors/ipc/g")
    #expect(kept.count == 2, "\(kept)")
    if id == nil { #expect(kept.allSatisfy { $0.hasPrefix("refused-") }) }
    #expect(Command.shell("test -s /etc/passwd").isSuccess && stage.spool.has("good"))
    #expect(stage.audit.count == 1)
    // Neither the next runner nor a second look makes anything of it.
    try stage.spool.drain()
    #expect(try stage.names("errors/ipc/g") == kept && stage.audit.count == 1)
  }

  @Test("a socket is no request")
  func socket() throws {
    let stage = try RequestStage()
    let socket = stage.spool.shell(
      "cd ipc/g/messages && python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"a.json\")'")
    try #require(socket.isSuccess)
    try stage.spool.drain()
    try stage.expect("a", "not-a-file")
    try stage.expectNothingUnderWay()
  }

  @Test(
    "a folder of requests that is a link, or a file, is not followed, and keeps no other group waiting",
    arguments: [
      "rm -r ipc/g/messages && ln -s ../../elsewhere ipc/g/messages", "rm -r ipc/g/messages && touch ipc/g/messages",
      "rm -r ipc/g && ln -s ../ipc-elsewhere ipc/g", "rm -r ipc/g && ln -s /tmp ipc/g", "rm -r ipc/g && touch ipc/g",
      "rm -r ipc/g/answers && ln -s ../../elsewhere ipc/g/answers", "rm -r ipc/g/answers && touch ipc/g/answers",
      "rm -r processing/ipc/g; ln -s ../../elsewhere processing/ipc/g",
      "rm -r errors/ipc/g; touch errors/ipc/g", "rm -r done/ipc/g; ln -s ../../elsewhere done/ipc/g",
    ])
  func replaced(_ line: String) throws {
    let stage = try RequestStage(groups: ["g": ["channels": #"["ops"]"#], "a": ["channels": #"["ops"]"#], "z": [:]])
    try stage.spool.write(group: "z", ["channels": #"["ops"]"#])
    stage.spool.shell("mkdir -p elsewhere ipc-elsewhere/messages")
    for folder in ["elsewhere", "ipc-elsewhere/messages"] {
      try stage.spool.replace("\(folder)/evil.json", RequestStage.message)
    }
    stage.spool.shell(line)
    for group in ["a", "z"] { try stage.ask("messages/m", RequestStage.message, by: group) }
    let runner = try stage.spool.start()
    for group in ["a", "z"] { #expect(try stage.answered("m", to: group).isOK) }
    try stage.ask("messages/n", RequestStage.message, by: "z")
    #expect(try stage.answered("n", to: "z").isOK)
    runner.kill()
    #expect(try stage.folder("elsewhere").names() == ["evil.json"])
    #expect(try stage.folder("ipc-elsewhere/messages").names() == ["evil.json"])
    #expect(try stage.names("outbox") == ["a.m.json", "z.m.json", "z.n.json"])
  }

  /// Rewrites its file in place, again and again, between something harmless and something that is not; never stops.
  private static let rewriter = """
    import os, sys
    good = b'{"type":"job","job":{"run":"echo good   "}}'
    evil = b'{"type":"job","job":{"runtime":"process"}}'
    os.makedirs("keep", exist_ok=True)
    fd = os.open("keep/file", os.O_RDWR | os.O_CREAT, 0o600)
    os.write(fd, good)
    n = 0
    kept = []
    while True:
      n += 1
      os.pwrite(fd, evil if n % 2 else good, 0)
      os.ftruncate(fd, len(evil if n % 2 else good))
      if n % 5 == 0:
        os.replace("keep/file", "ipc/g/jobs/r%d.json" % (n % 2000))
        kept.append(fd)
        if len(kept) > 50: os.close(kept.pop(0))
        fd = os.open("keep/file", os.O_RDWR | os.O_CREAT, 0o600)
      for old in kept[-10:]: os.pwrite(old, evil if n % 3 else good, 0)
    """

  @Test("of a file that is held open and rewritten the bytes count that were read, and they are what was judged")
  func rewritten() throws {
    let stage = try RequestStage(groups: ["g": ["requests": #"{"perMinute": 100000, "waiting": 100000}"#], "h": [:]])
    try stage.spool.write(["quiet": "0"])
    let runner = try stage.spool.start()
    var program = Program(
      paths: ["/usr/bin/env"], arguments: ["env", "python3", "-c", Self.rewriter],
      environment: ["PATH=\(Machine.environment("PATH") ?? "/usr/bin:/bin")"])
    program.folder = .path(stage.spool.path)
    let writer = try RunnerProcess(program, output: stage.spool.place.path + "/writer.txt")
    _ = try eventually { try stage.names("inbox").count > 100 || !writer.isAlive }
    #expect(try stage.names("inbox").count > 100, "\(writer.text)")
    // Others are served meanwhile.
    try stage.ask("jobs/x", RequestStage.job, by: "h")
    #expect(try stage.answered("x", to: "h").isOK)
    writer.kill()
    runner.kill()
    stage.spool.shell("rm -rf ipc/g/jobs/* keep")
    for name in try stage.names("inbox") {
      let job = try Job.read(Array(stage.spool.text("inbox/\(name)").utf8))
      #expect(job.origin == "ipc" && job.chosenRuntime != .process, "\(name)")
    }
    try stage.spool.drain()
  }

  @Test(
    "what is filed away is the host's own, with the bytes that were read, whoever holds the file open that was written")
  func kept() throws {
    let stage = try RequestStage()
    let jobs = try stage.folder("ipc/g/jobs")
    let file = try jobs.create(".x.new")
    try file.write(Array(RequestStage.job.utf8))
    try jobs.replace("x.json", with: ".x.new")
    let written = try file.status()
    try stage.spool.write(["quiet": "\"1ms\""])
    try stage.spool.drain()
    try stage.expect("x", nil)
    let before = try stage.spool.text("inbox/g.x.json")
    let filed = try #require(try stage.folder("done/ipc/g").status("x.json"))
    #expect(filed.inode != written.inode && filed.linkCount == 1 && filed.mode == 0o600)
    // Written over in place: then a request with the same bytes was another, and one with these was done already.
    let evil = #"{"type": "job", "job": {"run": "id"}}    "#
    try file.write(Array(evil.utf8))
    #expect(try stage.spool.text("done/ipc/g/x.json") == RequestStage.job)
    stage.spool.shell("rm ipc/g/answers/x.json")
    try stage.ask("jobs/x", RequestStage.job)
    try stage.spool.drain()
    try stage.expect("x", nil)
    #expect(try stage.spool.text("inbox/g.x.json") == before && stage.names("inbox") == ["g.x.json"])
    try stage.expectNothingUnderWay()
  }

  @Test("a copy that a crash left beside what it is a copy of is cleared up")
  func leftCopy() throws {
    let stage = try RequestStage()
    stage.spool.shell("mkdir -p processing/ipc/g")
    try stage.spool.replace("processing/ipc/g/jobs.x.json", RequestStage.job)
    try stage.spool.replace("processing/ipc/g/.jobs.x.json.new", "{")
    try stage.spool.replace("processing/ipc/g/.jobs.y.json.new", "{")
    try stage.spool.drain()
    try stage.expect("x", nil)
    #expect(try stage.spool.text("done/ipc/g/x.json") == RequestStage.job)
    try stage.expectNothingUnderWay()
  }

  @Test("half-written: held open it is left, whole it is taken, and left alone it is refused")
  func halfWritten() throws {
    let stage = try RequestStage()
    let half = String(RequestStage.message.dropLast(4))
    let runner = try stage.spool.start()
    let file = try stage.folder("ipc/g/messages").create("open.json")
    try file.write(Array(half.utf8))
    try stage.ask("messages/half", half)
    #expect(try stage.answered("half").code == "bad-json")
    for number in 1...3 {
      try stage.ask("messages/m\(number)", RequestStage.message)
      #expect(try stage.answered("m\(number)").isOK)
    }
    #expect(stage.answer("open") == nil && stage.spool.has("ipc/g/messages/open.json"))
    try file.write(Array(RequestStage.message.suffix(4).utf8))
    // Whole, and open still: after a while without change it counts.
    #expect(try stage.answered("open").isOK)
    runner.kill()
    try stage.expectNothingUnderWay()
  }

  /// Paths of a message's files, the shell line in `groups/g` that makes them, and the code; nil: it is sent.
  private static let files: [(paths: String, make: String, code: String?)] = [
    (#"["/etc/passwd"]"#, "true", "bad-value"), (#"["../../settings.json"]"#, "true", "bad-value"),
    (#"["a/../../../settings.json"]"#, "mkdir a", "bad-value"), (#"["a"]"#, "ln -s /etc/passwd a", "not-a-file"),
    (#"["a"]"#, "ln -s b a; echo x > b", "not-a-file"), (#"["d/passwd"]"#, "ln -s /etc d", "file-missing"),
    (#"["d/e/f"]"#, "mkdir d; echo x > f; ln -s .. d/e", "file-missing"), (#"["a"]"#, "mkfifo a", "not-a-file"),
    (#"["a"]"#, "mkdir a", "not-a-file"), (#"["a"]"#, "true", "file-missing"),
    (#"["a/b"]"#, "echo x > a", "file-missing"),
    (#"["a"]"#, "truncate -s 2M a", "too-big"), (#"["a", "b"]"#, "head -c 600K /dev/zero | tee a > b", "too-big"),
    (#"["a", "missing"]"#, "echo x > a", "file-missing"),
    (#"["a", "d/a", "a"]"#, "mkdir d; echo 1 > a; echo 2 > d/a", nil),
    (#"["a"]"#, "truncate -s 1M a", nil), (#"["LONG"]"#, "echo x > LONG", nil),
    (#"["a\nb"]"#, "echo x > \"$(printf 'a\\nb')\"", nil),
    (#"["-rf", "*"]"#, "touch -- -rf '*'", nil),
  ]

  @Test(
    "files of a message are regular files below the group's folder, reached without a link", arguments: files.indices)
  func messageFiles(_ index: Int) throws {
    let long = String(repeating: "l", count: 250) + ".txt"
    let (paths, make, code) = Self.files[index]
    let stage = try RequestStage(groups: ["g": ["channels": #"["ops"]"#, "requests": #"{"fileBytes": "1m"}"#]])
    let made = stage.spool.shell("cd groups/g && { \(make.replacing("LONG", with: long)); }")
    try #require(made.isSuccess, "\(made.text)")
    let paths2 = paths.replacing("LONG", with: long)
    try stage.ask("messages/m", #"{"type": "message", "to": "ops:a", "text": "t", "files": \#(paths2)}"#)
    try stage.spool.drain()
    try stage.expect("m", code)
    guard code == nil else {
      #expect(try stage.folder("outbox").names() == [], "nothing is left of it")
      return
    }
    let message = try JSONReader.read(Array(stage.spool.text("outbox/g.m.json").utf8))
    guard case .array(let told)? = message.member("files")?.value else {
      Issue.record("no files")
      return
    }
    let copies = try stage.folder("outbox/g.m.files").names().sorted()
    #expect(copies.count == told.count)
    for case .string(let path) in told.map(\.value) {
      #expect(try #require(try FileSystem.status(path: path)).kind == .file, "\(path)")
      #expect(path.hasPrefix(try FileSystem.realPath(stage.spool.path) + "/outbox/g.m.files/"))
    }
  }

  @Test("a file that grows while it is copied is copied as long as it was")
  func growing() throws {
    let stage = try RequestStage()
    stage.spool.shell("head -c 2000000 /dev/zero > groups/g/a")
    let grower = try RunnerProcess(
      Program(
        paths: ["/bin/sh"], arguments: ["sh", "-c", "while :; do echo more >> '\(stage.spool.path)/groups/g/a'; done"],
        environment: []), output: stage.spool.place.path + "/grower.txt")
    for number in 1...5 {
      try stage.ask("messages/m\(number)", #"{"type": "message", "to": "ops:a", "text": "t", "files": ["a"]}"#)
    }
    try stage.spool.drain()
    #expect(grower.isAlive)
    grower.kill()
    let most = try #require(try stage.folder("groups/g").status("a")).size
    for number in 1...5 {
      try stage.expect("m\(number)", nil)
      let size = try #require(try stage.folder("outbox/g.m\(number).files").status("1-a")).size
      #expect(size >= 2_000_000 && size <= most)
    }
  }

  @Test(
    "where jobs are the runner's own user they cannot shut it out of their folders, nor others by it",
    .enabled(if: Need.otherUser, "\(Need.otherUserSays)"))
  func closedFolders() throws {
    let stage = try AttackedSpool(user: 1234)
    for group in ["a", "g", "z"] {
      stage.spool.shell(
        "mkdir -p ipc/\(group)/messages ipc/\(group)/tasks ipc/\(group)/jobs ipc/\(group)/answers groups/\(group)")
      try stage.spool.write(group: group, ["channels": #"["ops"]"#])
    }
    func put(_ line: String) { stage.spool.shell("printf '%s' '\(RequestStage.message)' > m && \(line); rm -f m") }
    put("cp m ipc/g/messages/m.json")
    put("cp m ipc/g/messages/odd.json; chmod 000 ipc/g/messages/odd.json")
    put("cp m ipc/z/messages/m.json")
    stage.spool.shell(
      "mkdir -p ipc/g/messages/d.json/e; chown -R 1234:1234 ipc groups; chmod 000 ipc/g/messages/d.json")
    stage.spool.shell(
      "touch paused; chown 1234 paused; chmod 000 ipc/g/messages ipc/g/tasks ipc/a/jobs; chmod 500 ipc/z/messages")
    #expect(try stage.start(drain: true).end() == .exited(0))
    func answer(_ group: String, _ id: String) -> String? {
      (try? stage.spool.text("ipc/\(group)/answers/\(id).json")).flatMap { RequestStage.Answer($0) }.map {
        $0.code ?? "ok"
      }
    }
    #expect(answer("g", "m") == "ok" && answer("z", "m") == "ok")
    #expect(answer("g", "odd") == "unreadable" && answer("g", "d") == "not-a-file")
    #expect(stage.spool.logged("scan-failed") == 0 && stage.spool.logged("look-failed") == 0, "\(stage.spool.log)")
  }
}
