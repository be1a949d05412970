import Platform

/// The last bytes of a long stream until it ends: in memory up to 8 MiB, else in an unnamed file beside the logs.
struct LogTail {
  /// What a run may hold in memory for each stream, bytes.
  static let mostInMemory = 8 << 20

  private let capacity: Int
  private let folder: Folder
  private var memory: Ring
  private var file: Descriptor?
  /// Of the file: where the next byte goes, and how many there are.
  private var next = 0
  private var inFile = 0

  init(capacity: Int, folder: Folder) {
    self.capacity = capacity
    self.folder = folder
    memory = Ring(capacity: min(capacity, Self.mostInMemory))
  }

  private var isInFile: Bool { capacity > Self.mostInMemory }

  var count: Int { isInFile ? inFile : memory.count }

  /// - Throws: of the file: a full disk.
  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    guard isInFile else { return memory.append(bytes) }
    let target: Descriptor
    if let file { target = file } else { target = try folder.createUnnamed() }
    file = target
    var rest = bytes.count > capacity ? UnsafeRawBufferPointer(rebasing: bytes.suffix(capacity)) : bytes
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest.prefix(capacity - next))
      try target.write(part, at: Int64(next))
      next = (next + part.count) % capacity
      inFile = min(capacity, inFile + part.count)
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part.count))
    }
  }

  /// What is kept, in the order it came.
  func forEachPart(_ body: (UnsafeRawBufferPointer) -> Void) throws(SystemError) {
    guard let file else { return memory.contents.withUnsafeBytes { body($0) } }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    let start = inFile < capacity ? 0 : next
    for span in [start..<inFile, 0..<start] {
      var offset = span.lowerBound
      while offset < span.upperBound {
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, span.upperBound - offset)])
        let count = try file.read(into: room, at: Int64(offset))
        if count == 0 { return }
        body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        offset += count
      }
    }
  }
}
