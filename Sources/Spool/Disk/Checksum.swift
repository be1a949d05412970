/// Tells whether bytes that are read back are those that were written, however they were cut into pieces on the way.
/// Against accidents of a disk, not against people.
public struct Checksum: Sendable, Equatable {
  private var sum: UInt64 = 0xCBF2_9CE4_8422_2325
  /// Bytes that do not fill a word yet, the first one lowest.
  private var rest: UInt64 = 0
  /// Bytes so far.
  public private(set) var count: Int64 = 0

  public init() {}

  /// Takes the next bytes. By words of eight: a byte at a time costs a loud job a tenth of its copying, this does not show.
  public mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var offset = 0
    while offset < bytes.count {
      let filled = Int(count % 8)
      if filled == 0, bytes.count - offset >= 8 {
        mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
        offset += 8
        count += 8
      } else {
        rest |= UInt64(bytes[offset]) << UInt64(filled * 8)
        offset += 1
        count += 1
        if filled == 7 {
          mix(rest)
          rest = 0
        }
      }
    }
  }

  /// FNV-1a's step with its 64-bit prime, on a word; the shift brings high bits down, which the product alone never does.
  private mutating func mix(_ word: UInt64) {
    sum = (sum ^ word) &* 0x100_0000_01B3
    sum ^= sum >> 29
  }
}
