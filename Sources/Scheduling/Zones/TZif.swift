/// Reads zone files, tzfile(5): RFC 9636, versions 1 to 4.
///
/// Of a file of version 2 and later the second block is read, of 64-bit times, and the rule in its footer holds after the
/// last of them. Names of the offsets and what is summer time are passed over. No bytes can trap.
enum TZif {
  /// - Parameter name: for what is thrown.
  static func zone(_ bytes: [UInt8], name: String) throws(ZoneProblem) -> Zone {
    func damaged(_ what: String) -> ZoneProblem { .damaged(name, what: what) }
    let short = damaged("it ends too early")
    guard bytes.starts(with: magic) else { throw .notAZoneFile(name) }
    var reader = Reader(bytes: bytes)
    guard var header = Header(from: &reader) else { throw short }
    var timeSize = 4
    if header.version >= UInt8(ascii: "2") {
      guard reader.skip(header.blockSize(timeSize: 4)) else { throw short }
      guard reader.bytes[reader.index...].starts(with: magic) else { throw damaged("its second header is not one") }
      guard let second = Header(from: &reader) else { throw short }
      header = second
      timeSize = 8
    }
    let block = reader.index
    guard reader.skip(header.blockSize(timeSize: timeSize)) else { throw short }
    guard header.leaps == 0 else { throw .countsLeapSeconds(name) }
    guard header.types > 0 else { throw damaged("it has no offset") }

    // From here on every index is below the block's end.
    let kinds = block + header.times * timeSize
    let types = kinds + header.times
    var offsets: [Int32] = []
    for type in 0..<header.types {
      let offset = Int32(truncatingIfNeeded: reader.integer(at: types + type * 6, size: 4))
      // RFC 9636, 3.2: more than -25 hours and less than 26.
      guard (-89_999...93_599).contains(offset) else { throw damaged("an offset is longer than a day") }
      offsets.append(offset)
    }
    var zone = Zone(offset: offsets[0])
    var last: Int64?
    for index in 0..<header.times {
      let time = reader.integer(at: block + index * timeSize, size: timeSize)
      let type = Int(bytes[kinds + index])
      guard type < offsets.count else { throw damaged("a change is to an offset that it does not have") }
      if let last, time <= last { throw damaged("its changes are not in order") }
      zone.append(time, offset: offsets[type])
      last = time
    }
    if timeSize == 4 { return zone }

    guard let footer = reader.line() else { throw damaged("it ends before its rule does") }
    if footer.isEmpty { return zone }
    guard let rule = PosixZone(footer) else { throw damaged("its rule is not one") }
    guard let last else { return Zone(rule) }
    guard zone.follow(rule, from: last) else { throw damaged("its rule contradicts its last change") }
    return zone
  }

  private static let magic = Array("TZif".utf8)

  /// The 44 bytes before a block.
  private struct Header {
    let version: UInt8
    let isUTs, isStandards, leaps, times, types, letters: Int

    init?(from reader: inout Reader) {
      let start = reader.index
      guard reader.skip(44) else { return nil }
      version = reader.bytes[start + 4]
      // Up to 2³² each: their sum below is within Int.
      func count(_ index: Int) -> Int { Int(reader.integer(at: start + 20 + index * 4, size: 4) & 0xFFFF_FFFF) }
      (isUTs, isStandards, leaps, times, types, letters) = (count(0), count(1), count(2), count(3), count(4), count(5))
    }

    func blockSize(timeSize: Int) -> Int {
      times * (timeSize + 1) + types * 6 + letters + leaps * (timeSize + 4) + isStandards + isUTs
    }
  }

  private struct Reader {
    let bytes: [UInt8]
    var index = 0

    /// Goes on by so many bytes if they are there.
    mutating func skip(_ count: Int) -> Bool {
      guard count <= bytes.count - index else { return false }
      index += count
      return true
    }

    /// A big-endian number with its sign, at a place that is there.
    func integer(at place: Int, size: Int) -> Int64 {
      var value: Int64 = bytes[place] < 0x80 ? 0 : -1
      for byte in bytes[place..<place + size] { value = value << 8 | Int64(byte) }
      return value
    }

    /// What stands between two line feeds.
    mutating func line() -> ArraySlice<UInt8>? {
      guard index < bytes.count, bytes[index] == 0x0A else { return nil }
      let rest = bytes[(index + 1)...]
      guard let end = rest.firstIndex(of: 0x0A) else { return nil }
      index = end + 1
      return rest[..<end]
    }
  }
}
