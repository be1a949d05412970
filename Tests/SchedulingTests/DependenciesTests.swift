import Scheduling
import Testing

private typealias Rule = DependencyRule<String>
private typealias Answer = DependencyAnswer<String>

/// Statuses by letter: m missing, p pending, s succeeded, f failed.
private func status(_ letter: Character) -> DependencyStatus {
  switch letter {
  case "m": .missing
  case "s": .succeeded
  case "f": .failed
  default: .pending
  }
}

@Suite struct DependenciesTests {
  @Test(
    "a job starts once enough of those before it ended well, and fails once that cannot be any more",
    arguments: [
      // need, on failure, statuses of 1, 2, 3, before the deadline, from the deadline on
      (.all, .fail, "sss", .ready, .ready),
      (.all, .fail, "sps", .waiting(on: ["2"], until: nil), .waiting(on: ["2"], until: nil)),
      (.all, .fail, "sfp", .failed(which: ["2"]), .failed(which: ["2"])),
      (.all, .fail, "smp", .waiting(on: ["2", "3"], until: 100), .missing(which: ["2"])),
      (.all, .fail, "fmp", .failed(which: ["1"]), .failed(which: ["1"])),
      (.all, .continue, "sff", .ready, .ready),
      (.all, .continue, "sfp", .waiting(on: ["3"], until: nil), .waiting(on: ["3"], until: nil)),
      (.all, .continue, "sfm", .waiting(on: ["3"], until: 100), .missing(which: ["3"])),
      (.any, .fail, "psm", .ready, .ready),
      (.any, .fail, "ffp", .waiting(on: ["3"], until: nil), .waiting(on: ["3"], until: nil)),
      (.any, .fail, "fff", .failed(which: ["1", "2", "3"]), .failed(which: ["1", "2", "3"])),
      (.any, .fail, "pmm", .waiting(on: ["1", "2", "3"], until: 100), .waiting(on: ["1", "2", "3"], until: nil)),
      (.any, .fail, "mmm", .waiting(on: ["1", "2", "3"], until: 100), .missing(which: ["1", "2", "3"])),
      (.any, .continue, "fpp", .ready, .ready),
      (.count(2), .fail, "sps", .ready, .ready),
      (.count(2), .fail, "spf", .waiting(on: ["2"], until: nil), .waiting(on: ["2"], until: nil)),
      (.count(2), .fail, "ffp", .failed(which: ["1", "2"]), .failed(which: ["1", "2"])),
      (.count(2), .fail, "fmp", .waiting(on: ["2", "3"], until: 100), .failed(which: ["1"])),
      (.count(4), .fail, "sss", .failed(which: ["1", "2", "3"]), .failed(which: ["1", "2", "3"])),
    ] as [(DependencyRule<String>.Need, DependencyRule<String>.OnFailure, String, Answer, Answer)])
  fileprivate func answers(
    need: DependencyRule<String>.Need, onFailure: DependencyRule<String>.OnFailure, statuses: String, before: Answer,
    after: Answer
  ) {
    let letters = Array(statuses)
    let rule = Rule(jobs: ["1", "2", "3"], need: need, onFailure: onFailure)
    var known = Dependencies<String>()
    known.add("x", rule, deadline: 100) { status(letters[(Int($0) ?? 1) - 1]) }
    #expect(known.answer(for: "x", now: 99) == before)
    #expect(known.answer(for: "x", now: 100) == after)

    // The same statuses told one by one come to the same answer.
    var told = Dependencies<String>()
    told.add("x", rule, deadline: 100) { _ in .pending }
    for (index, letter) in letters.enumerated() { _ = told.update(String(index + 1), to: status(letter)) }
    #expect(told.answer(for: "x", now: 99) == before)
  }

  @Test("an empty list and a job that waits for nothing are ready")
  func nothingToWaitFor() {
    var known = Dependencies<String>()
    known.add("x", Rule(jobs: [], need: .any), deadline: 0) { _ in .missing }
    #expect(known.answer(for: "x", now: 0) == .ready)
    #expect(known.answer(for: "y", now: 0) == .ready)
  }

  @Test("when a job ends, those whose turn it decides are named, and only those")
  func wakes() {
    var known = Dependencies<String>()
    known.add("one", Rule(jobs: ["a"]), deadline: 0) { _ in .pending }
    known.add("both", Rule(jobs: ["a", "b"]), deadline: 0) { _ in .pending }
    known.add("other", Rule(jobs: ["b"]), deadline: 0) { _ in .pending }
    #expect(known.isWanted("a"))
    #expect(known.update("a", to: .succeeded) == ["one"])
    #expect(known.update("a", to: .succeeded) == [])
    known.remove("one")
    #expect(!known.isWanted("one"))
    #expect(Set(known.update("b", to: .failed)) == ["both", "other"])
    #expect(known.answer(for: "both", now: 0) == .failed(which: ["b"]))
    known.remove("both")
    known.remove("other")
    #expect(known.count == 0 && !known.isWanted("a") && !known.isWanted("b"))
  }

  @Test("a failed job that is retried by hand is waited for again")
  func retriedByHand() {
    var known = Dependencies<String>()
    known.add("x", Rule(jobs: ["a", "b"], need: .any), deadline: 0) { _ in .failed }
    #expect(known.answer(for: "x", now: 0) == .failed(which: ["a", "b"]))
    _ = known.update("b", to: .pending)
    #expect(known.answer(for: "x", now: 0) == .waiting(on: ["b"], until: nil))
    #expect(known.update("b", to: .succeeded) == ["x"])
  }

  @Test("a job that vanishes while others wait for it is given up at their deadline")
  func vanishes() {
    var known = Dependencies<String>()
    known.add("x", Rule(jobs: ["a", "b"]), deadline: 5) { _ in .pending }
    #expect(known.update("a", to: .missing) == ["x"])
    #expect(known.answer(for: "x", now: 4) == .waiting(on: ["a", "b"], until: 5))
    #expect(known.answer(for: "x", now: 5) == .missing(which: ["a"]))
    #expect(known.update("a", to: .pending) == ["x"])
    #expect(known.answer(for: "x", now: 6) == .waiting(on: ["a", "b"], until: nil))
  }

  @Test("one that vanishes late is given up no sooner than is said then")
  func vanishesLate() {
    var known = Dependencies<String>()
    known.add("x", Rule(jobs: ["a"]), deadline: 5) { _ in .pending }
    #expect(known.update("a", to: .missing, deadline: 20) == ["x"])
    #expect(known.answer(for: "x", now: 19) == .waiting(on: ["a"], until: 20))
    #expect(known.resolve("a", as: "b", status: .missing, deadline: 10) == ["x"])
    #expect(known.answer(for: "x", now: 19) == .waiting(on: ["b"], until: 20), "never sooner")
    #expect(known.answer(for: "x", now: 20) == .missing(which: ["b"]))
  }

  @Test("a missing job that appears under another id is waited for under that id")
  func resolves() {
    var known = Dependencies<String>()
    known.add("x", Rule(jobs: ["a", "b"]), deadline: 5) { $0 == "b" ? .succeeded : .missing }
    known.add("y", Rule(jobs: ["a"]), deadline: 5) { _ in .missing }
    #expect(Set(known.resolve("a", as: "a~3", status: .pending)) == ["x", "y"])
    #expect(known.answer(for: "x", now: 9) == .waiting(on: ["a~3"], until: nil))
    #expect(!known.isWanted("a"))
    #expect(Set(known.update("a~3", to: .succeeded)) == ["x", "y"])
    #expect(known.answer(for: "x", now: 9) == .ready)
    #expect(known.resolve("nobody", as: "n~2", status: .pending) == [])
  }

  @Test("a circle of any length is found before it closes", arguments: [1, 2, 3, 10_000], [true, false])
  func cycles(length: Int, forwards: Bool) throws {
    var known = Dependencies<Int>()
    // 0 after 1 after 2 … the last after 0, added from either end.
    let order = forwards ? Array(0..<length) : Array((0..<length).reversed())
    for id in order.dropLast() {
      #expect(known.cycle(adding: id, after: [(id + 1) % length]) == nil)
      known.add(id, DependencyRule(jobs: [(id + 1) % length]), deadline: 0) { _ in .missing }
    }
    let last = try #require(order.last)
    let cycle = try #require(known.cycle(adding: last, after: [(last + 1) % length]))
    #expect(cycle.count == length + 1)
    #expect(cycle.first == last && cycle.last == last)
    for (id, next) in zip(cycle, cycle.dropFirst()) { #expect(next == (id + 1) % length) }
  }

  @Test("jobs that share what they wait for are no circle")
  func diamond() {
    var known = Dependencies<String>()
    known.add("d", Rule(jobs: ["b", "c"]), deadline: 0) { _ in .missing }
    known.add("b", Rule(jobs: ["a"]), deadline: 0) { _ in .missing }
    known.add("c", Rule(jobs: ["a"]), deadline: 0) { _ in .missing }
    #expect(known.cycle(adding: "a", after: ["z", "y"]) == nil)
    #expect(known.cycle(adding: "a", after: ["z", "d"])?.first == "a")
    known.remove("d")
    #expect(known.cycle(adding: "a", after: ["d"]) == nil)
  }

  @Test("a job may name another twice")
  func repeated() {
    var known = Dependencies<String>()
    known.add("x", Rule(jobs: ["a", "a"], need: .count(1)), deadline: 0) { _ in .pending }
    #expect(known.update("a", to: .succeeded) == ["x"])
  }
}
