import Jobs
import Platform
import Spool

/// What groups may know of their own jobs and tasks: `ipc/GROUP/jobs.json` and `tasks.json`, written anew when something
/// changed. The group `main` is told of all, and of all groups in `groups.json`.
final class GroupSnapshots {
  private let core: Core
  private let files: RequestFiles
  private let room: WaitingRoom
  private let tasks: TaskScheduler
  private var jobs: [GroupName: [JobID]] = [:]
  private var known: Set<JobID> = []
  /// Very many jobs take long to be told of: not before this again, continuous clock.
  private var quietUntil: Int64 = .min
  private var told: [GroupName: (jobs: [UInt8], tasks: Int)] = [:]
  private var toldGroups: [UInt8] = []
  private let settings: (GroupName) -> GroupSettings?

  init(_ core: Core, room: WaitingRoom, tasks: TaskScheduler, settings: @escaping (GroupName) -> GroupSettings?) {
    self.core = core
    self.room = room
    self.tasks = tasks
    self.settings = settings
    files = RequestFiles(folders: core.folders, disk: core.disk)
  }

  /// A job of a group waits, or is under way.
  func noticed(_ id: JobID, of group: GroupName) {
    if known.insert(id).inserted { jobs[group, default: []].append(id) }
  }

  /// Tells groups what changed since they were told.
  func tell(_ groups: [GroupName]) {
    let start = core.now
    guard start >= quietUntil else { return }
    // Within the share of a core that listing folders has.
    defer { quietUntil = core.now + (core.now - start) * ScanPolicy.share }
    for group in jobs.keys {
      jobs[group]?.removeAll { id in
        guard room.phase(of: id) == nil else { return false }
        known.remove(id)
        return true
      }
    }
    for group in groups {
      core.keepGoing { () throws(SystemError) in
        // One whose folders were not made has no job yet that could read it.
        guard try files.folder("answers", of: group) != nil else { return }
        let folder = try core.folders[.ipc].folder(group.text)
        let isMain = group.text == Rights.main
        let list = encode(isMain ? jobs.keys.sorted().flatMap { jobs[$0] ?? [] } : jobs[group] ?? [])
        let before = told[group]
        if before?.jobs != list { try files.tell(list, as: "jobs.json", in: folder) }
        if before?.tasks != tasks.version {
          try files.tell(encode(tasks.listing(of: isMain ? nil : group)), as: "tasks.json", in: folder)
        }
        told[group] = (list, tasks.version)
        if isMain { try tellOfGroups(in: folder) }
      }
    }
  }

  private func encode(_ ids: [JobID]) -> [UInt8] {
    var json = JSONWriter(.pretty, capacity: 256)
    json.beginArray()
    for id in ids {
      guard let phase = room.phase(of: id) else { continue }
      json.beginObject()
      json.member("id", id.text)
      json.member("state", phase)
      json.endObject()
    }
    json.endArray()
    return json.line()
  }

  /// Which groups there are, and which chats are theirs.
  private func tellOfGroups(in folder: Folder) throws(SystemError) {
    var names = Set(core.settings.routes.map(\.group))
    try core.folders[.groups].forEachName { bytes, _ in
      guard let text = String(validating: bytes, as: UTF8.self), text.hasSuffix(".json"),
        let name = try? GroupName(validating: String(text.dropLast(5)))
      else { return }  // one that is put aside, or nobody's
      names.insert(name)
    }
    var json = JSONWriter(.pretty, capacity: 512)
    json.beginArray()
    for name in names.sorted() {
      json.beginObject()
      json.member("name", name.text)
      json.key("chats")
      json.beginArray()
      for route in core.settings.routes where route.group == name {
        json.string("\(route.channel):\(route.chat ?? "*")")
      }
      json.endArray()
      json.member("trigger", settings(name)?.trigger)
      json.member("description", settings(name)?.description)
      json.endObject()
    }
    json.endArray()
    let list = json.line()
    guard list != toldGroups else { return }
    try files.tell(list, as: "groups.json", in: folder)
    toldGroups = list
  }

  private func encode(_ tasks: [TaskTable.Line]) -> [UInt8] {
    var json = JSONWriter(.pretty, capacity: 256)
    json.beginArray()
    for task in tasks {
      json.beginObject()
      json.member("name", task.name)
      json.member("status", task.status)
      json.member("next", task.next)
      json.endObject()
    }
    json.endArray()
    return json.line()
  }
}
