import Platform

/// What a program or library needs of others, elf(5). Read from the file: ldd(1) would execute it.
struct ElfFile {
  /// The program loader it names, PT_INTERP; nil: it is linked statically, or a library.
  private(set) var interpreter: String?
  /// Libraries by name, DT_NEEDED.
  private(set) var needed: [String] = []
  /// Folders to look in first, DT_RPATH and DT_RUNPATH, as they are written.
  private(set) var runPaths: [String] = []
  /// e_machine: 62 is x86-64, 183 is AArch64.
  private(set) var machine: UInt16 = 0

  private static let longestText = 4096
  private static let mostHeaders = 1024
  private static let longestTable = 4 << 20

  /// A segment: where it lies in the file, and in memory.
  private struct Segment {
    let type: UInt32
    let offset: UInt64
    let address: UInt64
    let size: UInt64
  }

  /// Nil: it is no ELF file of 64 bits and little-endian, or it says nothing that makes sense.
  init?(_ file: Descriptor) throws(SystemError) {
    let header = try file.bytes(at: 0, count: 64)
    guard header.count == 64, header.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else { return nil }
    machine = header.number(18)
    let start: UInt64 = header.number(32)
    let size = Int(header.number(54) as UInt16)
    let count = Int(header.number(56) as UInt16)
    guard size >= 56, count <= Self.mostHeaders else { return nil }
    let table = try file.bytes(at: start, count: size * count)
    guard table.count == size * count else { return nil }
    let segments = (0..<count).map { index in
      let at = index * size
      return Segment(
        type: table.number(at), offset: table.number(at + 8), address: table.number(at + 16),
        size: table.number(at + 32))
    }
    if let part = segments.first(where: { $0.type == 3 }) {
      interpreter = try file.text(at: part.offset, limit: Int(clamping: min(part.size, UInt64(Self.longestText))))
    }
    if let part = segments.first(where: { $0.type == 2 }) { try readDynamic(part, segments, file) }
  }

  /// Pairs of a tag and a value, of which some are places in a table of texts.
  private mutating func readDynamic(_ part: Segment, _ segments: [Segment], _ file: Descriptor) throws(SystemError) {
    let bytes = try file.bytes(at: part.offset, count: Int(clamping: min(part.size, UInt64(Self.longestTable))))
    var entries: [(tag: UInt64, value: UInt64)] = []
    for at in stride(from: 0, to: bytes.count - 15, by: 16) {
      let tag: UInt64 = bytes.number(at)
      if tag == 0 { break }
      entries.append((tag, bytes.number(at + 8)))
    }
    guard let address = entries.first(where: { $0.tag == 5 })?.value,
      let segment = segments.first(where: {
        $0.type == 1 && address >= $0.address && address - $0.address < $0.size
      })
    else { return }
    let table = segment.offset &+ (address - segment.address)
    for (tag, value) in entries where tag == 1 || tag == 15 || tag == 29 {
      let text = try file.text(at: table &+ value, limit: Self.longestText)
      if tag == 1 { needed.append(text) } else { runPaths += text.split(separator: ":").map(String.init) }
    }
  }
}

extension [UInt8] {
  /// A little-endian number; 0 beyond the end.
  fileprivate func number<Number: FixedWidthInteger>(_ offset: Int) -> Number {
    guard offset >= 0, offset + MemoryLayout<Number>.size <= count else { return 0 }
    return self[offset..<offset + MemoryLayout<Number>.size].reversed().reduce(0) { $0 << 8 | Number($1) }
  }
}

extension Descriptor {
  /// What is at a place, as much as there is of it.
  fileprivate func bytes(at offset: UInt64, count: Int) throws(SystemError) -> [UInt8] {
    guard offset < 1 << 62, count > 0 else { return [] }
    var failure: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(SystemError) {
        filled = try read(into: UnsafeMutableRawBufferPointer(buffer), at: Int64(offset))
      } catch { failure = error }
    }
    if let failure { throw failure }
    return bytes
  }

  /// A text up to its NUL.
  fileprivate func text(at offset: UInt64, limit: Int) throws(SystemError) -> String {
    String(decoding: try bytes(at: offset, count: limit).prefix { $0 != 0 }, as: UTF8.self)
  }
}
