import Jobs
import Platform
import TestSupport
import Testing

@testable import Runner

@Suite(.timeLimit(.minutes(60))) struct StreamTests {
  private let place: TemporaryFolder
  init() throws { place = try TemporaryFolder() }

  @Test("a ring keeps the last bytes of whatever is put in, in order", arguments: [0, 1, 7, 64])
  func ring(capacity: Int) {
    var ring = Ring(capacity: capacity)
    var all: [UInt8] = []
    var seed: UInt64 = 42
    for _ in 0..<200 {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let piece = (0..<Int(seed >> 33) % 40).map { UInt8(truncatingIfNeeded: all.count + $0) }
      piece.withUnsafeBytes { ring.append($0) }
      all += piece
      #expect(ring.contents == Array(all.suffix(capacity)))
      #expect(ring.count == min(all.count, capacity))
    }
  }

  /// Everything written through a pipe, in pieces that it holds.
  private func capture(_ bytes: [UInt8], limit: Int64 = 10 << 20, name: String = "x") throws -> (
    stream: StreamCapture, text: StreamText
  ) {
    let pipe = try Program.pipe()
    let stream = StreamCapture(
      pipe: pipe.read, limit: ByteCount(limit), stem: name, ending: ".out", folder: place.folder)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
    defer { buffer.deallocate() }
    var rest = bytes[...]
    while !rest.isEmpty {
      try pipe.write.write(Array(rest.prefix(60_000)))
      rest = rest.dropFirst(60_000)
      stream.drain(using: buffer)
    }
    return (stream, stream.finish())
  }

  @Test(
    "a stream up to the limit is whole in its log, and counted", arguments: [1, 1000, 65_536, 65_537, 200_000, 1 << 20])
  func whole(size: Int) throws {
    let bytes = (0..<size).map { UInt8(0x20 + $0 % 90) }
    let (stream, text) = try capture(bytes, limit: 1 << 20)
    #expect(text.bytes == Int64(size) && text.log == "logs/jobs/x.out")
    #expect(try place.read("x.out") == bytes)
    #expect(text.truncated == (size > 65_536) && text.text.utf8.count <= 65_536)
    if size <= 65_536 { #expect(Array(text.text.utf8) == bytes) }
    #expect((stream.longLog != nil) == (size > 65_536))
  }

  @Test(
    "of more than the limit the log has the first and the last half, with a line that counts what is missing",
    arguments: [(1025, 1024), (5000, 1024), (100_000, 1025), (300_000, 2048)])
  func cut(size: Int, limit: Int) throws {
    let bytes = (0..<size).map { UInt8(0x30 + $0 % 70) }
    let (_, text) = try capture(bytes, limit: Int64(limit))
    let head = limit / 2
    let tail = limit - head
    let line = "\n[… \(size - limit) bytes are missing here …]\n"
    #expect(try place.read("x.out") == Array(bytes.prefix(head)) + Array(line.utf8) + Array(bytes.suffix(tail)))
    #expect(text.bytes == Int64(size))
  }

  @Test("10 MB in one line are counted to the byte, and memory holds the ends only")
  func oneLine() throws {
    let (_, text) = try capture([UInt8](repeating: 0x61, count: 10_000_000), limit: 1 << 20)
    #expect(text.bytes == 10_000_000 && text.truncated && text.text.utf8.count <= 65_536)
    #expect(try place.folder.status("x.out").map { $0.size < 1 << 20 + 100 } == true)
  }

  @Test("a read that fails now and then is tried again, and one that fails always is the end", arguments: [3, 7, 8])
  func failingReads(failures: Int) throws {
    let place = try TemporaryFolder()
    try place.write("file", "text")
    let file = try place.folder.open("file")
    var left = failures
    let stream = StreamCapture(
      pipe: file, limit: ByteCount(1000), stem: "x", ending: ".out", folder: place.folder
    )
    stream.read = { (buffer) throws(SystemError) in
      left -= 1
      if left >= 0 { throw SystemError(call: "read", code: SystemError.inputOutput) }
      return try file.read(into: buffer)
    }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 1)
    defer { buffer.deallocate() }
    stream.drain(using: buffer)
    #expect(stream.isOver && stream.finish().text == (failures < 8 ? "text" : ""))
  }

  @Test("a stream that wrote nothing has no log file")
  func nothing() throws {
    let (stream, text) = try capture([])
    #expect(text.bytes == 0 && text.log == nil && stream.longLog == nil)
    #expect(try place.folder.names() == [])
  }

  @Test("bytes that are not UTF-8 are said to be, and are in the log as they came")
  func notUTF8() throws {
    let (_, text) = try capture([0x61, 0xFF, 0x62])
    #expect(text.notUTF8 && text.text == "a\u{FFFD}b")
    #expect(try place.read("x.out") == [0x61, 0xFF, 0x62])
  }

  @Test("no log is ever written over: the next of the name has another, and the result names it")
  func taken() throws {
    _ = try capture([0x61])
    let (_, text) = try capture([0x62])
    #expect(text.log == "logs/jobs/x~2.out")
    #expect(try place.text("x.out") == "a" && place.text("x~2.out") == "b")
  }

  @Test(
    "a log that cannot be written loses neither the ends nor the count",
    .enabled(if: Need.mounting, "\(Need.mountingSays)"))
  func fullDisk() throws {
    let mount = try MountedFolder(size: "64k")
    let pipe = try Program.pipe()
    let stream = StreamCapture(
      pipe: pipe.read, limit: .mebibytes(10), stem: "x", ending: ".out", folder: try Folder(path: mount.path))
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
    defer { buffer.deallocate() }
    for _ in 0..<10 {
      try pipe.write.write([UInt8](repeating: 0x61, count: 50_000))
      stream.drain(using: buffer)
    }
    let text = stream.finish()
    #expect(stream.logFailure?.isFull == true && text.bytes == 500_000 && text.text.hasSuffix("a"))
  }
}
