import Jobs
@testable import Operations
import Platform
import Spool
import Testing

@Suite struct WaitingTests {
  private let spool: HandMadeSpool
  init() throws { spool = try HandMadeSpool() }

  @Test("a stem means the newest: what waits or runs before what has ended, then the highest number")
  func newest() throws {
    try spool.putEnded("x")
    try spool.putEnded("x~2")
    try spool.putEnded("x~10", .failed, exitCode: 1)
    #expect(try spool.access.newest(of: ["x"])["x"]?.id == "x~10")
    #expect(try spool.access.newest(of: ["x~2"])["x~2"]?.id == "x~2")
    try spool.put("x~3.json", in: .processing)
    #expect(try spool.access.newest(of: ["x"])["x"] == Sighting(id: "x~3", place: .processing, hasEnded: false))
    #expect(try spool.access.newest(of: ["y"]).isEmpty)
  }

  @Test("a job has ended when its result is there, though its file still lies in processing")
  func settling() throws {
    try spool.put("a.json", in: .processing)
    var waiter = try JobWaiter(spool.access, names: [.newest("a")])
    #expect(waiter.states == [.pending(.processing)])
    try spool.put("a.result.json", #"{"id":"a","status":"succeeded"}"#, in: .done)
    try waiter.look()
    #expect(waiter.isOver)
    #expect(waiter.allSucceeded)
  }

  @Test("a retry that waits has not ended: its result is that of before")
  func retry() throws {
    try spool.putEnded("a", .failed, exitCode: 3)
    try spool.folders[.errors].move("a.json", to: spool.folders[.inbox], as: "a.json")
    var waiter = try JobWaiter(spool.access, names: [.newest("a")])
    #expect(waiter.states == [.pending(.inbox)])
    try spool.folders[.inbox].move("a.json", to: spool.folders[.errors], as: "a.json")
    try waiter.look()
    #expect(waiter.isOver)
    #expect(!waiter.allSucceeded)
  }

  @Test("a drop that waits under a held name is followed to the number it gets")
  func numbered() throws {
    try spool.putEnded("a")
    try spool.put("a.json", in: .inbox)
    var waiter = try JobWaiter(spool.access, names: [.newest("a")])
    #expect(waiter.states == [.pending(.inbox)])
    try spool.folders[.inbox].move("a.json", to: spool.folders[.processing], as: "a~2.json")
    try waiter.look()
    #expect(waiter.states == [.pending(.processing)])
    try spool.folders[.processing].remove("a~2.json")
    try spool.putEnded("a~2", .failed, exitCode: 4)
    try waiter.look()
    guard case .ended(let id, let record) = waiter.states[0] else {
      Issue.record("not ended")
      return
    }
    #expect(id == "a~2")
    #expect(record?.outcome?.exitCode == 4)
  }

  @Test("an exact id is the job of that id, whatever newer one has its stem")
  func exact() throws {
    try spool.put("job.json", in: .inbox)
    try spool.putEnded("job~2")
    var waiter = try JobWaiter(spool.access, names: [.exact("job"), .exact("job~2")])
    #expect(waiter.states.first == .pending(.inbox))
    #expect(!waiter.isOver)
    try spool.folders[.inbox].remove("job.json")
    try spool.putEnded("job", .failed, exitCode: 7)
    try waiter.look()
    guard case .ended("job", let record) = waiter.states[0], case .ended("job~2", _) = waiter.states[1] else {
      Issue.record("\(waiter.states)")
      return
    }
    #expect(record?.outcome?.exitCode == 7)
    #expect(!waiter.allSucceeded)
  }

  @Test(
    "a drop under a held id is waited for itself, and the id's holder as well", arguments: [SpoolPlace.inbox, .held])
  func exactDrop(place: SpoolPlace) throws {
    try spool.put("a.json", in: .processing)
    try spool.put("a.json", in: place)
    var waiter = try JobWaiter(
      spool.access, names: [.exact("a", in: .processing), .exact("a", in: place), .exact("a")])
    #expect(waiter.states == [.pending(.processing), .pending(place), .pending(place)])
    try spool.folders[.processing].remove("a.json")
    try spool.putEnded("a")
    try waiter.look()
    #expect(waiter.states.dropFirst() == [.pending(place), .pending(place)])
    try spool.folders[place].remove("a.json")
    try spool.putEnded("a~2", .failed, exitCode: 4)
    try waiter.look()
    let ended = waiter.states.map { if case .ended(let id, _) = $0 { id } else { nil as JobID? } }
    #expect(ended == ["a", "a~2", "a~2"])
  }

  #if DEBUG
    @Test("a look at many stems lists each folder once, however many there are")
    func many() throws {
      let names = (0..<300).map { JobID(unchecked: "job-\($0)") }
      for name in names { try spool.put(JobFile.job(name.text), "{}", in: .held) }
      let counter = LookCounter()
      let access = SpoolAccess(try SpoolFolders(path: spool.path, counting: counter))
      var waiter = try JobWaiter(access, names: names.map { .newest($0) })
      let before = counter.count
      try waiter.look()
      #expect(waiter.states.count == 300 && waiter.states.allSatisfy { $0 == .pending(.held) })
      // Eight folders may hold a job, and each is asked whether it is there.
      #expect(counter.count - before <= 20)
    }
  #endif

  @Test("what is not there, and what somebody takes away, is unknown")
  func unknown() throws {
    try spool.put("b.json", in: .inbox)
    var waiter = try JobWaiter(spool.access, names: [.newest("a"), .newest("b")])
    #expect(waiter.states == [.unknown, .pending(.inbox)])
    try spool.folders[.inbox].remove("b.json")
    try waiter.look()
    #expect(waiter.states == [.unknown, .unknown])
    #expect(waiter.isOver)
    #expect(!waiter.allSucceeded)
  }

  @Test("that a runner has ended is told once, and asked once a second")
  func runnerEnds() throws {
    var runner: Folder? = try spool.runner()
    var watch = try RunnerWatch(spool.access, now: 0)
    #expect(watch.isAlive)
    #expect(try !watch.hasEnded(now: 1_000_000_000))
    withExtendedLifetime(runner) {}
    runner = nil
    #expect(try !watch.hasEnded(now: 1_999_999_999))
    #expect(try watch.hasEnded(now: 2_000_000_000))
    #expect(try !watch.hasEnded(now: 3_000_000_000))
  }

  @Test("a result that appears ends the wait at once, and not by the look of each second", .timeLimit(.minutes(60)))
  func hint() throws {
    let watch = try EndWatch(spool.access)
    let isQuick = try (1...5).contains { number in
      let start = Clock.continuous()
      try spool.putEnded("a\(number)")
      try watch.wait(atMost: nil)
      return Clock.continuous() - start < 900_000_000
    }
    #expect(isQuick)
  }

  @Test(
    "the attempt that a job is at",
    arguments: [
      (SpoolPlace.inbox, nil, nil), (.processing, nil, 1),
      (.processing, #"{"id":"a","status":"running","attempts":[{"number":2,"status":"failed"}]}"#, 3),
      (.processing, #"{"id":"a","status":"running","attempts":[{"number":2,"status":"running"}]}"#, 2),
      (.deferred, #"{"id":"a","status":"deferred","attempts":[{"number":4,"status":"failed"}]}"#, 4),
      (.done, #"{"id":"a","status":"succeeded","attempts":[{"number":5,"status":"succeeded"}]}"#, 5),
      (.errors, #"{"id":"a","status":"refused"}"#, nil),
    ] as [(SpoolPlace, String?, Int?)])
  func attempt(place: SpoolPlace, record: String?, expected: Int?) throws {
    try spool.put("a.json", in: place)
    if let record, let name = JobFile.sidecar("a", in: place) { try spool.put(name, record, in: place) }
    let sighting = try #require(try spool.access.sightings(of: "a").first)
    #expect(try spool.access.lastAttempt(of: sighting) == expected)
  }

  @Test("a log is read on where it was left")
  func logs() throws {
    var logs = AttemptLogs(spool.access, id: "a", attempt: 2)
    #expect(try logs.more(of: .out).isEmpty)
    let folder = try spool.folders[.jobLogs]
    let file = try folder.append("a.2.out")
    try file.write(Array("one".utf8))
    #expect(try logs.more(of: .out) == Array("one".utf8))
    #expect(try logs.more(of: .out).isEmpty)
    try file.write(Array("two".utf8))
    #expect(try logs.more(of: .out) == Array("two".utf8))
    #expect(try logs.more(of: .err).isEmpty)
  }
}
