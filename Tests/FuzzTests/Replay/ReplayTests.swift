import Platform
import Testing

/// Every input that was worth keeping, through its rule: corpora found by `Tests/fuzz`, and what broke a rule once.
@Suite("What was found by fuzzing holds") struct ReplayTests {
  private static let corpus = String(#filePath.dropLast("Replay/ReplayTests.swift".count)) + "Corpus"

  @Test("each input of a rule's corpus is read as it promises", arguments: FuzzRule.all.map(\.name))
  func replay(name: String) throws {
    let rule = try #require(FuzzRule.all.first { $0.name == name })
    let folder = try Folder(path: Self.corpus + "/" + name)
    let files = try folder.names()
    #expect(!files.isEmpty)
    for file in files {
      let bytes = try folder.open(file).readAll(limit: 1 << 20)
      do throws(Broken) { try rule.check(bytes) } catch { Issue.record("\(name)/\(file): \(error.what)") }
    }
  }

  @Test("no folder is there without its rule")
  func folders() throws {
    let names = Set(try Folder(path: Self.corpus).names())
    #expect(names == Set(FuzzRule.all.map(\.name)))
  }

  @Test("an empty input, a NUL and bytes that are no text break no rule", arguments: FuzzRule.all.map(\.name))
  func oddBytes(name: String) throws {
    let rule = try #require(FuzzRule.all.first { $0.name == name })
    for bytes: [UInt8] in [
      [], [0], [0, 0, 0, 0], [0xFF], [0xC3], Array(0...255), [UInt8](repeating: 0x5B, count: 300),
    ] {
      do throws(Broken) { try rule.check(bytes) } catch { Issue.record("\(name): \(bytes): \(error.what)") }
    }
  }
}
