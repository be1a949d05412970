import Testing

@testable import Runner

@Suite("What cannot be moved is tried again at growing intervals")
struct SetAsideTests {
  private static let second: Int64 = 1_000_000_000
  private let name = Array("x.json".utf8)

  @Test("after 1 s, 2 s, 4 s … 60 s, and once each time")
  func grows() {
    var aside = SetAside()
    var now: Int64 = 0
    for wait: Int64 in [1, 2, 4, 8, 16, 32, 60, 60] {
      aside.add(name, now: now)
      #expect(aside.holds(name) && aside.names == [name])
      #expect(aside.takeDue(now: now + wait * Self.second - 1).isEmpty)
      now += wait * Self.second
      #expect(aside.takeDue(now: now) == [name] && aside.takeDue(now: now).isEmpty)
      #expect(!aside.holds(name) && aside.names.isEmpty)
    }
  }

  @Test("what was touched is looked at at once, and what was well for long begins anew")
  func letGo() {
    var aside = SetAside()
    for now in [0, Self.second] { aside.add(name, now: now) }
    aside.letGo(name)
    #expect(!aside.holds(name) && aside.takeDue(now: 300 * Self.second).isEmpty)
    aside.add(name, now: 300 * Self.second)
    #expect(aside.takeDue(now: 301 * Self.second) == [name])
    #expect(!aside.holds(Array("y.json".utf8)))
  }
}
