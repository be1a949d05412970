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
    guard let file = try? folders[.state].open(name), let bytes = try? file.readAll(limit: 65_536),
      let root = try? JSONReader.read(bytes), case .array(let list)? = root.member("cgroups")?.value
    else { return [] }
    return list.compactMap { if case .string(let path) = $0.value { path } else { nil } }
  }
}
