/// A file system as a value: what a process sees of it, or what is left of it after the power was cut.
public struct Volume: Sendable {
  public static let root: Inode = 0

  public private(set) var nodes: [Inode: Node] = [root: Node(kind: .folder, content: .empty, mode: 0o700)]
  private var entries: [Inode: [String: Inode]] = [root: [:]]

  public init() {}

  /// Does it, as far as what it is done to is there.
  public mutating func apply(_ change: Change) {
    switch change {
    case .make(let inode, let kind, let mode, let slot):
      know(inode, kind, mode)
      entries[slot.folder, default: [:]][slot.name] = inode
    case .link(let inode, let slot): entries[slot.folder, default: [:]][slot.name] = inode
    case .rename(let inode, let from, let to):
      if entries[from.folder]?[from.name] == inode { entries[from.folder]?[from.name] = nil }
      entries[to.folder, default: [:]][to.name] = inode
    case .unlink(let inode, let slot):
      if entries[slot.folder]?[slot.name] == inode { entries[slot.folder]?[slot.name] = nil }
    case .write(let inode, let offset, let new):
      alter(inode) { bytes in
        if bytes.count < offset { bytes += [UInt8](repeating: 0, count: offset - bytes.count) }
        bytes.replaceSubrange(offset..<min(bytes.count, offset + new.count), with: new)
      }
    case .resize(let inode, let size):
      alter(inode) { bytes in
        if bytes.count > size {
          bytes.removeLast(bytes.count - size)
        } else {
          bytes += [UInt8](repeating: 0, count: size - bytes.count)
        }
      }
    case .mode(let inode, let mode): nodes[inode]?.mode = mode
    case .modified(let inode, let time): nodes[inode]?.modified = time
    }
  }

  /// A file is known from its making on, whether or not its name gets to the disk: what was written to it may.
  mutating func know(_ inode: Inode, _ kind: Node.Kind, _ mode: UInt32) {
    guard nodes[inode] == nil else { return }
    nodes[inode] = Node(kind: kind, content: .empty, mode: mode)
    if kind == .folder { entries[inode] = [:] }
  }

  private mutating func alter(_ inode: Inode, _ body: (inout [UInt8]) -> Void) {
    guard var bytes = nodes[inode]?.content.bytes else { return }
    body(&bytes)
    nodes[inode]?.content = Content(bytes)
  }

  // MARK: looking

  public subscript(_ slot: Slot) -> Inode? { entries[slot.folder]?[slot.name] }

  /// The names in a folder.
  public func names(in folder: Inode) -> [String: Inode] { entries[folder] ?? [:] }

  /// What lies at a path below the root; nil: nothing.
  public func find(_ path: some StringProtocol, from start: Inode = root) -> Inode? {
    var inode = start
    for part in path.split(separator: "/") {
      guard let next = entries[inode]?[String(part)] else { return nil }
      inode = next
    }
    return inode
  }

  /// The content of a file; nil: there is none.
  public func content(_ path: String) -> Content? {
    guard let inode = find(path), let node = nodes[inode], node.kind == .file else { return nil }
    return node.content
  }

  /// Goes through all below a folder, what lies in a folder after it.
  ///
  /// - Parameter skips: paths that are not looked into.
  func walk(
    from start: Inode, path: String = "", skips: (String) -> Bool, _ body: (_ path: String, _ node: Node) throws -> Void
  ) rethrows {
    for (name, inode) in (entries[start] ?? [:]).sorted(by: { $0.key < $1.key }) {
      let here = path.isEmpty ? name : path + "/" + name
      guard !skips(here), let node = nodes[inode] else { continue }
      try body(here, node)
      if node.kind == .folder { try walk(from: inode, path: here, skips: skips, body) }
    }
  }
}
