import Jobs
import Operations
import Platform
import Spool
import TestSupport
import Testing

/// Retention of what containers made: it may be anything.
@Suite struct CleaningAttackTests {
  private let spool: HandMadeSpool
  init() throws { spool = try HandMadeSpool(now: HandMadeSpool.twoHoursLater) }

  /// A folder outside with a file in it, which nothing may touch.
  private func makeBait() throws -> Folder {
    let bait = try spool.inner("bait", of: spool.folders[.groups])
    try bait.create("a").write(Array("text".utf8))
    return bait
  }

  private func expectUntouched(_ bait: Folder) throws {
    #expect(try bait.names() == ["a"])
    #expect(try bait.open("a").readAll(limit: 10) == Array("text".utf8))
    #expect(try bait.descriptor.status().mode & 0o777 == 0o755)
  }

  @Test("whatever was swept away is removed as what it is: nothing is followed, waited for or read")
  func hostile() throws {
    let bait = try makeBait()
    try bait.setMode(0o755)
    let stale = try spool.stale()
    Command.shell(
      """
      cd '\(spool.path)/errors/ipc/g/stale' && mkfifo fifo .hidden && ln -s '\(bait.path)' folder-link \
      && ln -s '\(bait.path)/a' link && ln -s /nowhere dangling && mkdir -p tree/a/b tree/closed \
      && ln -s '\(bait.path)' tree/a/b/out && ln -s ../../.. tree/up && mkfifo tree/closed/p && ln tree/closed/p hard \
      && chmod 000 tree/closed tree/a && chmod 000 tree && touch -- -rf '*' 'x.result.json'
      """)
    for name in [Array("a\nb".utf8), Array("../x".replacing("/", with: "\n").utf8), [0xFF, 0x1B, 0x0A]] {
      try stale.create("x").write([])
      try stale.move(Array("x".utf8), to: stale, as: name)
    }
    var count = 0
    try stale.forEachName { _, _ in count += 1 }
    #expect(count == 13)
    let removed = try spool.clean()
    #expect(removed.count == count)
    #expect(removed.contains("errors/ipc/g/stale a\nb") && removed.contains("errors/ipc/g/stale \u{FFFD}\u{1B}\n"))
    #expect(try Tree.isEmpty(stale))
    try expectUntouched(bait)
  }

  @Test("a refused request may be anything: a folder goes whole, a link alone")
  func oddRequests() throws {
    let bait = try makeBait()
    try bait.setMode(0o755)
    for name in ["f", "l", "p"] {
      try spool.putRequest(name, in: .failedRequests)
      try spool.requests(.failedRequests).remove("\(name).json")
    }
    Command.shell(
      """
      cd '\(spool.path)/errors/ipc/g' && mkdir -p f.json/in/er && ln -s '\(bait.path)' f.json/in/out \
      && ln -s '\(bait.path)' l.json && mkfifo p.json && chmod 000 f.json/in f.json
      """)
    #expect(try Set(spool.clean()) == ["errors/ipc/g f", "errors/ipc/g l", "errors/ipc/g p"])
    #expect(try spool.requestNames(.failedRequests).isEmpty)
    try expectUntouched(bait)
  }

  @Test("a group's folder that is a link is not followed, and one that no group can be called is not looked at")
  func links() throws {
    let bait = try makeBait()
    try bait.create("r.json").write([])
    for place in [SpoolPlace.doneRequests, .failedRequests] {
      try spool.folders[place].makeLink("g", to: bait.path)
      try spool.inner("no group", of: spool.folders[place]).create("r.json").write([])
    }
    try spool.inner("h", of: spool.folders[.failedRequests]).makeLink("stale", to: bait.path)
    #expect(try spool.clean().isEmpty)
    #expect(try bait.names().sorted() == ["a", "r.json"])
  }
}
