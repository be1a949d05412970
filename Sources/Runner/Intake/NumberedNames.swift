import Jobs
import Platform
import Spool

/// Which ids of the form `STEM~n` there are: listed once when the first `after` asks, then kept up with the claims.
struct NumberedNames {
  private var byStem: [JobID: [Int]] = [:]

  init(_ folders: SpoolFolders) {
    for place in SpoolPlace.idHolders {
      guard let folder = try? folders[place] else { continue }  // not there: nothing in it
      try? folder.forEachName { bytes, _ in  // a listing cut short misses names that then are not found by stem
        guard bytes.contains(0x7E), let name = String(validating: bytes, as: UTF8.self),
          let stem = JobFile.stem(of: name)
        else { return }
        note(JobID(unchecked: stem))
      }
    }
    for stem in byStem.keys { byStem[stem]?.sort() }
  }

  mutating func note(_ id: JobID) {
    let (stem, number) = id.numberSplit
    guard let number else { return }
    let key = JobID(unchecked: stem)
    if byStem[key]?.last != number { byStem[key, default: []].append(number) }
  }

  /// Ascending; files may be gone meanwhile.
  func numbers(of stem: JobID) -> [Int] { byStem[stem] ?? [] }
}
