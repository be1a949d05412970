#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import CPlatform

#if os(Linux)
  private let locating = bobbin_o_path()
#else
  // No O_PATH there: opened for reading, and never waiting for a FIFO's writer.
  private let locating = O_RDONLY | O_NONBLOCK | O_NOCTTY
#endif

/// Descriptors that only say where something is (open(2), O_PATH): nothing is read, no device is opened, no FIFO waited for.
extension Descriptor {
  /// `/` itself.
  public static func locateRoot() throws(SystemError) -> Descriptor {
    Descriptor(owning: try check("open", "/") { open("/", locating | O_DIRECTORY | O_CLOEXEC) })
  }

  /// What stands under a name in this folder; a link is the link itself.
  public func locate(_ name: String) throws(SystemError) -> Descriptor {
    #if os(Linux)
      let flags = locating | O_NOFOLLOW | O_CLOEXEC
    #else
      let flags = locating | O_SYMLINK | O_CLOEXEC
    #endif
    return Descriptor(owning: try check("open", name) { openat(number, name, flags) })
  }

  /// Where a located link points, readlinkat(2).
  public func linkTarget() throws(SystemError) -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let size = buffer.count
    #if os(Linux)
      let count = try check("readlinkat") { readlinkat(number, "", &buffer, size) }
    #else
      let count = try check("freadlink") { freadlink(number, &buffer, size) }
    #endif
    // readlink(2) cuts without a word: as long as the room is too long.
    guard count < size else { throw SystemError(call: "readlinkat", code: ENAMETOOLONG) }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Opens what was located for reading: the same file, whatever its name means now.
  public func openLocated() throws(SystemError) -> Descriptor {
    #if os(Linux)
      let path = "/proc/self/fd/\(number)"
      let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY
      return Descriptor(owning: try check("open") { open(path, flags) })
    #else
      return Descriptor(owning: try check("dup") { fcntl(number, F_DUPFD_CLOEXEC, 0) })
    #endif
  }
}
