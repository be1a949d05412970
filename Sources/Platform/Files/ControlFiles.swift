#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import CPlatform

/// Files by which the kernel is asked and told, as those of cgroups(7): no size, no creating, one write(2) a value.
extension Folder {
  /// All that a file says now.
  public func text(of name: String) throws(SystemError) -> String {
    String(decoding: try open(name).readToEnd(), as: UTF8.self)
  }

  /// Opens a file that is there for writing.
  public func openForWriting(_ name: String) throws(SystemError) -> Descriptor {
    let flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY
    return Descriptor(owning: try check("open", path + "/" + name) { openat(number, name, flags) })
  }

  /// Writes one value. Throws what the kernel says of it.
  public func set(_ name: String, to value: String) throws(SystemError) {
    let file = try openForWriting(name)
    let bytes = Array(value.utf8)
    try check("write", path + "/" + name) { bytes.withUnsafeBytes { rawWrite(file.number, $0) } }
  }

  /// Whether this user may make names in it, and the file system takes them (faccessat(2), AT_EACCESS).
  public var mayMakeNames: Bool { faccessat(number, ".", W_OK | X_OK, AT_EACCESS) == 0 }

  /// Whether the folder has an extended attribute of this name, xattr(7).
  public func hasAttribute(_ name: String) -> Bool {
    #if os(Linux)
      bobbin_has_attribute(number, name) == 1
    #else
      false
    #endif
  }

  /// Whether it lies in a file system of control groups: the numbers are those of statfs(2).
  public var isCgroup: Bool {
    #if os(Linux)
      var raw = statfs()
      guard fstatfs(number, &raw) == 0 else { return false }
      return [0x27_E0EB, 0x6367_7270].contains(Int(raw.f_type) & 0xFFFF_FFFF)
    #else
      false
    #endif
  }
}
