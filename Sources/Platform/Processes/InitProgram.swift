import CPlatform

/// The first process of a sandbox as a program of its own: `Init.c`'s code with an ELF header in front, some 9 KiB without
/// any library.
///
/// Alternatives refused: an executable beside `bobbin` is forgotten when somebody copies `bobbin` alone; `bobbin` itself
/// under another name needs its libraries in the sandbox and takes 2 ms to start (this one 0.2).
public enum InitProgram {
  /// The file's bytes; nil where there is no code for this processor.
  public static let bytes: [UInt8]? = {
    #if os(Linux)
      let code = bobbin_init_code()
      guard code.size > 0, let start = code.start else { return nil }
      return elf(UnsafeRawBufferPointer(start: start, count: code.size), entry: UInt64(code.entry))
    #else
      return nil
    #endif
  }()

  /// A file for elf(5): header, two program headers (all of it to be executed, a stack not to be), the code.
  private static func elf(_ code: UnsafeRawBufferPointer, entry: UInt64) -> [UInt8] {
    let headers: UInt64 = 64 + 2 * 56
    let base: UInt64 = 0x40_0000
    let size = headers + UInt64(code.count)
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0] + [UInt8](repeating: 0, count: 8)
    func put<Number: FixedWidthInteger>(_ numbers: Number...) {
      for number in numbers { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }
    }
    put(UInt16(2), machine)  // ET_EXEC
    put(UInt32(1))
    put(base + headers + entry, 64, 0)
    put(UInt32(0))
    put(UInt16(64), 56, 2, 64, 0, 0)
    put(UInt32(1), 5)  // PT_LOAD, read and execute
    put(UInt64(0), base, base, size, size, 0x1_0000)
    put(UInt32(0x6474_E551), 6)  // PT_GNU_STACK, read and write
    put(UInt64(0), 0, 0, 0, 0, 16)
    return bytes + code
  }

  #if arch(arm64)
    private static let machine: UInt16 = 183
  #else
    private static let machine: UInt16 = 62
  #endif
}
