import Testing

@testable import Torture

/// A protocol by which `new` comes to be under the name `x`, where `old` was.
private struct Way: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let events: [Event]
  /// By rules: whether some state has neither whole content under `x` at any cut.
  let mayTear: Set<Rules>
  /// Whether some state after its end has not the new content.
  let mayForget: Set<Rules>
}

/// Protocols of writing a file, under both rules: what a search must find, and what it must not.
@Suite struct FrontierTests {
  private static let folder = Volume.root
  private static let (old, new) = (Array("old!".utf8), Array(repeating: UInt8(ascii: "n"), count: 10_000))
  private static let (oldInode, newInode) = (1, 2)

  private static let start: Volume = {
    var volume = Volume()
    volume.apply(.make(oldInode, .file, mode: 0o600, at: Slot("x", in: folder)))
    volume.apply(.write(oldInode, at: 0, old))
    return volume
  }()

  private static let make = Event.change(.make(newInode, .file, mode: 0o600, at: Slot("t", in: folder)))
  private static let write = Event.change(.write(newInode, at: 0, new))
  private static let rename = Event.change(
    .rename(newInode, from: Slot("t", in: folder), to: Slot("x", in: folder)))
  private static let both: Set<Rules> = [.ext4, .posix]

  private static let protocols = [
    Way(
      testDescription: "written in place",
      events: [.change(.resize(oldInode, to: 0)), .change(.write(oldInode, at: 0, new))], mayTear: both, mayForget: both
    ),
    Way(testDescription: "written and renamed", events: [make, write, rename], mayTear: both, mayForget: both),
    Way(
      testDescription: "written, renamed, the folder synced",
      events: [make, write, rename, .sync(.entries(folder), began: 3)], mayTear: both, mayForget: both),
    Way(
      testDescription: "written, renamed, then synced",
      events: [make, write, rename, .sync(.file(newInode, isFull: false), began: 3)],
      mayTear: both, mayForget: both),
    Way(
      testDescription: "written, synced, renamed",
      events: [make, write, .sync(.file(newInode, isFull: false), began: 2), rename], mayTear: [], mayForget: both),
    Way(
      testDescription: "written, synced, renamed, the file synced in full",
      events: [
        make, write, .sync(.file(newInode, isFull: false), began: 2), rename,
        .sync(.file(newInode, isFull: true), began: 3),
      ], mayTear: [], mayForget: [.posix]),
    Way(
      testDescription: "written, synced, renamed, the folder synced",
      events: [
        make, write, .sync(.file(newInode, isFull: false), began: 2), rename, .sync(.entries(folder), began: 3),
      ],
      mayTear: [], mayForget: []),
    Way(
      testDescription: "written, synced, renamed, all synced",
      events: [make, write, .sync(.file(newInode, isFull: false), began: 2), rename, .sync(.everything, began: 3)],
      mayTear: [], mayForget: []),
    Way(
      testDescription: "a sync that began before the write",
      events: [make, write, .sync(.file(newInode, isFull: false), began: 1), rename],
      mayTear: both, mayForget: both),
  ]

  @Test("a protocol tears or forgets under the rules under which it does", arguments: protocols, Rules.allCases)
  private func tearsOrForgets(_ one: Way, _ rules: Rules) {
    // By all states there are, and by chance alone.
    for limit in [1000, 1] {
      var frontier = Frontier(Self.start, rules)
      var (tears, forgets) = (false, false)
      for (cut, event) in one.events.enumerated() {
        frontier.take(event)
        for round in 0..<(limit == 1 ? 400 : 1) {
          var random = Seeded(7, UInt64(cut), UInt64(round))
          let (crashes, isAll) = frontier.crashes(atMost: limit, &random)
          #expect(limit == 1 || isAll)
          for crash in crashes {
            let found = frontier.volume(after: crash).content("x")?.bytes
            if found != Self.old, found != Self.new { tears = true }
            if cut == one.events.count - 1, found != Self.new { forgets = true }
          }
        }
      }
      #expect(tears == one.mayTear.contains(rules), "limit \(limit)")
      #expect(forgets == one.mayForget.contains(rules), "limit \(limit)")
    }
  }

  private static let (a, b) = (3, 4)
  private static let twoFolders: Volume = {
    var volume = start
    for (inode, name) in [(a, "a"), (b, "b")] {
      volume.apply(.make(inode, .folder, mode: 0o700, at: Slot(name, in: folder)))
    }
    return volume
  }()

  private func states(_ changes: [Change], syncs: [Sync] = [], _ rules: Rules) -> Set<[String]> {
    var frontier = Frontier(Self.twoFolders, rules)
    for change in changes { frontier.take(.change(change)) }
    for sync in syncs { frontier.take(.sync(sync, began: changes.count)) }
    var random = Seeded(1)
    let (crashes, isAll) = frontier.crashes(atMost: 1000, &random)
    #expect(isAll)
    return Set(
      crashes.map { crash in
        var files: [String] = []
        let volume = frontier.volume(after: crash)
        volume.walk(from: Volume.root, skips: { _ in false }) { path, node in
          if node.kind == .file { files.append(path) }
        }
        return files
      })
  }

  private static let toA = Change.rename(oldInode, from: Slot("x", in: folder), to: Slot("x", in: a))
  private static let toB = Change.rename(oldInode, from: Slot("x", in: a), to: Slot("x", in: b))
  private static let other = Change.make(newInode, .file, mode: 0o600, at: Slot("y", in: b))

  @Test("a file that is renamed twice is always in one of the three places", arguments: Rules.allCases)
  func twice(rules: Rules) { #expect(states([Self.toA, Self.toB], rules) == [["x"], ["a/x"], ["b/x"]]) }

  @Test("a sync of the last folder brings the renames before to the disk", arguments: Rules.allCases)
  func synced(rules: Rules) { #expect(states([Self.toA, Self.toB], syncs: [.entries(Self.b)], rules) == [["b/x"]]) }

  @Test("changes of different files come in any order under POSIX, and in theirs on ext4")
  func order() {
    #expect(states([Self.toA, Self.other], .ext4) == [["x"], ["a/x"], ["a/x", "b/y"]])
    #expect(states([Self.toA, Self.other], .posix) == [["x"], ["a/x"], ["a/x", "b/y"], ["b/y", "x"]])
  }

  @Test("a sync of one folder leaves the others to themselves under POSIX, and takes what came before along on ext4")
  func oneFolder() {
    #expect(states([Self.toA, Self.other], syncs: [.entries(Self.b)], .ext4) == [["a/x", "b/y"]])
    #expect(states([Self.toA, Self.other], syncs: [.entries(Self.b)], .posix) == [["a/x", "b/y"], ["b/y", "x"]])
  }

  @Test("the same seed draws the same states", arguments: Rules.allCases)
  func seeds(rules: Rules) {
    var frontier = Frontier(Self.twoFolders, rules)
    for number in 0..<30 {
      frontier.take(.change(.make(100 + number, .file, mode: 0o600, at: Slot("f\(number)", in: Self.a))))
      frontier.take(.change(.write(100 + number, at: 0, [1, 2, 3])))
    }
    func draw(_ seed: UInt64) -> [Crash] {
      var random = Seeded(seed)
      return frontier.crashes(atMost: 20, &random).crashes
    }
    #expect(draw(1) == draw(1) && draw(1) != draw(2))
  }
}
