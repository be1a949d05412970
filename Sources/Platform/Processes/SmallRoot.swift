#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif
import CPlatform

/// A root with few of the machine's mounts, made once, for programs that copy and read the list of all mounts again and
/// again: bwrap(1) reads it at each bind, and a machine with an engine has dozens. Each program that is started in one gets
/// a copy of its own (mount_namespaces(7)). Root only.
public final class SmallRoot: Sendable {
  let descriptor: Descriptor

  /// - Parameter names: in `/`, each a folder with the mounts in it, or a link; what is not there is left out.
  /// - Throws: where mounts cannot be made.
  public init(_ names: [String]) throws(SystemError) {
    #if os(Linux)
      let copies = names.map { strdup($0) }
      defer { for copy in copies { free(copy) } }
      let list: [UnsafePointer<CChar>?] = copies.map { $0.map { UnsafePointer($0) } } + [nil]
      descriptor = Descriptor(
        owning: try check("mount") { list.withUnsafeBufferPointer { bobbin_small_root($0.baseAddress) } })
    #else
      throw SystemError(call: "mount", code: SystemError.noPermission)
    #endif
  }
}
