import Jobs
import Platform
import Spool

/// One pass over a state folder: counts, what is ignored, and the jobs at one end of time.
struct FolderScan {
  /// Which jobs are kept when there are more than wanted.
  enum End { case oldest, newest }

  /// A job's file name and when it came.
  struct Item {
    let name: [UInt8]
    let since: Int64
    let isGood: Bool
  }

  /// Jobs and names that no job can have, oldest first.
  private(set) var items: [Item] = []
  /// All of them, whether kept or not.
  private(set) var count = 0
  private var ignored: [FolderEntry.IgnoredBecause: StateListing.Ignored] = [:]
  static let ignoredNames = 3

  /// - Parameters:
  ///   - limit: how many jobs are kept; nil: all. 0 keeps none and asks for no times.
  ///   - namingAll: keep the names of all that is ignored.
  init(
    _ place: SpoolPlace, _ access: SpoolAccess, keeping end: End, limit: Int?, namingAll: Bool = false
  ) throws(SystemError) {
    guard let folder = try access.readable(place) else { return }
    var names: [(name: [UInt8], isGood: Bool)] = []
    try folder.forEachName { name, isFolder in
      switch FolderEntry(name, in: place) {
      case .job, .badName:
        count += 1
        if limit != 0 {
          if case .badName = FolderEntry(name, in: place) {
            names.append((Array(name), false))
          } else {
            names.append((Array(name), true))
          }
        }
      case .companion: break
      case .ignored(let reason):
        // What a runner noted of a job that waits here.
        if reason == .hidden, let noted = JobFile.afterNoted(name), (try? folder.has(JobFile.job(noted))) == true {
          break
        }
        var known = ignored[reason] ?? StateListing.Ignored(reason: reason, count: 0, names: [])
        known.count += 1
        if namingAll || known.names.count < Self.ignoredNames {
          known.names.append(String(decoding: name, as: UTF8.self))
        }
        ignored[reason] = known
      }
    }
    if limit == 0 { return }
    items.reserveCapacity(names.count)
    for (name, isGood) in names {
      // Gone since the listing: it is somewhere else now.
      guard let status = try folder.status(name) else { continue }
      items.append(Item(name: name, since: status.changed, isGood: isGood))
    }
    // By name within one grain of the clock, so that two calls answer alike.
    items.sort {
      $0.since != $1.since ? $0.since < $1.since : $0.name.lexicographicallyPrecedes($1.name)
    }
    if let limit, items.count > limit {
      if end == .newest { items.removeFirst(items.count - limit) } else { items.removeLast(items.count - limit) }
    }
  }

  var ignoredByReason: [StateListing.Ignored] {
    FolderEntry.IgnoredBecause.allCases.compactMap { ignored[$0] }
  }
}
