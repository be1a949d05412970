import Platform

extension Volume {
  /// What a folder holds now.
  public init(reading folder: Folder, path: String, skips: (String) -> Bool) throws {
    self.init()
    var next = Volume.root + 1
    try read(folder, path, Volume.root, skips, &next)
  }

  private mutating func read(
    _ folder: Folder, _ path: String, _ inode: Inode, _ skips: (String) -> Bool, _ next: inout Inode
  ) throws {
    for name in try folder.names().sorted() {
      let here = path.isEmpty ? name : path + "/" + name
      guard !skips(here), let status = try folder.status(name) else { continue }
      let own = next
      next += 1
      switch status.kind {
      case .folder:
        apply(.make(own, .folder, mode: status.mode, at: Slot(name, in: inode)))
        try read(folder.folder(name), here, own, skips, &next)
      case .file:
        apply(.make(own, .file, mode: status.mode, at: Slot(name, in: inode)))
        apply(.write(own, at: 0, try folder.open(name).readAll(limit: 1 << 28)))
      case .link, .other: apply(.make(own, .link, mode: status.mode, at: Slot(name, in: inode)))
      }
    }
  }

  /// Makes it anew in an empty folder.
  ///
  /// - Parameter start: what of it.
  func write(_ start: Inode, into folder: Folder, path: String = "", skips: (String) -> Bool) throws {
    for (name, inode) in names(in: start).sorted(by: { $0.key < $1.key }) {
      let here = path.isEmpty ? name : path + "/" + name
      guard !skips(here), let node = nodes[inode] else { continue }
      switch node.kind {
      case .folder:
        try folder.makeFolder(name)
        try write(inode, into: folder.folder(name), path: here, skips: skips)
      case .link: continue  // none of ours
      case .file:
        try folder.create(name, mode: node.mode).write(node.content.bytes)
        if let time = node.modified { try folder.setModified(name, to: time) }
      }
    }
  }
}
