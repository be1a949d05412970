import Jobs
import Operations
import Platform
import Spool
import Testing

@Suite struct SendingTests {
  private let spool: HandMadeSpool
  private let group: GroupName
  init() throws {
    spool = try HandMadeSpool()
    group = try GroupName(validating: "g")
  }

  private func message(_ id: String) -> InputMessage {
    InputMessage(id: id, text: "hi\n\"you\"", from: "ann", at: HandMadeSpool.now)
  }

  private func input() throws -> Folder { try spool.folders[.ipc].folder("g").folder("input") }

  @Test("a message is whole, readable by the group's containers, and never written over another")
  func send() throws {
    try spool.put("g.json", "{}", in: .groups)
    #expect(try spool.access.send(message("1"), to: group) == .sent(name: "1.json"))
    #expect(try input().status("1.json")?.mode == 0o644)
    #expect(try spool.folders[.ipc].folder("g").status("input")?.mode == 0o755)
    let bytes = try input().open("1.json").readAll(limit: 4096)
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == """
        {
          "id": "1",
          "attempt": 1,
          "text": "hi\\n\\"you\\"",
          "from": "ann",
          "at": "2096-10-02T07:06:40.000Z"
        }

        """)
    #expect(throws: OperationError.self) { _ = try spool.access.send(message("1"), to: group) }
    #expect(try input().names() == ["1.json"])
  }

  @Test("ids of messages are ids of requests, and sort by time within a second too")
  func ids() {
    var generator = SystemRandomNumberGenerator()
    let times: [Int64] = [1_000_000_000, 1_000_000_001, 1_100_000_000, 1_999_999_999, 2_000_000_000]
    let ids = times.map { GeneratedID.input(at: Timestamp(nanoseconds: $0), using: &generator) }
    #expect(ids == ids.sorted())
    #expect(ids.allSatisfy { Request.isName(Array($0.utf8)) })
    #expect(ids[1].hasPrefix("19700101T000001.000000001Z-"))
  }

  @Test("where a link stands in the way nothing is written through it", arguments: ["g", "input"])
  func links(place: String) throws {
    try spool.put("g.json", "{}", in: .groups)
    try spool.folders[.groups].makeFolder("bait")
    let ipc = try spool.folders[.ipc]
    if place == "g" {
      try ipc.makeLink("g", to: "../groups/bait")
    } else {
      try ipc.makeFolder("g")
      try ipc.folder("g").makeLink("input", to: "../../groups/bait")
    }
    let path = place == "g" ? "ipc/g" : "ipc/g/input"
    #expect(try spool.access.send(message("1"), to: group) == .noFolder(path))
    #expect(try spool.access.close(group) == .noFolder(path))
    #expect(try spool.folders[.groups].folder("bait").names().isEmpty)
  }

  @Test("a lane, a group of processes and one with bad settings get no messages")
  func noFolders() throws {
    #expect(try spool.access.send(message("1"), to: group) == .noFolders(.lane))
    try spool.put("g.json", #"{"host":true}"#, in: .groups)
    #expect(try spool.access.send(message("1"), to: group) == .noFolders(.host))
    try spool.put("g.json", "{", in: .groups)
    #expect(try spool.access.send(message("1"), to: group) == .noFolders(.bad))
    #expect(try !spool.folders[.ipc].has("g"))
  }

  @Test("no more wait than the group's settings allow")
  func flood() throws {
    try spool.put("g.json", #"{"requests":{"waiting":2}}"#, in: .groups)
    for id in ["1", "2"] { #expect(try spool.access.send(message(id), to: group) == .sent(name: "\(id).json")) }
    #expect(try spool.access.send(message("3"), to: group) == .full(2))
    #expect(try spool.access.close(group) == .sent(name: "_close.json"))
  }

  @Test("jobs are asked to finish once")
  func close() throws {
    try spool.put("g.json", "{}", in: .groups)
    #expect(try spool.access.close(group) == .sent(name: "_close.json"))
    #expect(try spool.access.close(group) == .closedBefore)
  }

  @Test("a disk that fails at any step sends all or nothing", arguments: ["ENOSPC", "EIO"], 1...7)
  func failing(code: String, step: Int) throws {
    try spool.put("g.json", "{}", in: .groups)
    let plan = try #require(FaultPlan("\(code)@\(step)"))
    let access = try SpoolAccess(path: spool.path, disk: FaultyDisk(plan))
    let outcome = try? access.send(message("1"), to: group)  // failing is what is asked for
    #expect(outcome == nil)
    let names = try input().names()
    #expect(names.isEmpty || names == ["1.json"], "\(names)")
    for name in names { _ = try JSONReader.read(input().open(name).readAll(limit: 1000)) }
  }

  @Test("recipients are the jobs of the group that run")
  func recipients() throws {
    try spool.put("g.json", #"{"agent":{"run":"x"}}"#, in: .groups)
    for (id, name) in [("b", "g"), ("a", "g"), ("c", "h")] {
      try spool.put("\(id).json", #"{"run":"x","group":"\#(name)"}"#, in: .processing)
    }
    try spool.put("d.json", #"{"run":"x","group":"g"}"#, in: .inbox)
    let recipients = try spool.access.recipients(in: group)
    #expect(recipients.running == ["a", "b"])
    #expect(recipients.hasAgent)
  }

  @Test("a message from outside is judged by routes and trigger before it is written")
  func outside() throws {
    let message = IncomingMessage(channel: "chat", chat: "4", text: "hello")
    guard case .failure(let refusal) = try spool.access.draft(message, stem: "m") else {
      Issue.record("it has no route")
      return
    }
    #expect(refusal.code == .noRoute)
    try spool.put("settings.json", #"{"routes":[{"channel":"chat","group":"g"}]}"#)
    try spool.put("g.json", #"{"agent":{"run":"x"},"trigger":"@Bob"}"#, in: .groups)
    let good = try spool.access.draft(message, stem: "m").get()
    #expect(good.group == group)
    #expect(good.hasAgent)
    #expect(good.missingTrigger == "@Bob")
    #expect(try Job.read(good.draft.bytes).message == message)
  }

  @Test("a waiting message is of its chat's group, and not told as refused")
  func waiting() throws {
    try spool.put("settings.json", #"{"routes":[{"channel":"chat","group":"g"}]}"#)
    for place in [SpoolPlace.inbox, .held, .processing] {
      try spool.put("\(place.rawValue).json", #"{"message":{"channel":"chat","chat":"4","text":"x"}}"#, in: place)
      let detail = try #require(try spool.access.detail(of: JobID(unchecked: place.rawValue)))
      #expect(detail.chat == "chat:4")
      #expect(detail.group == group)
      if case .willBeRefused? = detail.waiting { Issue.record("it has a route") }
    }
  }
}
