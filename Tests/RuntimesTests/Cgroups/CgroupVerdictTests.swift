import Testing

@testable import Runtimes

@Suite(.timeLimit(.minutes(60))) struct CgroupVerdictTests {
  private static func one(_ controllers: Set<String>, readOnly: Bool = false) -> CgroupVerdict.Facts {
    CgroupVerdict.Facts(
      place: CgroupPlace(version: .one, controllers: controllers, path: "/c", isReadOnly: readOnly), user: "ann")
  }

  /// A cgroup of version 2 that was handed over to us and holds nobody else; then what is different.
  private static func two(_ change: (inout CgroupVerdict.Facts) -> Void = { _ in }) -> CgroupVerdict.Facts {
    var facts = CgroupVerdict.Facts(
      place: CgroupPlace(version: .two, controllers: [], path: "/c", isReadOnly: false), user: "ann")
    facts.available = ["cpuset", "cpu", "io", "memory", "pids"]
    facts.isDelegated = true
    change(&facts)
    return facts
  }

  private static let all: Set<String> = ["memory", "pids", "cpu"]

  @Test(
    "what may be used follows from what was found",
    arguments: [
      (one(["memory"]), true, ["memory"], false), (one(["cpu", "cpuacct"]), true, ["cpu", "cpuacct"], false),
      (one(["freezer"]), true, [], false), (one(["memory"], readOnly: true), false, [], false),
      (two(), true, all, true),
      (two { $0.enabled = ["memory", "pids", "cpu"] }, true, all, false),
      (two { $0.others = 1 }, true, [], false),
      (two { $0.isDelegated = false }, true, [], false),
      (two { $0.isRoot = true }, true, [], false),
      (
        two {
          $0.isRoot = true
          $0.enabled = ["memory", "io"]
        }, true, ["memory"], false
      ),
      (two { $0.available = [] }, true, [], false),
      (two { $0.available = ["memory", "pids"] }, true, ["memory", "pids"], true),
      (two { $0.mayMake = false }, false, [], false),
    ] as [(CgroupVerdict.Facts, Bool, Set<String>, Bool)])
  func verdict(facts: CgroupVerdict.Facts, tracks: Bool, usable: Set<String>, moves: Bool) {
    let verdict = CgroupVerdict(facts)
    #expect(verdict.tracks == tracks && verdict.usable == usable && verdict.movesRunner == moves)
    // Whatever of the three is missing is explained, and nothing else is.
    let isWhole = facts.place.version == .one ? verdict.tracks : usable.isSuperset(of: Self.all)
    #expect((verdict.reason == nil) == isWhole)
  }

  @Test("what is not handed over is never moved in, however it looks otherwise")
  func neverMoves() {
    for isRoot in [true, false] {
      for isDelegated in [true, false] {
        for others in [0, 1] {
          let verdict = CgroupVerdict(
            Self.two {
              ($0.isRoot, $0.isDelegated, $0.others) = (isRoot, isDelegated, others)
            })
          #expect(verdict.movesRunner == (!isRoot && isDelegated && others == 0))
        }
      }
    }
  }
}
