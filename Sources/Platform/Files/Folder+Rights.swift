#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import CPlatform

/// What trees that others made are tidied with: rights, extended attributes, links; names never followed.
extension Folder {
  /// chmod(2) of a name, whatever it refuses now; never through a link, of which it throws `isLink`.
  public func setMode(_ mode: UInt32, of name: [UInt8]) throws(SystemError) {
    #if os(Linux)
      // O_PATH asks for no right; fchmod(2) does not take such a descriptor, its name in /proc does.
      let flags = bobbin_o_path() | O_NOFOLLOW | O_CLOEXEC
      let file = Descriptor(
        owning: try check("open", path) { withPath(name) { openat(number, $0, flags) } })
      guard try file.status().kind != .link else { throw SystemError(call: "chmod", code: ELOOP, path: path) }
      try check("chmod", path) { withExtendedLifetime(file) { chmod("/proc/self/fd/\(file.number)", mode_t(mode)) } }
    #else
      try check("fchmodat", path) {
        withPath(name) { fchmodat(number, $0, mode_t(mode), AT_SYMLINK_NOFOLLOW) }
      }
    #endif
  }

  /// A symbolic link, symlinkat(2). Throws `isTaken`.
  public func makeLink(_ name: String, to target: String) throws(SystemError) {
    try check("symlink", path + "/" + name) { symlinkat(target, number, name) }
  }
}

extension Descriptor {
  /// Takes every extended attribute off a file or folder: capabilities(7) among them, which are a setuid bit by another
  /// name, and ACLs. A file system without any is no error.
  public func removeAttributes() throws(SystemError) {
    #if os(Linux)
      try check("fremovexattr") { bobbin_remove_attributes(number) }
    #endif
  }

  /// flock(2), waiting for as long as another holds it.
  public func lockWaiting() throws(SystemError) { try check("flock") { flock(number, LOCK_EX) } }

  /// Appends what another holds from its current place on, up to a limit. Answers false if there is more.
  public func append(allOf source: Descriptor, limit: Int64) throws(SystemError) -> Bool {
    var left = limit
    while true {
      let chunk = try source.readChunk(1 << 20)
      if chunk.isEmpty { return true }
      left -= Int64(chunk.count)
      if left < 0 { return false }
      try write(chunk)
    }
  }

  /// lseek(2) to its start.
  public func rewind() throws(SystemError) { try check("lseek") { lseek(number, 0, SEEK_SET) } }
}
