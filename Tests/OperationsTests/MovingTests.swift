import Jobs
import Operations
import Platform
import Spool
import Testing

@Suite struct MovingTests {
  private let spool: HandMadeSpool
  init() throws { spool = try HandMadeSpool() }

  @Test("hold puts a waiting job aside and release brings the same bytes back")
  func holdAndRelease() throws {
    try spool.put("a.json", #"{ "run" :  "true"}"#, in: .inbox)
    #expect(try spool.access.hold(["a"]) == [.moved(to: .held, as: "a")])
    #expect(try spool.names(.held) == ["a.json"])
    #expect(try spool.access.hold(["a"]) == [.already(.held)])
    #expect(try spool.access.release(["a"]) == [.moved(to: .inbox, as: "a")])
    #expect(try spool.text("a.json", in: .inbox) == #"{ "run" :  "true"}"#)
  }

  @Test("a job that the runner has claimed meanwhile cannot be held, and nothing is lost")
  func sourceGone() throws {
    try spool.put("a.json", in: .processing)
    #expect(try spool.access.hold(["a", "b"]) == [.elsewhere(.processing), .unknown])
    #expect(try spool.names(.processing) == ["a.json"])
  }

  @Test("nothing is overwritten: where the name is taken both files stay")
  func destinationTaken() throws {
    try spool.put("a.json", #"{"run":"one"}"#, in: .inbox)
    try spool.put("a.json", #"{"run":"two"}"#, in: .held)
    #expect(try spool.access.hold(["a"]) == [.taken(.held)])
    #expect(try spool.access.release(["a"]) == [.taken(.inbox)])
    #expect(try spool.text("a.json", in: .inbox) == #"{"run":"one"}"#)
    #expect(try spool.text("a.json", in: .held) == #"{"run":"two"}"#)
  }

  @Test("retry moves the job alone: its result stays as its history")
  func retry() throws {
    try spool.putEnded("a", .failed, exitCode: 3)
    try spool.putEnded("b")
    #expect(try spool.access.retry(["a", "b"]) == [.moved(to: .inbox, as: "a"), .elsewhere(.done)])
    #expect(try spool.names(.inbox) == ["a.json"])
    #expect(try spool.names(.errors) == ["a.result.json"])
  }

  @Test("a retry stays in errors while a drop of its name waits")
  func retryTaken() throws {
    try spool.putEnded("a", .failed, exitCode: 3)
    try spool.put("a.json", #"{"run":"new"}"#, in: .inbox)
    #expect(try spool.access.retry(["a"]) == [.taken(.inbox)])
    #expect(try spool.text("a.json", in: .inbox) == #"{"run":"new"}"#)
    #expect(try spool.names(.errors) == ["a.json", "a.result.json"])
  }

  @Test("all jobs of a group are chosen in the order in which they came")
  func group() throws {
    try spool.put("b.json", #"{"run":"true","group":"g"}"#, in: .inbox)
    try spool.put("a.json", #"{"run":"true","group":"h"}"#, in: .inbox)
    try spool.put("c.json", #"{"run":"#, in: .inbox)
    let group = try GroupName(validating: "g")
    #expect(try spool.access.resolve(.group(group), in: [.inbox]).map(\.text) == ["b"])
    #expect(Set(try spool.access.resolve(.all, in: [.inbox]).map(\.text)) == ["a", "b", "c"])
    let typed = ["x", "y"].map { SelectedJob($0) }
    #expect(try spool.access.resolve(.ids(typed), in: [.inbox]) == typed)
  }

  @Test("a pause has its reason, and ends once")
  func pause() throws {
    let group = try GroupName(validating: "g")
    #expect(try spool.access.pauseText(nil) == nil)
    #expect(try spool.access.pause(nil, reason: "disk") == false)
    #expect(try spool.access.pause(nil, reason: "new disk") == true)
    #expect(try spool.access.pauseText(nil) == "new disk")
    #expect(try spool.access.pause(group, reason: "") == false)
    #expect(try spool.access.pausedGroups().map(\.group) == [group])
    #expect(try spool.access.resume(nil) == true)
    #expect(try spool.access.resume(nil) == false)
    #expect(try spool.access.resume(group) == true)
    #expect(try spool.access.pauseText(group) == nil)
  }
}
