import Platform

/// The cgroups that earlier runners of a spool left, as they stood when this runner began: their processes are runs that
/// nobody watches over any more.
final class EarlierCgroups {
  private let tree: CgroupTree
  /// Each spool folder with its parent, and what was in it.
  private var left: [(parent: Folder, name: String, folders: [String])] = []
  /// Where this runner's own go.
  private let own: Set<String>

  /// - Parameters:
  ///   - paths: of spool folders, this runner's (`own`) and those that earlier ones noted.
  ///   - name: `bobbin-SPOOL`; a path that ends otherwise is not ours to touch.
  init(paths: Set<String>, own: Set<String>, name: String, tree: CgroupTree) {
    self.tree = tree
    self.own = own
    for path in paths.sorted() where path.hasSuffix("/" + name) {
      guard let parent = try? Folder(path: String(path.dropLast(name.utf8.count + 1))), tree.isCgroup(parent),
        let folder = try? parent.folder(name)
      else { continue }  // none left
      left.append((parent, name, tree.folders(in: folder)))
    }
  }

  private var folders: [Folder] {
    left.flatMap { entry -> [Folder] in
      guard let folder = try? entry.parent.folder(entry.name) else { return [] }  // gone meanwhile
      return entry.folders.compactMap { try? folder.folder($0) }
    }
  }

  /// The spool folders that are left.
  var paths: [String] { left.map { $0.parent.path + "/" + $0.name } }

  func living() -> [ProcessFacts] { left.isEmpty ? [] : tree.living(in: folders) }

  func stopForks() { tree.stopForks(in: folders) }

  /// Removes what is empty; true when all of it is gone.
  func clear() -> Bool {
    left = left.filter { entry in
      guard let folder = try? entry.parent.folder(entry.name) else { return false }
      let all = entry.folders.allSatisfy { name in
        (try? tree.removeAll(name, in: folder)) != nil  // busy: tried again
      }
      guard all else { return true }
      do throws(SystemError) { try tree.remove(entry.name, entry.parent) } catch {
        // This runner's own, and in use: it goes with the runner.
        return !error.isMissing && !own.contains(entry.parent.path + "/" + entry.name)
      }
      return false
    }
    return left.isEmpty
  }
}
