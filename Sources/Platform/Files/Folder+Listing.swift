#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import CPlatform

/// What is in a folder.
extension Folder {
  /// Every name but `.` and `..`, in no order, as bytes that live for the call only. `isFolder` is nil where the file
  /// system does not tell.
  public func forEachName(
    _ body: (_ name: UnsafeBufferPointer<UInt8>, _ isFolder: Bool?) -> Void
  ) throws(SystemError) {
    try forEachEntry { name, isFolder, _ in body(name, isFolder) }
  }

  /// Like `forEachName`, with the inode of each: a name that was replaced shows another one.
  public func forEachEntry(
    _ body: (_ name: UnsafeBufferPointer<UInt8>, _ isFolder: Bool?, _ inode: UInt64) -> Void
  ) throws(SystemError) {
    noteLook()
    // An own open: the position in a folder belongs to the open file, and a scan may be nested in another.
    let own = Descriptor(owning: try check("open", path) { openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
    try listNames(own.number, path) { name, isFolder, inode in
      body(name, isFolder, inode)
      return true
    }
  }

  /// Whether there is any name in it but some; one look, however many there are. Uses the open folder's own position: not
  /// within `forEachName` of the same one.
  func hasEntries(besides known: [String] = []) throws(SystemError) -> Bool {
    var any = false
    try check("lseek", path) { lseek(number, 0, SEEK_SET) }
    try listNames(number, path, bufferSize: 1024) { name, _, _ in
      if known.contains(where: { name.elementsEqual($0.utf8) }) { return true }
      any = true
      return false
    }
    return any
  }

  /// As many of its names, where it has more, in no order: the walk ends there. Those that are not UTF-8 are left out.
  public func names(atMost most: Int) throws(SystemError) -> [String] {
    let own = Descriptor(owning: try check("open", path) { openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
    var names: [String] = []
    try listNames(own.number, path) { name, _, _ in
      if let text = String(validating: name, as: UTF8.self) { names.append(text) }
      return names.count < most
    }
    return names
  }

  /// Whether one of its names is shown so: of those that are not UTF-8 what is none is repaired.
  public func hasName(shownAs text: String) throws(SystemError) -> Bool {
    if try has(text) { return true }
    var isThere = false
    try forEachName { name, _ in
      isThere = isThere || String(decoding: name, as: UTF8.self).utf8.elementsEqual(text.utf8)
    }
    return isThere
  }

  /// The names as strings; those that are not UTF-8 are left out.
  public func names() throws(SystemError) -> [String] {
    var names: [String] = []
    try forEachName { name, _ in if let text = String(validating: name, as: UTF8.self) { names.append(text) } }
    return names
  }
}

#if os(Linux)
  // Until the body answers false. getdents64(2) itself: readdir copies each entry through a lock, and 200,000 names are listed at a start.
  private func listNames(
    _ number: Int32, _ path: String, bufferSize: Int = 65_536,
    _ body: (UnsafeBufferPointer<UInt8>, Bool?, UInt64) -> Bool
  ) throws(SystemError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferSize, alignment: 8)
    defer { buffer.deallocate() }
    while true {
      let count = try check("getdents64", path) { bobbin_getdents(number, buffer.baseAddress, buffer.count) }
      if count == 0 { return }
      var offset = 0
      // struct linux_dirent64: inode 8, offset 8, length 2, type 1, name.
      while offset < count {
        let length = Int(buffer.loadUnaligned(fromByteOffset: offset + 16, as: UInt16.self))
        let kind = buffer[offset + 18]
        let start = offset + 19
        var end = start
        while end < offset + length, buffer[end] != 0 { end += 1 }
        let name = UnsafeRawBufferPointer(rebasing: buffer[start..<end]).assumingMemoryBound(to: UInt8.self)
        let isDots = name[0] == 0x2E && (name.count == 1 || (name.count == 2 && name[1] == 0x2E))
        if !isDots {
          let inode = buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
          guard body(name, kind == 0 ? nil : kind == 4, inode) else { return }
        }
        offset += length
      }
    }
  }
#else
  private func listNames(
    _ number: Int32, _ path: String, bufferSize: Int = 0, _ body: (UnsafeBufferPointer<UInt8>, Bool?, UInt64) -> Bool
  ) throws(SystemError) {
    guard let stream = fdopendir(dup(number)) else { throw SystemError(call: "fdopendir", path: path) }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let count = Int(entry.pointee.d_namlen)
      let isFolder: Bool? = entry.pointee.d_type == 0 ? nil : entry.pointee.d_type == 4
      let goesOn = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        let name = UnsafeRawBufferPointer(rebasing: raw[..<count]).assumingMemoryBound(to: UInt8.self)
        let isDots = name[0] == 0x2E && (name.count == 1 || (name.count == 2 && name[1] == 0x2E))
        return isDots || body(name, isFolder, UInt64(entry.pointee.d_ino))
      }
      guard goesOn else { return }
    }
  }
#endif
