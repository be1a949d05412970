import Jobs
import Platform
import Spool

extension SpoolAccess {
  /// All tasks, as their files are now.
  ///
  /// - Parameter limit: how many of those in `done/tasks/`, the newest; nil: all.
  public func tasks(zones: TaskZones, finished limit: Int? = 20) throws(SystemError) -> TaskListing {
    var listing = TaskListing()
    for place in [SpoolPlace.tasks, .pausedTasks] {
      let scan = try TaskFolderScan(place, self)
      var entries: [TaskEntry] = []
      for stem in scan.stems {
        // Gone since the listing: it is somewhere else now.
        if let entry = try taskEntry(stem, in: place, zones: zones) { entries.append(entry) }
      }
      if place == .tasks {
        for name in scan.states where try homes(ofTask: name).allSatisfy({ $0 == .doneTasks }) {
          entries.append(try goneEntry(name))
        }
      }
      listing.entries += entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
      listing.add(scan, of: place)
    }
    try addDone(to: &listing, limit: limit, zones: zones)
    return listing
  }

  /// The names of all tasks that are not done, paused ones too.
  func taskNames() throws(SystemError) -> [String] {
    var names: [String] = []
    for place in [SpoolPlace.tasks, .pausedTasks] {
      names += try TaskFolderScan(place, self).stems.map { String(decoding: $0, as: UTF8.self) }
    }
    return names.sorted()
  }

  /// The task that was probably meant by a name that none has.
  public func nearTask(_ name: String) throws(SystemError) -> String? {
    Spelling.nearest(to: name, among: try taskNames())
  }

  /// Whether there is a task of this name, wherever it lies.
  public func hasTask(_ name: String) throws(SystemError) -> Bool { try !homes(ofTask: name).isEmpty }

  private func addDone(to listing: inout TaskListing, limit: Int?, zones: TaskZones) throws(SystemError) {
    guard let folder = try readable(.doneTasks) else { return }
    let scan = try TaskFolderScan(.doneTasks, self)
    var done: [(stem: [UInt8], since: Int64)] = []
    for stem in limit == 0 ? [] : scan.stems {
      guard let status = try folder.status(stem + Array(".json".utf8)) else { continue }
      done.append((stem, status.changed))
    }
    // By name within one grain of the clock, so that two calls answer alike.
    done.sort { $0.since != $1.since ? $0.since < $1.since : $0.stem.lexicographicallyPrecedes($1.stem) }
    for (stem, _) in done.suffix(limit ?? .max) {
      if let entry = try taskEntry(stem, in: .doneTasks, zones: zones) { listing.entries.append(entry) }
    }
    listing.more = scan.stems.count - min(limit ?? .max, done.count)
    listing.add(scan, of: .doneTasks)
  }
}

extension TaskListing {
  fileprivate mutating func add(_ scan: TaskFolderScan, of place: SpoolPlace) {
    let names = scan.ignoredByReason
    if !names.isEmpty { ignored.append(Ignored(place: place, names: names)) }
  }
}
