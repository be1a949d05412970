import Jobs
import Platform
import Spool

/// One pass over a folder of tasks: the names of their files, and what is ignored.
struct TaskFolderScan {
  /// Stems of task files as the file system gives them, in no order.
  private(set) var stems: [[UInt8]] = []
  /// Tasks whose state is there.
  private(set) var states: Set<String> = []
  private var ignored: [FolderEntry.IgnoredBecause: StateListing.Ignored] = [:]

  init(_ place: SpoolPlace, _ access: SpoolAccess) throws(SystemError) {
    try access.readable(place)?.forEachName { name, isFolder in
      let bytes = Array(name)
      let text = String(decoding: bytes, as: UTF8.self)
      if let stem = TaskFile.stem(of: bytes) {
        stems.append(stem)
      } else if let stem = TaskFile.stateStem(of: text) {
        states.insert(stem)
      } else if !Self.isOwn(text, in: place) {
        pass(over: text)
      }
    }
  }

  var ignoredByReason: [StateListing.Ignored] {
    FolderEntry.IgnoredBecause.allCases.compactMap { ignored[$0] }
  }

  private mutating func pass(over name: String) {
    let reason: FolderEntry.IgnoredBecause = name.hasPrefix(".") ? .hidden : .notJSON
    var known = ignored[reason] ?? StateListing.Ignored(reason: reason, count: 0, names: [])
    known.count += 1
    if known.names.count < FolderScan.ignoredNames { known.names.append(name) }
    ignored[reason] = known
  }

  /// The folder of the paused ones, last good versions, what is being written, the skeleton's and the start's own.
  private static func isOwn(_ name: String, in place: SpoolPlace) -> Bool {
    if place == .tasks, name == "paused" { return true }
    return name.hasPrefix(".")
      && (name.hasSuffix(".good.json") || name.hasSuffix(".new") || name == ".gitkeep" || name == ".device-check")
  }
}
