import Platform

/// The names at the top of a tar, read from its headers alone (POSIX pax, ustar): enough to tell what kind of archive it is,
/// and whether it is all there. Nothing is unpacked.
struct TarListing {
  /// Names without `./` and `/`, of members that lie at the top or of the folders that others lie in.
  private(set) var names: Set<String> = []

  /// Why a file is no tar.
  enum Fault: Error, Equatable {
    case notTar
    case cutShort
    case system(SystemError)
  }

  private static let block = 512
  /// Members that are looked at; a tar of more is still unpacked whole.
  private static let most = 1_000_000

  init(_ file: Descriptor) throws(Fault) {
    let size: Int64
    do throws(SystemError) { size = try file.status().size } catch { throw .system(error) }
    var offset: Int64 = 0
    var members = 0
    while offset < size, members < Self.most {
      let header = try Self.header(file, at: offset, size: size)
      if header.allSatisfy({ $0 == 0 }) { break }
      guard Self.isHeader(header), let length = Self.number(header[124..<136]) else {
        throw members == 0 ? .notTar : .cutShort
      }
      members += 1
      // x, g, L, K: about the next member, and not one.
      if !"xgLK".utf8.contains(header[156]), let name = Self.top(header) { names.insert(name) }
      let (padded, tooLong) = length.addingReportingOverflow(Int64(Self.block - 1))
      guard !tooLong, length >= 0, padded / Int64(Self.block) * Int64(Self.block) <= size - offset - Int64(Self.block)
      else { throw .cutShort }
      offset += Int64(Self.block) + padded / Int64(Self.block) * Int64(Self.block)
    }
    if members == 0 { throw .notTar }
  }

  private static func header(_ file: Descriptor, at offset: Int64, size: Int64) throws(Fault) -> [UInt8] {
    if size - offset < Int64(block) { throw offset == 0 ? .notTar : .cutShort }
    var failure: SystemError?
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: block) { buffer, filled in
      do throws(SystemError) {
        count = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      } catch { failure = error }
      filled = count
    }
    if let failure { throw .system(failure) }
    guard count == block else { throw .cutShort }
    return bytes
  }

  /// The sum of all bytes, its own field taken for blanks.
  private static func isHeader(_ bytes: [UInt8]) -> Bool {
    var sum: Int64 = 8 * 0x20
    for (index, byte) in bytes.enumerated() where !(148..<156).contains(index) { sum += Int64(byte) }
    return number(bytes[148..<156]) == sum
  }

  /// Octal digits, or with the first bit set a binary number (GNU).
  private static func number(_ field: ArraySlice<UInt8>) -> Int64? {
    if let first = field.first, first & 0x80 != 0 {
      var number = Int64(first & 0x7F)
      for byte in field.dropFirst() {
        guard number < 1 << 54 else { return nil }
        number = number << 8 | Int64(byte)
      }
      return number
    }
    let digits = field.drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
    return digits.reduce(0) { $0 << 3 | Int64($1 - 0x30) }
  }

  private static func top(_ header: [UInt8]) -> String? {
    // A long path has its first part in `prefix`.
    let isUstar = header[257..<262].elementsEqual("ustar".utf8)
    let prefix = isUstar ? header[345..<500].prefix { $0 != 0 } : []
    let name = prefix.isEmpty ? header[0..<100].prefix { $0 != 0 } : prefix
    let first = name.split(separator: UInt8(ascii: "/")).first { !$0.elementsEqual(".".utf8) }
    return first.map { String(decoding: $0, as: UTF8.self) }
  }
}
