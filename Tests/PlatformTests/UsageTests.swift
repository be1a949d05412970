import Platform
import TestSupport
import Testing

/// What a tree takes of the disk.
@Suite(.timeLimit(.minutes(60))) struct UsageTests {
  private let place: TemporaryFolder
  init() throws { place = try TemporaryFolder() }

  private func takes(moreThan limit: Int64) throws -> Bool { try Tree.takes(moreThan: limit, in: place.folder) }
  private func shell(_ line: String) { Command.shell("cd '\(place.path)' && " + line) }

  @Test("nothing takes nothing")
  func nothing() throws { #expect(try !takes(moreThan: 0)) }

  @Test("bytes count where they lie, in files and folders below")
  func bytes() throws {
    shell("mkdir -p a/b && head -c 100000 /dev/zero > a/b/f")
    #expect(try takes(moreThan: 100_000) && !takes(moreThan: 150_000))
  }

  @Test("a hole takes no room, a link not what it points to")
  func holes() throws {
    shell("truncate -s 1g hole; ln -s /usr link")
    #expect(try !takes(moreThan: 20_000))
  }

  @Test("a name takes room even if nothing is in it")
  func names() throws {
    shell("mkdir many; cd many; for i in $(seq 1000); do : > $i; done")
    #expect(try takes(moreThan: 4_000_000) && !takes(moreThan: 4_200_000))
  }

  @Test("what lies deeper than anybody looks counts as too much")
  func deep() throws {
    shell("d=d; for i in $(seq 7); do d=$d/$d; done; mkdir -p $d")
    #expect(try takes(moreThan: 1 << 40))
  }
}
