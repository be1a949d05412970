import Jobs
import Platform
import Scheduling
import Spool
import TestSupport
import Testing

@testable import Runner

/// The part of a runner that takes requests, turned by hand.
private struct Desk {
  let core: Core
  let clerk: RequestClerk
  let desk: RequestDesk
  private(set) var turns = 0

  init(_ stage: RequestStage) throws {
    core = try Core(RunnerOptions(spool: stage.spool.path))
    let lanes = Lanes(folders: core.folders, log: core.log)
    let room = WaitingRoom(
      after: AfterBook(
        folders: core.folders, writer: core.writer, disk: core.disk, started: core.wall, timeout: { 1 << 40 }),
      keyFiles: KeyFiles(folders: core.folders, writer: core.writer))
    clerk = try RequestClerk(
      core, reader: .ofMachine(),
      settings: { group in
        lanes.lane(of: group, tell: room)
        return lanes.settings(of: group)
      }, notify: {})
    desk = RequestDesk(core, lanes: lanes, room: room, clerk: clerk)
  }

  /// The folders that are there are watched from the scan on.
  func watch() -> Bool {
    defer { desk.scan() }
    return desk.start() != nil
  }
  func takeHints() { desk.takeHints() }
  func scan() { desk.scan() }
  func close() { desk.close() }

  /// One turn of the loop, and the wait for what it gave to the disk: a turn comes to the same each time then.
  mutating func turn() {
    turns += 1
    desk.proceed()
    _ = eventually {
      clerk.proceed()
      return clerk.isIdle
    }
  }
}

@Suite(
  "A group that floods its folder costs a bounded piece of each turn, and no other group its turn",
  .timeLimit(.minutes(60)),
  .enabled(if: Need.python, "\(Need.pythonSays)"))
struct RequestFloodTests {
  private func fill(_ stage: RequestStage, _ count: Int, by group: String = "g") throws {
    try stage.spool.replace("ipc/\(group)/messages/.message", RequestStage.message)
    let lines = [
      "text = open(\".message\", \"rb\").read()", "for n in range(\(count)):",
      " with open(\"m%d.json\" % n, \"wb\") as file: file.write(text)",
    ]
    let made = stage.spool.shell("cd ipc/\(group)/messages && python3 -c '\(lines.joined(separator: "\n"))'")
    try #require(made.isSuccess, "\(made.text)")
  }

  @Test("10,000 requests: each single one of another group is answered two turns after the notice of it")
  func load() throws {
    let stage = try RequestStage(groups: [
      "g": ["channels": #"["ops"]"#, "requests": #"{"perMinute": 100000, "waiting": 100000}"#],
      "h": ["channels": #"["ops"]"#],
    ])
    try fill(stage, 10_000)
    var desk = try Desk(stage)
    try #require(desk.watch())
    for number in 1...20 {
      for _ in 1...5 { desk.turn() }
      try stage.ask("messages/m\(number)", RequestStage.message, by: "h")
      desk.takeHints()
      let before = desk.turns
      while stage.answer("m\(number)", to: "h") == nil, desk.turns - before < 100 { desk.turn() }
      #expect(desk.turns - before <= 2, "after \(desk.turns - before) turns")
    }
    let served = try stage.names("done/ipc/g").count
    #expect(served >= 20 * 5 * 4 && served <= desk.turns * 32, "\(served) in \(desk.turns) turns")
    desk.close()
  }

  @Test("100,000 files: a turn looks at as few as ever, and another group is answered meanwhile")
  func manyFiles() throws {
    let stage = try RequestStage(groups: ["g": ["channels": #"["ops"]"#], "h": ["channels": #"["ops"]"#]])
    try fill(stage, 100_000)
    var desk = try Desk(stage)
    try #require(desk.watch())
    try stage.ask("messages/m", RequestStage.message, by: "h")
    desk.takeHints()
    for _ in 1...20 { desk.turn() }
    try stage.expect("m", nil, to: "h")
    let kept = try stage.names("errors/ipc/g").count { !$0.hasSuffix(".result.json") }
    #expect(kept > 0 && kept <= 20 * 32)
    // Beyond the number that may wait each is told when to ask again, and the logs are told once.
    #expect(stage.answer("m0") == nil || stage.answer("m0")?.code == "too-many-requests")
    let results = try stage.names("errors/ipc/g").filter { $0.hasSuffix(".result.json") }
    #expect(!results.isEmpty)
    for name in results.prefix(4) {
      let answer = RequestStage.Answer(try stage.spool.text("errors/ipc/g/\(name)"))
      #expect(answer.code == "too-many-requests" && answer["retryAfter"] == "10s")
    }
    #expect(stage.audit.count == 1)
    desk.close()
  }

  @Test("more than 'perMinute': those beyond it are refused with the time of the next, and another group's are not")
  func perMinute() throws {
    let stage = try RequestStage(groups: [
      "g": ["channels": #"["ops"]"#, "requests": #"{"perMinute": 10}"#], "h": ["channels": #"["ops"]"#],
    ])
    try fill(stage, 30)
    try fill(stage, 30, by: "h")
    try stage.spool.drain()
    let answers = (0..<30).map { stage.answer("m\($0)") }
    #expect(answers.count { $0?.isOK == true } >= 10 && answers.contains { $0?.isOK == false })
    for answer in answers where answer?.isOK == false {
      #expect(answer?.code == "too-many-requests")
      let wait = answer?["retryAfter"].flatMap { DurationText.parse($0) }
      #expect(try #require(wait) > .zero && #require(wait) <= .seconds(6.1))
    }
    for number in 0..<30 { try stage.expect("m\(number)", nil, to: "h") }
    #expect(stage.audit.count == 1 && stage.spool.logged("request-refused") == 1)
    #expect(try stage.folder("ipc/g/messages").names().allSatisfy { $0.hasPrefix(".") })
  }

  @Test("more than 'waiting': as many as are too many are refused, the others carried out")
  func waiting() throws {
    let stage = try RequestStage(groups: [
      "g": ["channels": #"["ops"]"#, "requests": #"{"waiting": 20, "perMinute": 1000}"#]
    ])
    try fill(stage, 50)
    try stage.spool.drain()
    let answers = (0..<50).map { stage.answer("m\($0)") }
    #expect(answers.count { $0?.isOK == true } == 20)
    #expect(answers.count { $0?.code == "too-many-requests" } == 30)
    #expect(answers.allSatisfy { $0?.isOK == true || $0?["retryAfter"] == "10s" })
  }

  @Test("one name written and refused again and again is found a free number in few looks, and none replaces another")
  func oneName() throws {
    let stage = try RequestStage(groups: ["g": ["requests": #"{"perMinute": 100000}"#]])
    var desk = try Desk(stage)
    for number in 1...300 {
      try stage.ask("jobs/x", "{\"type\": \(number)}")
      repeat {
        desk.scan()
        desk.turn()
      } while stage.spool.has("ipc/g/jobs/x.json")
    }
    desk.close()
    let names = try stage.names("errors/ipc/g")
    #expect(names.count == 600, "\(names.count)")
    let texts = try names.filter { !$0.hasSuffix(".result.json") }.map { try stage.spool.text("errors/ipc/g/\($0)") }
    #expect(Set(texts).count == 300)
  }

  @Test("after 1000 requests with files a runner holds as many descriptors as before")
  func descriptors() throws {
    let stage = try RequestStage(groups: [
      "g": ["channels": #"["ops"]"#, "requests": #"{"perMinute": 100000}"#]
    ])
    stage.spool.shell("echo x > groups/g/f")
    let runner = try stage.spool.start()
    defer { runner.kill() }
    func ask(_ id: String) throws {
      try stage.ask("messages/\(id)", #"{"type": "message", "to": "ops:a", "text": "t", "files": ["f"]}"#)
    }
    try ask("first")
    #expect(try stage.answered("first").isOK)
    func open() throws -> Int { try Folder(path: "/proc/\(runner.pid)/fd").names().count }
    let before = try open()
    for number in 1...1000 { try ask("m\(number)") }
    #expect(try eventually { try stage.names("done/ipc/g").count == 1001 }, "\(stage.story)")
    #expect(try eventually { try open() <= before + 2 })
  }

  @Test("a file that is held open is looked at less and less often")
  func heldOpen() throws {
    let group = RequestGroup(try GroupName(validating: "g"))
    let folder = try TemporaryFolder()
    let file = try folder.write("a", "x")
    let (name, quiet, status) = (Array("a.json".utf8), Int64(1000), try file.status())
    var now: Int64 = 0
    var pauses: [Int64] = []
    for _ in 1...8 {
      group.wait(for: name, .jobs, status, isHeldOpen: true, now: now, quiet: quiet)
      let next = try #require(group.nextLook)
      pauses.append(next - now)
      #expect(!group.lookAgain(now: next - 1) && group.lookAgain(now: next))
      #expect(group.next()?.name == name && group.next() == nil)
      now = next
    }
    #expect(pauses.first == 1_000_000 && pauses == pauses.sorted() && pauses.last == 16_000_000, "\(pauses)")
    #expect(group.isQuiet(name, .jobs, status, now: now, quiet: quiet) && !group.hasUnsettled)
    // A notification that it may be whole is heeded, as soon as the first look would have been.
    group.wait(for: name, .jobs, status, isHeldOpen: true, now: now, quiet: quiet)
    #expect(!group.hint(name, .jobs) && group.nextLook == now + 1_000_000)
    group.forget(name, .jobs)
    #expect(group.nextLook == nil && group.hint(name, .jobs) && group.next() != nil)
  }

  @Test("notifications of one file count once, and thousands of names are held in bounds and handed on in order")
  func hints() throws {
    let group = RequestGroup(try GroupName(validating: "g"))
    for _ in 1...5000 { _ = group.hint(Array("a.json".utf8), .jobs) }
    #expect(group.waiting(.jobs) == 1)
    for number in 1...20_000 { _ = group.hint(Array("b\(number).json".utf8), .jobs) }
    #expect(group.waiting(.jobs) == RequestGroup.mostHinted)
    var names: [String] = []
    while let next = group.next() { names.append(String(decoding: next.name, as: UTF8.self)) }
    #expect(names.count == RequestGroup.mostHinted && names.prefix(3) == ["a.json", "b1.json", "b2.json"])
    #expect(!group.hint(Array(".json".utf8), .jobs) && !group.hint(Array(".x.json".utf8), .jobs))
  }

  @Test("of the requests that wait for another of their id one is named when that is done, the next after it")
  func parked() throws {
    let group = RequestGroup(try GroupName(validating: "g"))
    for name in ["a.json", "b.json"] {
      group.add(Array(name.utf8), .jobs)
      _ = group.next()
      group.park(Array(name.utf8), .jobs, for: "x")
      group.add(Array(name.utf8), .jobs)
    }
    #expect(!group.hasWork && group.hasUnsettled && !group.release("y"))
    for name in ["a.json", "b.json"].map({ Array($0.utf8) }) {
      // Before one that came later.
      group.add(Array("c.json".utf8), .jobs)
      #expect(group.isAwaited("x") && group.release("x") && group.next()?.name == name)
      #expect(group.answerCall(name, .jobs) == "x" && group.answerCall(name, .jobs) == nil)
    }
    #expect(group.next()?.name == Array("c.json".utf8) && group.next() == nil)
    #expect(!group.hasUnsettled && !group.isAwaited("x") && !group.release("x"))
  }

  @Test("requests of one id are carried out one after the other, and each counts as one of the minute's")
  func oneID() throws {
    let stage = try RequestStage(groups: ["g": ["channels": #"["ops"]"#, "requests": #"{"perMinute": 10}"#]])
    let json = #"{"type": "message", "to": "ops:a", "text": "hi", "id": "same"}"#
    for number in 0..<40 { try stage.ask("messages/m\(number)", json) }
    var desk = try Desk(stage)
    desk.scan()
    while desk.desk.mayGoOn { desk.turn() }
    desk.close()
    try stage.expectNothingUnderWay()
    try stage.expect("same", nil)
    let refused = (0..<40).count { stage.answer("m\($0)")?.code == "too-many-requests" }
    // Some are there again while the test runs.
    #expect(refused >= 10 && refused <= 30, "\(refused)")
    #expect(try stage.names("done/ipc/g").count == 40 - refused && stage.names("outbox") == ["g.same.json"])
  }

  @Test("a file that is half-written counts as a request, and with what it counts for it is looked at three times")
  func halfWritten() throws {
    let group = RequestGroup(try GroupName(validating: "g"))
    let name = Array("a.json".utf8)
    var paid: [Bool] = []
    for _ in 1...7 { paid.append(group.pay(for: name, .jobs, perMinute: 2, now: 1) == nil) }
    #expect(paid == [true, true, true, true, true, true, false] && group.hasStayed(name, .jobs))
    group.forget(name, .jobs)
    #expect(!group.hasStayed(name, .jobs) && group.pay(for: name, .jobs, perMinute: 2, now: 1) != nil)

    let stage = try RequestStage(["quiet": "\"1h\""], groups: ["g": ["requests": #"{"perMinute": 1}"#]])
    try stage.ask("messages/half", #"{"type": "message","#)
    try stage.ask("jobs/whole", RequestStage.job)
    var desk = try Desk(stage)
    desk.scan()
    desk.turn()
    desk.close()
    try stage.expect("whole", "too-many-requests")
    #expect(stage.spool.has("ipc/g/messages/half.json") && stage.answer("half") == nil)
  }

  @Test("a file that is another at each look is looked at less and less often, and left while nothing may be asked for")
  func everAnother() throws {
    let group = RequestGroup(try GroupName(validating: "g"))
    let folder = try TemporaryFolder()
    let (name, quiet) = (Array("a.json".utf8), Int64(1_000_000))
    var now: Int64 = 0
    var pauses: [Int64] = []
    for number in 1...6 {
      let file = try folder.write("a\(number)", String(repeating: "x", count: number))
      group.wait(for: name, .jobs, try file.status(), isHeldOpen: false, now: now, quiet: quiet)
      pauses.append(try #require(group.nextLook) - now)
      now += pauses[number - 1]
      #expect(group.lookAgain(now: now) && group.next() != nil)
      #expect(!group.isQuiet(name, .jobs, try folder.write("b\(number)", "y").status(), now: now, quiet: quiet))
    }
    #expect(pauses == [1, 2, 4, 8, 16, 16].map { $0 * quiet })
    group.putOff(name, .jobs, try folder.write("c", "y").status(), until: now + 60 * quiet, now: now)
    #expect(!group.lookAgain(now: now + 59 * quiet) && group.lookAgain(now: now + 60 * quiet))
  }
}
