import Jobs
import Observability
import Platform
import Spool

/// Jobs whose results somebody waits for: told in `ipc/GROUP/answers/` when they have ended. Which they are stands beside the
/// answers, so that a later runner tells them too.
final class RequestWaits {
  private struct Wait {
    let group: GroupName
    let request: String
  }

  private let core: Core
  private let files: RequestFiles
  private let homes: TaskFiles
  private var waits: [JobID: Wait] = [:]
  private static let prefix = ".wait."

  init(_ core: Core, files: RequestFiles, homes: TaskFiles) {
    self.core = core
    self.files = files
    self.homes = homes
  }

  /// The note that is written before the jobs are.
  func note(_ id: String, _ effects: [RequestGate.Effect]) -> (name: String, bytes: [UInt8]) {
    var json = JSONWriter(.compact, capacity: 128)
    json.beginArray()
    for job in Self.jobs(effects) { json.string(job.text) }
    json.endArray()
    return (Self.prefix + id, json.line())
  }

  func expect(_ id: String, _ effects: [RequestGate.Effect], in group: GroupName) {
    for job in Self.jobs(effects) { waits[job] = Wait(group: group, request: id) }
  }

  private static func jobs(_ effects: [RequestGate.Effect]) -> [JobID] {
    effects.compactMap { if case .job(let id, _, _) = $0 { id } else { nil } }
  }

  /// Reads what an earlier runner noted, and tells what has ended since.
  func remember(_ group: GroupName) throws(SystemError) {
    guard let answers = try files.folder("answers", of: group) else { return }
    for name in try answers.names() where name.hasPrefix(Self.prefix) && !name.hasSuffix(".new") {
      guard let bytes = try? answers.open(name).readAll(limit: 1 << 20), let node = try? JSONReader.read(bytes),
        case .array(let elements) = node.value
      else { continue }  // torn: its request is still there and is read again
      for element in elements {
        guard case .string(let text) = element.value else { continue }
        let id = JobID(unchecked: text)
        waits[id] = Wait(group: group, request: String(name.dropFirst(Self.prefix.count)))
        if let home = try homes.home(of: id), home == .done || home == .errors,
          let record = try homes.result(of: id, in: home)
        {
          ended(record)
        }
      }
    }
  }

  /// A job came to its end.
  func ended(_ record: JobRecord) {
    guard let wait = waits.removeValue(forKey: record.id) else { return }
    core.keepGoing { () throws(SystemError) in
      guard let answers = try files.folder("answers", of: wait.group) else { return }
      let own = "\(wait.group.text).\(wait.request)"
      // One of several is told by its own name too.
      let name = record.id.text == own ? wait.request : String(record.id.text.dropFirst(wait.group.text.utf8.count + 1))
      try files.tell(RequestAnswer.result(of: record, request: wait.request), as: "\(name).result.json", in: answers)
      if !waits.values.contains(where: { $0.group == wait.group && $0.request == wait.request }) {
        try core.disk.remove(Self.prefix + wait.request, in: answers)
      }
    }
  }
}
