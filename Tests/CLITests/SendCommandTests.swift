@testable import CLI
import Jobs
@testable import Operations
import Platform
import Spool
import Testing

@Suite struct SendCommandTests {
  private let bobbin: Called
  init() throws { bobbin = try Called() }

  private func input() throws -> [String] {
    try bobbin.folders[.ipc].folder("g").folder("input").names().sorted()
  }

  /// A runner, as far as its lock tells.
  private func runner() throws -> Folder {
    let lock = try Folder(path: bobbin.path)
    try lock.descriptor.lockExclusively()
    return lock
  }

  @Test("a message to a running job goes to its group, and its id is printed")
  func job() throws {
    let lock = try runner()
    try bobbin.put("g.json", #"{"agent":{"run":"x"}}"#, in: .groups)
    try bobbin.put("j.json", #"{"run":"x","group":"g"}"#, in: .processing)
    let answer = bobbin("send", "j", "please", "hurry", "--from", "ann")
    #expect(answer.code == 0)
    #expect(answer.err.isEmpty)
    let id = answer.out.dropLast()
    #expect(try input() == ["\(id).json"])
    let bytes = try bobbin.folders[.ipc].folder("g").folder("input").open("\(id).json").readAll(limit: 4096)
    let node = try JSONReader.read(bytes)
    #expect(node.member("text")?.value == .string("please hurry"))
    #expect(node.member("from")?.value == .string("ann"))
    // At another time: ids of one moment are told apart by chance, and here that is always the same.
    try bobbin.folders[.ipc].folder("g").folder("input").remove("\(id).json")
    try expectSnapshot(bobbin("send", "j", "-", "--json", input: "a\nb\n").out, "send.json")
    withExtendedLifetime(lock) {}
  }

  @Test("who is not there, does not run, has no agent or no runner is said")
  func notes() throws {
    try bobbin.put("g.json", "{}", in: .groups)
    try bobbin.put("w.json", #"{"run":"x","group":"g"}"#, in: .inbox)
    try bobbin.put("o.json", #"{"run":"x"}"#, in: .processing)
    var text = ""
    for words in [
      ["send", "w", "hi"], ["send", "o", "hi"], ["send", "nobody", "hi"], ["send", "--group", "h", "hi"],
      ["send", "--close", "--group", "g"], ["send", "hi"], ["send"], ["send", "--group", "../g", "hi"],
      ["send", "--group", "g", "--id", "1", "hi"], ["send", "--group", "g", ""], ["send", "--channel", "c", "hi"],
      ["send", "--channel", "c", "--chat", "1", "hi"],
    ] {
      let answer = bobbin.call(words)
      #expect(answer.out.isEmpty)
      text += "$ \(words.joined(separator: " "))\n\(answer.err)= \(answer.code)\n"
    }
    let answer = bobbin("send", "--group", "g", "hi")
    text += "$ send --group g hi\n\(answer.err)= \(answer.code)\n"
    try expectSnapshot(text, "send-notes.txt")
    #expect(try input().count == 1)
  }

  @Test("--close asks once")
  func close() throws {
    let lock = try runner()
    try bobbin.put("g.json", "{}", in: .groups)
    try bobbin.put("j.json", #"{"run":"x","group":"g"}"#, in: .processing)
    #expect(bobbin("send", "--close", "j") == .init(code: 0, out: "", err: ""))
    #expect(try input() == ["_close.json"])
    #expect(
      bobbin("send", "--close", "--group", "g")
        == .init(code: 0, out: "", err: "bobbin: the jobs of the group g were asked to finish before\n"))
    withExtendedLifetime(lock) {}
  }

  @Test("a link in the way is refused")
  func link() throws {
    try bobbin.put("g.json", "{}", in: .groups)
    try bobbin.folders[.ipc].makeLink("g", to: "/tmp")
    let answer = bobbin("send", "--group", "g", "hi")
    #expect(answer.code == 77)
    #expect(answer.out.isEmpty)
  }

  @Test("a message from outside becomes a job, as an adapter drops it; why and show tell its chat")
  func outside() throws {
    try bobbin.folders.root.create("settings.json").write(
      Array(#"{"routes":[{"channel":"chat","group":"g"}]}"#.utf8))
    try bobbin.put("g.json", #"{"agent":{"run":"x"},"trigger":"@Bob"}"#, in: .groups)
    let answer = bobbin("send", "--channel", "chat", "--chat", "4", "--from", "ann", "--id", "m1", "hello")
    #expect(answer.code == 0)
    #expect(answer.err.hasPrefix("bobbin: it has no '@Bob' in it: it is kept for the next one that has"))
    let id = String(answer.out.dropLast())
    let job = try Job.read(Array(bobbin.text("\(id).json", in: .inbox).utf8))
    #expect(job.message?.address == "chat:4")
    #expect(job.message?.id == "m1")
    #expect(
      bobbin("why", id).out.contains(
        "it is a message of the chat chat:4 to the group g; 'bobbin group show g' tells about it"))
    #expect(bobbin("show", id).out.contains("chat       chat:4, of the group g"))
    #expect(bobbin("show", id, "--json").out.contains(#""chat": "chat:4""#))
  }

  @Test("a message that no route leads from is told with its chat")
  func noRoute() throws {
    try bobbin.put("m.json", #"{"message":{"channel":"chat","chat":"4","text":"x"}}"#, in: .errors)
    try bobbin.put(
      JobFile.result("m"),
      String(decoding: JobRecord.ended("m", .refused) { $1.code = "no-route" }.encode(), as: UTF8.self), in: .errors)
    #expect(bobbin("why", "m").out.contains("a message of the chat chat:4, which no route in settings.json leads from"))
    #expect(bobbin("show", "m").out.contains("chat       chat:4, of no group"))
  }

  @Test("ipc tells a group's folder as a tree")
  func tree() throws {
    var tree = RequestTree(group: try GroupName(validating: "helper"))
    func file(_ name: String, _ age: Int64, _ change: (inout RequestTree.File) -> Void = { _ in }) -> RequestTree.File {
      var file = RequestTree.File(name: name, since: Timestamp(seconds: 4_000_000_000 - age), size: 1234)
      change(&file)
      return file
    }
    var jobs = RequestTree.Files()
    jobs.files = [
      file("a\u{1B}.json", 7300) {
        $0.isStale = true
        $0.problem = Refusal(code: .badName, reason: "no id")
      }, file("b.json", 3), file("c.json", 1) { $0.isBeingWritten = true },
    ]
    (jobs.more, jobs.ignored, jobs.stale) = (4, 2, 1)
    tree.waiting = [(.messages, RequestTree.Files()), (.jobs, jobs)]
    tree.processing.files = [file("jobs.x.json", 0)]
    tree.input.files = [file("1.json", 60) { $0.isTaken = true }, file("2.json", 2)]
    tree.answered = [
      .init(name: "d.json", at: Timestamp(seconds: 3_999_999_000), isDone: true),
      .init(
        name: "e.json", at: Timestamp(seconds: 3_999_999_990), isDone: false, code: "not-permitted", reason: "no\u{1B}"),
    ]
    tree.swept = 3
    let lines = RequestTreeText.lines(tree, now: Called.now, colour: false)
    try expectSnapshot(lines.joined(separator: "\n") + "\n", "ipc.txt")
    try expectSnapshot(
      String(decoding: JSONText.array([tree]) { $1.requests($0) }, as: UTF8.self), "ipc.json")
  }

  @Test("ipc reads what lies there, of all groups or of one")
  func ipc() throws {
    #expect(bobbin("ipc") == .init(code: 0, out: "", err: "bobbin: no group has asked for anything\n"))
    #expect(bobbin("ipc", "g").code == 1)
    try bobbin.folders[.ipc].makeFolder("g")
    #expect(bobbin("ipc", "g").out == "ipc/g/\n  nothing\n")
    let own = try bobbin.folders[.ipc].folder("g")
    try own.makeFolder("jobs")
    try own.folder("jobs").create("a.json").write(Array("{}".utf8))
    let answer = bobbin("ipc")
    #expect(answer.out.contains("a.json"))
    #expect(answer.out.contains("[missing-key]"))
    #expect(answer.err.contains("no runner runs"))
    try bobbin.folders[.ipc].makeLink("l", to: "/tmp")
    #expect(bobbin("ipc", "l").out == "ipc/l/\n  it is a symbolic link: nobody goes by it\n")
  }
}
