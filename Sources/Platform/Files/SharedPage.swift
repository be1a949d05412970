#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import CPlatform

/// A file mapped into memory and shared: what is stored here outlives this process without a system call (not the
/// machine: nothing is synced).
///
/// `@unchecked Sendable`: the mapping itself never changes; who writes where is the owner's affair.
public final class SharedPage: @unchecked Sendable {
  public let bytes: UnsafeMutableRawBufferPointer

  /// Maps the first `size` bytes of a file, after making sure that the disk has room for them.
  public init(_ file: Descriptor, size: Int) throws(SystemError) {
    #if os(Linux)
      let code = bobbin_reserve(file.number, off_t(size))
      if code != 0 { throw SystemError(call: "posix_fallocate", code: code) }
    #else
      try check("ftruncate") { ftruncate(file.number, off_t(size)) }
    #endif
    let address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.number, 0)
    guard let address, address != MAP_FAILED else { throw SystemError(call: "mmap") }
    bytes = UnsafeMutableRawBufferPointer(start: address, count: size)
  }

  deinit { munmap(bytes.baseAddress, bytes.count) }
}
