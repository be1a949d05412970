import Jobs
import Platform

/// A root that is being put together. A path in it is followed here, through open folders, and its links within this root:
/// what an image that it begins with says in a link leads nowhere else.
struct StagedRoot {
  let root: Folder
  /// What may still be copied, bytes.
  private var left: Int64
  private let work: ImageWork

  /// As many links as the kernel follows in a path, path_resolution(7).
  private static let mostLinks = 40

  /// Why something cannot be put where it should be.
  enum Fault: Error {
    case conflict(String)
    case image(ImageFailure)
    case system(SystemError)
  }

  init(_ root: Folder, in work: ImageWork) {
    self.root = root
    self.work = work
    left = work.limits.maxSize.bytes
  }

  /// The folder of that path; those that are missing are made.
  func folder(_ path: [String]) throws(Fault) -> Folder {
    var open = [root]
    var todo = Array(path.reversed())
    var links = 0
    do {
      while let name = todo.popLast() {
        if name == ".." {
          if open.count > 1 { open.removeLast() }
          continue
        }
        let here = open[open.count - 1]
        switch try here.status(name)?.kind {
        case nil:
          try here.makeFolder(name, mode: 0o755)
          try here.setMode(0o755, of: Array(name.utf8))
          open.append(try here.folder(name))
        case .folder?: open.append(try here.folder(name))
        case .link?:
          links += 1
          if links > Self.mostLinks { throw Fault.conflict("too many links in the image at '\(name)'") }
          let target = try here.descriptor.locate(name).linkTarget()
          if target.hasPrefix("/") { open = [root] }
          todo += Self.names(target).reversed()
        case .file?, .other?: throw Fault.conflict("'\(name)' is a file in the image, and no folder")
        }
      }
      return open[open.count - 1]
    } catch let fault as Fault {
      throw fault
    } catch let error as SystemError {
      throw .system(error)
    } catch { throw .conflict("\(error)") }
  }

  /// The names of a path, without those that lead nowhere.
  static func names(_ path: String) -> [String] {
    path.split(separator: "/").map(String.init).filter { $0 != "." }
  }

  /// Puts a file into a folder, over one that is there.
  mutating func copy(_ file: Descriptor, _ status: FileStatus, as name: String, to folder: Folder) throws(Fault) {
    do {
      left -= status.size
      if left < 0 { throw ImageFailure.tooLarge(limit: work.limits.maxSize) }
      try work.checkRoom()
      try clear(name, in: folder)
      let copy = try folder.create(name)
      // A file that grows meanwhile is cut off where it was.
      guard try copy.append(allOf: file, limit: status.size) else {
        throw Fault.conflict("'\(name)' changes while it is read")
      }
      try copy.setMode(status.mode & 0o777)
      try folder.setModified(name, to: status.modified)
    } catch let fault as Fault {
      throw fault
    } catch let failure as ImageFailure {
      throw .image(failure)
    } catch let error as SystemError {
      throw .system(error)
    } catch { throw .conflict("\(error)") }
  }

  /// Puts a link into a folder, over a file or link that is there.
  func link(_ name: String, to target: String, modified: Int64, in folder: Folder) throws(Fault) {
    do {
      try clear(name, in: folder)
      try folder.makeLink(name, to: target)
      try folder.setModified(name, to: modified)
    } catch let fault as Fault {
      throw fault
    } catch let error as SystemError {
      throw .system(error)
    } catch { throw .conflict("\(error)") }
  }

  /// Gives all folders one time, so that equal contents make equal layers whenever they are put together. Files keep theirs:
  /// Python takes a compiled file for stale whose source has another time.
  static func evenTimes(of folder: Folder) throws(SystemError) {
    for name in try folder.names() where try folder.status(name)?.kind == .folder {
      try evenTimes(of: folder.folder(name))
    }
    try folder.setModified(".", to: 0)
  }

  private func clear(_ name: String, in folder: Folder) throws {
    guard let status = try folder.status(name) else { return }
    if status.kind == .folder { throw Fault.conflict("'\(name)' is a folder in the image already") }
    try folder.remove(name)
  }
}
