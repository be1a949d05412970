import Platform
import Spool

extension SpoolAccess {
  /// The names in the spool's folders, for a person who wants to see what it looks like. Hidden ones are left out.
  public func tree(atMost limit: Int = 40) throws(SystemError) -> [(folder: String, names: [String], more: Int)] {
    var tree: [(folder: String, names: [String], more: Int)] = []
    for place in SpoolPlace.allCases {
      guard let folder = try readable(place) else { continue }
      var names: [String] = []
      try folder.forEachName { name, isFolder in
        let text = String(decoding: name, as: UTF8.self)
        // Folders of the spool's own stand under their own heading.
        if text.hasPrefix(".") || place.children.contains(text) { return }
        names.append(isFolder == true ? text + "/" : text)
      }
      names.sort()
      tree.append((place.rawValue, Array(names.prefix(limit)), max(0, names.count - limit)))
    }
    return tree
  }
}
