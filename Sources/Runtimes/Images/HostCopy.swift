import Platform

/// Copies what lies on this machine to the same place in a root that is being put together. Links on the way are made there as
/// they are here, so that /lib64 or /usr/bin/python3 mean in the image what they mean here.
struct HostCopy {
  var staged: StagedRoot
  /// Paths without links that are there.
  private(set) var placed: Set<String> = []
  /// Files among them that may need libraries.
  private(set) var binaries: [String] = []

  private static let mostLinks = 40
  /// Folders in folders; each is one open file.
  private static let deepest = 90

  init(_ staged: StagedRoot) { self.staged = staged }

  /// - Returns: the path without links.
  @discardableResult
  mutating func place(_ path: String) throws(StagedRoot.Fault) -> String {
    var real: [String] = []
    var todo = Array(StagedRoot.names(path).reversed())
    var links = 0
    while let name = todo.popLast() {
      if name == ".." {
        _ = real.popLast()
        continue
      }
      let here = "/" + (real + [name]).joined(separator: "/")
      guard let status = try system({ () throws(SystemError) in try FileSystem.status(path: here) }) else {
        throw .conflict("there is no \(here) on this machine")
      }
      switch status.kind {
      case .link:
        links += 1
        if links > Self.mostLinks { throw .conflict("too many links at \(here)") }
        let target = try system { () throws(SystemError) in try FileSystem.linkTarget(here) }
        if placed.insert(here).inserted {
          try staged.link(name, to: target, modified: status.modified, in: staged.folder(real))
        }
        if target.hasPrefix("/") { real = [] }
        todo += StagedRoot.names(target).reversed()
      case .folder: real.append(name)
      case .file:
        guard todo.isEmpty else { throw .conflict("\(here) is no folder") }
        try copyFile(here, to: staged.folder(real), as: name, isSamePlace: true)
        return here
      case .other: throw .conflict("\(here) is a socket, a FIFO or a device")
      }
    }
    let folder = "/" + real.joined(separator: "/")
    guard !real.isEmpty else { throw .conflict("\(path) is the root itself") }
    try copyTree(folder, to: staged.folder(real), depth: 0, isSamePlace: true)
    return folder
  }

  /// Copies a file or folder to another place.
  mutating func copy(_ path: String, to place: String) throws(StagedRoot.Fault) {
    let real = try system { () throws(SystemError) in try FileSystem.realPath(path) }
    let names = StagedRoot.names(place)
    guard let name = names.last else { throw .conflict("\(place) is the root itself") }
    switch try system({ () throws(SystemError) in try FileSystem.status(path: real) })?.kind {
    case .folder?: try copyTree(real, to: staged.folder(names), depth: 0, isSamePlace: false)
    case .file?: try copyFile(real, to: staged.folder(names.dropLast()), as: name, isSamePlace: false)
    default: throw .conflict("\(path) is neither a file nor a folder")
    }
  }

  private mutating func copyFile(
    _ path: String, to folder: Folder, as name: String, isSamePlace: Bool
  ) throws(StagedRoot.Fault) {
    if isSamePlace {
      guard placed.insert(path).inserted else { return }
      binaries.append(path)
    }
    let (file, status) = try system { () throws(SystemError) in
      let file = try FileSystem.openInput(path: path)
      return (file, try file.status())
    }
    guard status.kind == .file else { throw .conflict("'\(name)' is no regular file") }
    try staged.copy(file, status, as: name, to: folder)
  }

  /// Copies what lies in a folder; its own links stay what they say.
  private mutating func copyTree(
    _ path: String, to target: Folder, depth: Int, isSamePlace: Bool
  ) throws(StagedRoot.Fault) {
    guard depth < Self.deepest else { throw .conflict("\(path) has too many folders in folders") }
    let source = try system { () throws(SystemError) in try Folder(path: path) }
    var names: [[UInt8]] = []
    try system { () throws(SystemError) in try source.forEachName { name, _ in names.append(Array(name)) } }
    for bytes in names {
      guard let name = String(validating: bytes, as: UTF8.self) else {
        throw .conflict("\(path) has a name that is not UTF-8")
      }
      let here = path + "/" + name
      guard let status = try system({ () throws(SystemError) in try source.status(name) }) else { continue }
      switch status.kind {
      case .file: try copyFile(here, to: target, as: name, isSamePlace: isSamePlace)
      case .link:
        if isSamePlace, !placed.insert(here).inserted { continue }
        let link = try system { () throws(SystemError) in try source.descriptor.locate(name).linkTarget() }
        try staged.link(name, to: link, modified: status.modified, in: target)
      case .folder:
        let inner = try system { () throws(SystemError) in
          try target.makeFolder(name, mode: 0o755)
          return try target.folder(name)
        }
        try copyTree(here, to: inner, depth: depth + 1, isSamePlace: isSamePlace)
        try system { () throws(SystemError) in try inner.setMode(0o700 | status.mode & 0o777) }
      case .other: throw .conflict("\(here) is a socket, a FIFO or a device")
      }
    }
  }

  private func system<Answer>(_ body: () throws(SystemError) -> Answer) throws(StagedRoot.Fault) -> Answer {
    do throws(SystemError) { return try body() } catch { throw .system(error) }
  }
}
