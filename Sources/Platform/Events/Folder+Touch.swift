#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Folder {
  /// Sets both times of a file to now, as `touch` does. Who watches the folder for touches is told of that, and neither of
  /// a file that is made nor of a content time that is set alone: fsnotify takes the latter for a write.
  public func touch(_ name: String) throws(SystemError) {
    try check("utimensat", path + "/" + name) { utimensat(number, name, nil, AT_SYMLINK_NOFOLLOW) }
  }
}
