/// A file or a folder, whatever its names are.
public typealias Inode = Int

/// A name in a folder.
public struct Slot: Hashable, Sendable {
  public let folder: Inode
  public let name: String

  public init(_ name: String, in folder: Inode) {
    self.name = name
    self.folder = folder
  }
}

/// One thing that a system call did to a file system.
public enum Change: Sendable {
  /// A new file, folder or link under its first name.
  case make(Inode, Node.Kind, mode: UInt32, at: Slot)
  case link(Inode, at: Slot)
  /// What was at `to` loses that name.
  case rename(Inode, from: Slot, to: Slot)
  /// A name goes, of a folder too.
  case unlink(Inode, at: Slot)
  case write(Inode, at: Int, [UInt8])
  case resize(Inode, to: Int)
  case mode(Inode, UInt32)
  /// The content time, ns since 1970.
  case modified(Inode, Int64)

  /// What it is done to.
  public var inode: Inode {
    switch self {
    case .make(let inode, _, _, _), .link(let inode, _), .rename(let inode, _, _), .unlink(let inode, _): inode
    case .write(let inode, _, _), .resize(let inode, _), .mode(let inode, _), .modified(let inode, _): inode
    }
  }

  /// The names that it gives or takes.
  var slots: [Slot] {
    switch self {
    case .make(_, _, _, let slot), .link(_, let slot), .unlink(_, let slot): [slot]
    case .rename(_, let from, let to): [from, to]
    case .write, .resize, .mode, .modified: []
    }
  }

  /// It is about bytes and size: what fdatasync(2) of the file is for.
  var isData: Bool {
    switch self {
    case .write, .resize: true
    default: false
    }
  }

  /// It is about names.
  var isNaming: Bool { !slots.isEmpty }
}

/// A wish that something be on the disk, once it was granted.
public enum Sync: Sendable {
  /// fdatasync(2): bytes and size; `isFull`, fsync(2): rights and times as well.
  case file(Inode, isFull: Bool)
  /// fsync(2) of a folder: its names.
  case entries(Inode)
  /// syncfs(2), sync(2).
  case everything
}

/// What happened, in order.
public enum Event: Sendable {
  case change(Change)
  /// - Parameter began: how many changes had been made when it was asked for; later ones it need not cover.
  case sync(Sync, began: Int)
  /// Something that is to be known when what follows is judged: "accepted 17".
  case mark(String)
}
