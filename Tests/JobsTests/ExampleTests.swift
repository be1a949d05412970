import Jobs
import Platform
import TestSupport
import Testing

@Suite("Examples/jobs")
struct ExampleTests {
  private static let folder: String = {
    let own = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return "/\(own)/Examples/jobs"
  }()

  private static func bytes(_ name: String) throws -> [UInt8] {
    try FileSystem.openForReading(path: "\(folder)/\(name)").readAll(limit: 1 << 20)
  }

  @Test("every example is accepted, but the one with a typo, and that is refused with the key that was meant")
  func accepted() throws {
    let names = try Folder(path: Self.folder).names()
    #expect(names.count >= 12)
    for name in names where name != "typo.json" {
      #expect(throws: Never.self, "\(name)") { try Job.read(try Self.bytes(name)) }
    }
    let refusal = #expect(throws: Refusal.self) { try Job.read(try Self.bytes("typo.json")) }
    #expect(refusal?.code == .unknownKey)
    #expect(refusal?.line == 3)
    #expect(refusal?.reason.contains("'timeout'") == true)
  }

  @Test("the two invoices are the same work under the same key")
  func sameKey() throws {
    let (one, two) = (try Self.job("invoice-17.json"), try Self.job("resent-invoice-17.json"))
    #expect(one.key == two.key)
    #expect(one.work == two.work)
  }

  @Test("the table in Examples/README.md names every example")
  func described() throws {
    let readme = String(decoding: try Self.bytes("../README.md"), as: UTF8.self)
    let names = try Folder(path: Self.folder).names()
    #expect(names.count > 15)
    for name in names { #expect(readme.contains("`\(name.dropLast(5))`"), "\(name)") }
  }

  private static func job(_ name: String) throws -> Job { try Job.read(try bytes(name)) }
}
