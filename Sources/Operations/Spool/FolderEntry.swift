import Jobs
import Spool

/// What a name in one of the state folders is.
public enum FolderEntry: Equatable, Sendable {
  /// A job file whose stem is an id.
  case job(JobID)
  /// `NAME.json` whose stem no job can have: in the inbox the runner refuses it.
  case badName
  /// A record, a result, a folder of files or of tasks, a cancel request, or a file of our own making.
  case companion
  /// Nobody looks at it.
  case ignored(IgnoredBecause)

  /// Why a name is passed over.
  public enum IgnoredBecause: String, Sendable, CaseIterable {
    /// It starts with a dot.
    case hidden
    /// It does not end in `.json`.
    case notJSON = "not-json"
  }

  /// Judges a name by its bytes.
  public init(_ name: UnsafeBufferPointer<UInt8>, in place: SpoolPlace) {
    if name.first == UInt8(ascii: ".") {
      // `.gitkeep` is the skeleton's own; the rest of these are the runner's, where it keeps some.
      let own = FolderEntry.isOwn(name, in: place)
      self = own ? .companion : .ignored(.hidden)
      return
    }
    guard FolderEntry.ends(name, ".json") else {
      let isCompanion =
        FolderEntry.isPlace(name, in: place)
        || FolderEntry.ends(name, ".files") && (place == .done || place == .errors)
        || FolderEntry.ends(name, ".cancel") && place == .processing
        || place.children.contains { name.elementsEqual($0.utf8) }
      self = isCompanion ? .companion : .ignored(.notJSON)
      return
    }
    if place != .inbox, place != .held {
      for ending in [".result.json", ".run.json"] where FolderEntry.ends(name, ending) {
        self = .companion
        return
      }
    }
    let stem = Array(name.dropLast(5))
    // What was refused for its name keeps a name of ours, so that outside the inbox derived ids count.
    // The runner tells the refusal.
    if let id = try? JobID(derived: stem) { self = .job(id) } else { self = .badName }
  }

  private static func isOwn(_ name: UnsafeBufferPointer<UInt8>, in place: SpoolPlace) -> Bool {
    if name.elementsEqual(".gitkeep".utf8) || name.elementsEqual(".device-check".utf8) { return true }
    switch place {
    // Whoever drops there may have meant a job; what the runner makes there it takes away, or it is beside a job.
    case .inbox, .held: return false
    // The runner's own workshop: scratch folders, the table of runs, records being written.
    case .processing: return true
    default: return ends(name, ".new")
    }
  }

  /// A folder of the spool in this one.
  private static func isPlace(_ name: UnsafeBufferPointer<UInt8>, in place: SpoolPlace) -> Bool {
    SpoolPlace.allCases.contains {
      $0.parent == place && name.elementsEqual($0.rawValue.utf8.dropFirst(place.rawValue.utf8.count + 1))
    }
  }

  private static func ends(_ name: UnsafeBufferPointer<UInt8>, _ ending: String) -> Bool {
    name.count > ending.utf8.count && name.suffix(ending.utf8.count).elementsEqual(ending.utf8)
  }
}
