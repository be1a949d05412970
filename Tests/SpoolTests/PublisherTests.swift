import Jobs
import Platform
import Spool
import Testing

@Suite("Publishing") struct PublisherTests {
  private let stage: Stage
  init() throws { stage = try Stage() }

  private static func drafts(_ stems: [String], exactly: Bool = false) -> [Publisher.Draft] {
    stems.map { Publisher.Draft(bytes(of: $0), stem: id($0), exactly: exactly) }
  }

  private static func bytes(of stem: String) -> [UInt8] { Array(#"{"run": "\#(stem)"}"#.utf8) }

  @Test("a published job gets an id that is free in every folder, as a job and as a history")
  func free() throws {
    var publisher = Publisher(folders: stage.folders, disk: KernelDisk())
    for (number, place) in SpoolPlace.jobStates.enumerated() {
      try stage.write(JobFile.job(id("x").numbered(number + 1).text), in: place)
    }
    try stage.write("x~7.result.json", in: .errors)
    try stage.write("x~8.run.json", in: .deferred)
    #expect(publisher.publish(Self.drafts(["x"])).names == ["x~9"])
    #expect(publisher.publish(Self.drafts(["x", "x", "y", "x"])).names == ["x~10", "x~11", "y", "x~12"])
    #expect(publisher.publish(Self.drafts(["x"], exactly: true)).failure == .nameTaken(id("x")))
    #expect(publisher.publish(Self.drafts(["z"], exactly: true)).names == ["z"])
    for name in ["x~9", "x~12"] {
      #expect(try stage.text("\(name).json", in: .inbox) == String(decoding: Self.bytes(of: "x"), as: UTF8.self))
    }
    #expect(try stage.names(.inbox).filter { $0.hasPrefix(".") } == [])
  }

  @Test("a name that is taken ends a batch: those before it are published, those after it are not")
  func taken() throws {
    try stage.write("c.json", in: .done)
    var publisher = Publisher(folders: stage.folders, disk: KernelDisk())
    let published = publisher.publish(Self.drafts(["a", "b", "c", "d", "e"], exactly: true))
    #expect(published.names == ["a", "b"])
    #expect(published.failure == .nameTaken(id("c")))
    #expect(try stage.names(.inbox) == ["a.json", "b.json"])
  }

  @Test("what comes into a folder between two batches is seen")
  func betweenBatches() throws {
    var publisher = Publisher(folders: stage.folders, disk: KernelDisk())
    for (number, place) in SpoolPlace.jobStates.enumerated() where place != .inbox {
      #expect(publisher.publish(Self.drafts(["x\(number)"])).names == ["x\(number)"])
      try stage.write("y\(number).json", in: place)
      #expect(publisher.publish(Self.drafts(["y\(number)"])).names == ["y\(number)~2"])
    }
  }

  @Test("ids of a batch that others follow are answered with those")
  func moreToCome() throws {
    var publisher = Publisher(folders: stage.folders, disk: KernelDisk())
    #expect(publisher.publish(Self.drafts(["a", "b", "c", "d"]), moreToCome: true).ids.isEmpty)
    #expect(publisher.publish(Self.drafts(["e", "f", "g", "h"]), moreToCome: true).names == ["a", "b", "c", "d"])
    #expect(publisher.publish(Self.drafts(["i"])).names == ["e", "f", "g", "h", "i"])
    #expect(publisher.publish([]).ids.isEmpty)
  }

  #if DEBUG
    @Test("a publishing that fails at any step leaves nothing that could be taken for a job", arguments: 1...6)
    func oneFails(step: Int) throws {
      let plan = try #require(FaultPlan("ENOSPC@\(step)"))
      var publisher = Publisher(folders: stage.folders, disk: FaultyDisk(plan))
      let published = publisher.publish(Self.drafts(["x"]))
      if case .system(let error) = published.failure { #expect(error.isFull) }
      #expect((published.failure == nil) == (step > 5) && published.names == (step > 5 ? ["x"] : []))
      // A rename that was not synced may show or not: whole is what matters.
      for name in try stage.names(.inbox) {
        #expect(try name == "x.json" && stage.text(name, in: .inbox).hasSuffix("}"))
      }
    }

    @Test("batches that fail at any step tell of the first jobs, and those are there", arguments: ["ENOSPC", "EIO"])
    func manyFail(code: String) throws {
      let stems = (1...15).map { "x\($0)" }
      let counting = FaultyDisk(try #require(FaultPlan("\(code)@1000")))
      var publisher = Publisher(folders: stage.folders, disk: counting)
      _ = publish(stems, with: &publisher)
      let steps = counting.stepsTaken
      #expect(steps == 15 * 3 + 4, "a sync for the bytes of each batch and one for the last names")
      for step in 1...steps {
        let stage = try Stage()
        let plan = try #require(FaultPlan("\(code)@\(step)"))
        var publisher = Publisher(folders: stage.folders, disk: FaultyDisk(plan))
        let (told, failure) = publish(stems, with: &publisher)
        #expect(failure != nil && told.map(\.text) == stems.prefix(told.count).map { $0 }, "step \(step)")
        let names = try stage.names(.inbox)
        for id in told { #expect(names.contains("\(id).json"), "step \(step)") }
        for name in names {
          #expect(try !name.hasPrefix(".") && stage.text(name, in: .inbox).hasSuffix("}"), "step \(step): \(name)")
        }
      }
    }

    private func publish(
      _ stems: [String], with publisher: inout Publisher
    ) -> (told: [JobID], failure: Publisher.Failure?) {
      var told: [JobID] = []
      for start in stride(from: 0, to: stems.count, by: 5) {
        let published = publisher.publish(Self.drafts(Array(stems[start..<start + 5])), moreToCome: start < 10)
        told += published.ids
        if published.failure != nil { return (told, published.failure) }
      }
      return (told, nil)
    }
  #endif
}

extension Publisher.Published {
  fileprivate var names: [String] { ids.map(\.text) }
}
