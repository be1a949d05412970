import Platform

/// Where a run does its work, and the programs that were built beside this one.
struct Workplace {
  private let parent: Folder
  private let name: String
  let folder: Folder

  /// A new folder.
  ///
  /// - Parameters:
  ///   - kind: its name begins so;
  ///   - path: where it is made; nil: in memory where there is such a place and `inMemory`, else TMPDIR, else /tmp.
  init(_ kind: String, in path: String?, inMemory: Bool = true) throws {
    let shared = (try? FileSystem.status(path: "/dev/shm")) ?? nil
    let isShared = inMemory && shared?.kind == .folder
    parent = try Folder(path: path ?? (isShared ? "/dev/shm" : Machine.environment("TMPDIR") ?? "/tmp"))
    name = "bobbin-\(kind)-\(Machine.processID)-\(UInt32.random(in: 0...UInt32.max))"
    try parent.makeFolder(name)
    folder = try parent.folder(name)
  }

  var path: String { parent.path + "/" + name }

  /// Removes it; what cannot be removed is a temporary folder.
  func clear() { try? Tree.remove(name, in: parent) }

  /// The path of a file beside this program.
  static func beside(_ name: String) -> String {
    let own = Machine.executable ?? ""
    return String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)]) + "/" + name
  }
}
