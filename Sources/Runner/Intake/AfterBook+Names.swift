import Jobs
import Platform
import Scheduling
import Spool

/// What a name in `after` means, and how the job that it means stands, by what lies in the folders.
extension AfterBook {
  func resolve(_ asked: JobID, isWaiting: (JobID) -> Bool) -> Node {
    if isWaiting(asked) { return .waiting(asked) }
    // Dropped and not read yet: it goes before what has finished under the name.
    if has(JobFile.job(asked.text), in: .inbox) { return .name(asked) }
    let candidates = [asked] + (names().numbers(of: asked).map { asked.numbered($0) })
    for places in [[SpoolPlace.processing, .deferred], [.done, .errors]] {
      if let newest = candidates.last(where: { id in places.contains { has(JobFile.job(id.text), in: $0) } }) {
        return .job(newest)
      }
    }
    return .name(asked)
  }

  func status(of node: Node) -> DependencyStatus {
    switch node {
    case .waiting: return .pending
    case .name(let stem):
      // Put aside by a person: found, and not over.
      if let inode = file(of: stem, in: .held) {
        absent[stem] = inode
        return .pending
      }
      // A person cancelled it: its result is still to come.
      if let inode = absent[stem], inode == file(of: stem, in: .errors) { return .pending }
      return .missing
    case .job(let id):
      if let record = record(of: id) { return Self.isSuccess(record) ? .succeeded : .failed }
      return .pending
    }
  }

  /// What a note says a name stands for; the name itself if that job is gone.
  func standing(_ node: Node, isWaiting: (JobID) -> Bool) -> Node {
    guard case .job(let id) = node, !web.isWanted(node), record(of: id) == nil else { return node }
    do throws(SystemError) {
      switch try JobHomes(folders).home(of: id) {
      case .inbox, .held, nil: return isWaiting(id) ? .waiting(id) : .name(id)
      default: return node
      }
    } catch { return node }  // not to be told now
  }

  static func isSuccess(_ record: JobRecord) -> Bool { record.status == FinalStatus.succeeded.rawValue }

  /// Which file the job of an id is in a folder; nil: it has none there.
  func file(of id: JobID, in place: SpoolPlace) -> UInt64? {
    ((try? folders[place].status(JobFile.job(id.text))) ?? nil)?.inode
  }

  /// What cannot be told now counts as there: a name that waits is asked for again, and one that was found is not.
  func has(_ name: String, in place: SpoolPlace) -> Bool { (try? folders[place].has(name)) ?? true }

  private func names() -> NumberedNames {
    if let numbered { return numbered }
    let names = NumberedNames(folders)
    numbered = names
    return names
  }

  /// The finished record of a job; nil if it is not finished.
  func record(of id: JobID) -> JobRecord? {
    for place in [SpoolPlace.done, .errors] {
      // What cannot be read now is not finished for now: it is asked again.
      if let record = (try? JobHomes(folders).record(of: id, in: place)) ?? nil { return record }
    }
    return nil
  }
}
