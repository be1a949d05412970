import Platform
import TestSupport
import Testing

@testable import Runner

@Suite struct LogTailTests {
  @Test(
    "the end of a long stream is kept in its order, in memory and in a file alike",
    arguments: [
      // capacity, bytes appended
      (10, 7), (10, 10), (10, 11), (10, 95), (LogTail.mostInMemory + 3, 5), (LogTail.mostInMemory + 3, 20_000_003),
    ])
  func tail(capacity: Int, total: Int) throws {
    let place = try TemporaryFolder()
    let folder = try Folder(path: place.path)
    var tail = LogTail(capacity: capacity, folder: folder)
    let stream = (0..<total).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    var rest = stream[...]
    while !rest.isEmpty {
      try Array(rest.prefix(1_000_003)).withUnsafeBytes { try tail.append($0) }
      rest = rest.dropFirst(1_000_003)
    }
    var kept: [UInt8] = []
    try tail.forEachPart { kept += $0 }
    #expect(tail.count == min(capacity, total))
    #expect(kept == Array(stream.suffix(capacity)))
    #expect(try folder.names().isEmpty)
  }
}
