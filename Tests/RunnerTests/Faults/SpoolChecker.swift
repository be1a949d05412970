import Jobs
import Platform
import Spool
import TestSupport

/// Reads the folders of a spool and nothing else, and says what is wrong there.
struct SpoolChecker {
  let path: String
  /// What was dropped, by id.
  let dropped: [String: String]

  /// What is wrong while jobs may still be under way: a job without a home, one with two, other bytes than were dropped,
  /// a result that is not whole. Empty: nothing.
  func faults() throws -> [String] {
    var homes: [String: [String]] = [:]
    var faults: [String] = []
    for place in SpoolPlace.jobStates {
      let folder = try Folder(path: path + "/" + place.rawValue)
      for name in try folder.names() where !name.hasPrefix(".") {
        if let stem = JobFile.stem(of: name) {
          homes[stem, default: []].append(place.rawValue)
          let bytes = try folder.open(name).readAll(limit: 1 << 20)
          if bytes != Array((dropped[stem] ?? "").utf8) { faults.append("\(place.rawValue)/\(name) has other bytes") }
        } else if name.hasSuffix(".result.json") {
          do {
            let record = try JobRecord.decode(try folder.open(name).readAll(limit: 64 << 20))
            if record.outcome == nil { faults.append("\(place.rawValue)/\(name) is no result") }
            if record.id.text + ".result.json" != name { faults.append("\(place.rawValue)/\(name) is of \(record.id)") }
          } catch { faults.append("\(place.rawValue)/\(name) is not whole: \(error)") }
        }
      }
    }
    for id in dropped.keys.sorted() where homes[id]?.count != 1 {
      faults.append("\(id) is in \(homes[id] ?? [])")
    }
    for id in homes.keys where dropped[id] == nil { faults.append("\(id) was never dropped") }
    return faults
  }

  /// What is wrong after all is done: the same, and a job that is not in `done` or `errors` beside its one result, and
  /// anything left over elsewhere.
  func faultsAtEnd() throws -> [String] {
    var faults = try faults()
    for place in [SpoolPlace.inbox, .processing, .deferred] {
      for name in try Folder(path: path + "/" + place.rawValue).names()
      where name != ".runs" && name != ".scratch" && !place.children.contains(name) {
        faults.append("\(place.rawValue)/\(name) is left")
      }
    }
    for id in dropped.keys.sorted() {
      let results = ["done", "errors"].filter {
        (try? FileSystem.status(path: "\(path)/\($0)/\(id).result.json")) ?? nil != nil
      }
      let jobs = ["done", "errors"].filter { (try? FileSystem.status(path: "\(path)/\($0)/\(id).json")) ?? nil != nil }
      if results.count != 1 || jobs != results { faults.append("\(id): results in \(results), job in \(jobs)") }
    }
    return faults
  }
}
