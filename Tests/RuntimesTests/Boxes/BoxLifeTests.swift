import Platform
import Testing

@testable import Runtimes

@Suite("The life of a box and of the runs in it")
struct BoxLifeTests {
  private static let place = BoxPlace(device: 5, inode: 7)
  private static let over = BoxLife.Word.over(left: 1, microseconds: 20, kilobytes: 30)

  private func running(kept: Bool, mounts: Int = 0) -> BoxLife {
    var life = BoxLife(isKept: kept)
    #expect(life.connected() == .sendJob)
    #expect(life.sent(mounts: mounts) == (mounts == 0 ? .sendGo : .none))
    return life
  }

  @Test("a run for one job is over when its box is gone: the maker reaped and nobody connected any more")
  func once() {
    var life = running(kept: false)
    #expect(life.heard(.started, expected: []) == .none && life.hasStarted)
    #expect(life.heard(.ended(status: 3 << 8), expected: []) == .none)
    #expect(life.heard(Self.over, expected: []) == .takeReadings)
    #expect(life.heard(.clean(true), expected: []) == .sendLeave)
    #expect(!life.isRunOver)
    life.hungUp()
    #expect(!life.isRunOver)
    life.makerEnded()
    #expect(life.isRunOver && life.report.cause == .exited(3) && life.report.leftover == 1)
  }

  @Test("a maker that dies takes no run along")
  func makerFirst() {
    var life = running(kept: false)
    life.makerEnded()
    #expect(!life.isRunOver)
    _ = life.heard(.ended(status: 0), expected: [])
    #expect(life.heard(Self.over, expected: []) == .takeReadings)
    life.hungUp()
    #expect(life.isRunOver && life.report.cause == .exited(0))
  }

  @Test("a box that never came is gone with its maker, and one that comes afterwards is sent away")
  func never() {
    var life = BoxLife(isKept: false)
    #expect(life.close() == .none)
    life.makerEnded()
    #expect(life.isRunOver && !life.wasConnected)
    #expect(life.connected() == .sendLeave)
  }

  @Test("a kept box is free for the next run when it says that it is clean, and starts that one with an empty report")
  func kept() {
    var life = running(kept: true)
    _ = life.heard(.started, expected: [])
    _ = life.heard(.ended(status: 0), expected: [])
    _ = life.heard(Self.over, expected: [])
    #expect(!life.isRunOver)
    #expect(life.heard(.clean(true), expected: []) == .none)
    #expect(life.isRunOver && life.phase == .idle && !life.isGone)
    #expect(life.sent(mounts: 0) == .sendGo)
    #expect(!life.isRunOver && !life.hasStarted && life.report == InitReport())
  }

  @Test("a kept box that is not clean ends, and its run with it")
  func unclean() {
    var life = running(kept: true)
    _ = life.heard(.ended(status: 0), expected: [])
    _ = life.heard(Self.over, expected: [])
    #expect(life.heard(.clean(false), expected: []) == .sendLeave)
    #expect(!life.isRunOver && life.phase == .ending)
    life.hungUp()
    life.makerEnded()
    #expect(life.isRunOver && life.report.cause == .exited(0))
  }

  @Test("nothing runs before every mount was seen to be what was checked")
  func mounts() {
    var life = running(kept: false, mounts: 2)
    let expected = [Self.place, BoxPlace(device: 1, inode: 2)]
    #expect(life.heard(.mount(index: 0, place: Self.place), expected: expected) == .none)
    #expect(life.heard(.mount(index: 1, place: expected[1]), expected: expected) == .sendGo)
    #expect(life.phase == .running && life.changedMount == nil)
  }

  @Test(
    "a mount that is another one, is not there or was not asked for ends the box",
    arguments: [(0, BoxPlace(device: 5, inode: 8)), (0, nil), (3, BoxPlace(device: 5, inode: 7))] as [(Int, BoxPlace?)])
  func changed(_ index: Int, _ found: BoxPlace?) {
    var life = running(kept: false, mounts: 1)
    #expect(life.heard(.mount(index: index, place: found), expected: [Self.place]) == .sendLeave)
    #expect(life.changedMount == index && life.phase == .ending && !life.hasStarted)
    #expect(life.heard(.started, expected: []) == .none && !life.hasStarted)
  }

  @Test("in no state does a word of a run that is over bring one to life, or make an ending box free")
  func edges() {
    let words: [BoxLife.Word] = [
      .notExecuted(stage: 5, code: 2), .ended(status: 0), Self.over, .mount(index: 0, place: Self.place), .started,
      .clean(true), .clean(false), .unknown,
    ]
    let lives: [(String, BoxLife)] = [
      ("starting", BoxLife(isKept: true)),
      ("checking", running(kept: true, mounts: 1)),
      ("running", running(kept: true)),
      (
        "over",
        {
          var l = running(kept: true); _ = l.heard(Self.over, expected: []); return l
        }()
      ),
      (
        "idle",
        {
          var l = running(kept: true)
          _ = l.heard(Self.over, expected: [])
          _ = l.heard(.clean(true), expected: [])
          return l
        }()
      ),
      (
        "ending",
        {
          var l = running(kept: true); _ = l.close(); return l
        }()
      ),
    ]
    // What each word does in each state: the phase that follows.
    let table: [String: [String]] = [
      "starting": Array(repeating: "starting", count: 8),
      "checking": ["checking", "checking", "checking", "running", "checking", "checking", "checking", "checking"],
      "running": ["running", "running", "over", "running", "running", "running", "running", "running"],
      "over": ["over", "over", "over", "over", "over", "idle", "ending", "over"],
      "idle": Array(repeating: "idle", count: 8),
      "ending": Array(repeating: "ending", count: 8),
    ]
    for (name, life) in lives {
      for (index, word) in words.enumerated() {
        var next = life
        _ = next.heard(word, expected: [Self.place])
        let phase = "\(next.phase)".prefix { $0 != "(" }
        #expect(phase == table[name]?[index] ?? "", "\(word) in \(name)")
      }
    }
  }

  @Test("words are four numbers, and anything else is none")
  func words() {
    #expect(BoxLife.Word([2, 256, 0, 0]) == .ended(status: 256))
    #expect(BoxLife.Word([4, 1, -1, 0]) == .mount(index: 1, place: nil))
    for numbers in [[], [2], [2, 0, 0], [9, 0, 0, 0], [0, 0, 0, 0]] as [[Int64]] {
      #expect(BoxLife.Word(numbers) == .unknown)
    }
  }
}
