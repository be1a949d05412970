import Jobs
import Observability
import Platform
import Spool

/// Notifications of the watched folders, by place. Hints only; without them, or when they fail, the scans find
/// everything.
final class Hints {
  struct Hint {
    /// Nil: the spool's own folder, or a folder of its settings.
    let place: SpoolPlace?
    let name: [UInt8]
  }

  /// Those a drop, a control file or a touched due time appears in. What vanishes is found by the claim or the scan; in
  /// `processing` only `touch NAME.cancel` is wanted, or every record that is written there would wake the loop.
  private static let places: [(place: SpoolPlace, interest: FolderWatch.Interest)] = [
    (.inbox, .arrivals), (.deferred, .arrivals), (.errors, .arrivals), (.processing, .touches), (.groups, .changes),
    (.tasks, .arrivals), (.outbox, .arrivals),
  ]

  private let core: Core
  private var watch: FolderWatch?
  private var places: [Int32: SpoolPlace] = [:]
  private var lostAll = false

  init(_ core: Core) { self.core = core }

  /// Begins to watch; nil when settings or the machine do not let it.
  func start() -> Descriptor? {
    guard core.settings.notifications else { return nil }
    do throws(SystemError) {
      let watch = try FolderWatch()
      self.watch = watch
      _ = try watch.watch(core.folders.root)
      for (place, interest) in Self.places { places[try watch.watch(core.folders[place], for: interest)] = place }
      return watch.descriptor
    } catch {
      core.log.write(.warn, "no-notifications", "folders cannot be watched, scans alone find what is dropped: \(error)")
      watch = nil
      return nil
    }
  }

  /// What was notified since the last call.
  func take() throws(SystemError) -> [Hint] {
    guard let watch else { return [] }
    var hints: [Hint] = []
    for hint in try watch.hints() {
      if hint.isOverflow {
        lostAll = true
        hints.append(Hint(place: nil, name: []))
      } else if let place = places[hint.watch], !hint.isGone {
        hints.append(Hint(place: place, name: hint.name))
      } else {
        hints.append(Hint(place: nil, name: hint.name))
      }
    }
    return hints
  }

  /// Without notifications each may have been lost.
  func doubtUnwatched() { if watch == nil { lostAll = true } }

  /// Opens folders anew that were deleted or replaced, and answers them and all whose notifications may have been lost.
  func renewStale() -> (doubtful: [SpoolPlace], replaced: [SpoolPlace]) {
    var doubtful: [SpoolPlace] = lostAll ? Self.places.map(\.place) : []
    var replaced: [SpoolPlace] = []
    lostAll = false
    for place in SpoolPlace.allCases where core.folders.isStale(place) {
      do throws(SystemError) {
        try core.folders.reopen(place)
        doubtful.append(place)
        replaced.append(place)
        if let watch, let interest = Self.places.first(where: { $0.place == place })?.interest {
          places[try watch.watch(core.folders[place], for: interest)] = place
        }
        // Those in it were replaced with it, which is no further news.
        if place.parent.map({ !replaced.contains($0) }) ?? true {
          core.log.write(.warn, "folder-replaced", "\(place.rawValue)/ was replaced; it is opened anew")
        }
      } catch {
        core.log.write(.error, "folder-missing", "\(place.rawValue)/ cannot be opened: \(error)")
      }
    }
    return (doubtful, replaced)
  }
}
