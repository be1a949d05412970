import Jobs
import Platform
import Runtimes
import Spool

/// `state/runner.json`: who holds the lock, for people; not proof of life, that is the lock itself. And where its cgroups
/// are: the next runner may stand in another one, and has to find what this one left there.
enum WhoFile {
  private static let name = "runner.json"

  static func write(_ core: Core) throws(SystemError) {
    var json = JSONWriter()
    json.beginObject()
    json.member("pid", core.mark.pid)
    json.member("host", core.mark.host)
    json.member("machine", core.mark.machine)
    json.member("boot", core.mark.boot)
    if let ticks = core.mark.startTicks { json.member("startTicks", Int(ticks)) }
    json.member("startedAt", Timestamp(nanoseconds: core.wall))
    json.member("slots", core.slots)
    json.key("cgroups")
    json.beginArray()
    for path in core.cgroups.folders { json.string(path) }
    json.endArray()
    json.endObject()
    _ = try core.writer.write(json.line(), as: name, in: core.folders[.state])
  }

  /// What the runner before wrote; none if it wrote nothing, or somebody removed it.
  static func notedCgroups(_ folders: SpoolFolders) -> [String] {
    guard case .array(let list)? = noted(folders)?.member("cgroups")?.value else { return [] }
    return list.compactMap { if case .string(let path) = $0.value { path } else { nil } }
  }

  /// Whether the runner that the file names is known dead: of this machine, and either of an earlier boot or no process, or
  /// another one, under its number. A file that says too little tells nothing.
  static func namesTheDead(_ folders: SpoolFolders) -> Bool {
    guard let noted = noted(folders), case .string(Machine.id)? = noted.member("machine")?.value,
      case .string(let boot)? = noted.member("boot")?.value, case .number(let digits)? = noted.member("pid")?.value,
      let pid = Int32(digits)
    else { return false }
    guard boot == Machine.bootID, let facts = ProcessTable.facts(pid), !facts.isZombie else { return true }
    guard case .number(let ticks)? = noted.member("startTicks")?.value else { return false }
    return UInt64(ticks) != facts.startTicks
  }

  private static func noted(_ folders: SpoolFolders) -> JSONNode? {
    guard let file = try? folders[.state].open(name), let bytes = try? file.readAll(limit: 65_536) else { return nil }
    return try? JSONReader.read(bytes)  // half written or removed: nothing is known
  }
}
