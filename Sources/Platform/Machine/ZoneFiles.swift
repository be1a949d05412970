/// What the machine says its own time zone is.
public enum MachineZone: Sendable, Equatable {
  /// It says nothing, or TZ is empty.
  case utc
  /// A zone's name whose file is to be read.
  case named(String)
  /// What TZ holds when it is no path: a zone's name or a POSIX rule.
  case variable(String)
  /// A zone file, tzfile(5), and the name of its zone where one could be found.
  case file(name: String?, bytes: [UInt8])
  /// A file that is named, cannot be read and is no zone's.
  case missing(path: String)
}

/// The machine's zone files, tzfile(5), and which of them is its own, tzset(3). The C library is not asked: its zone
/// functions have one zone a process.
public struct ZoneFiles: Sendable {
  private let folder: String?
  private let variable: String?
  private let localTime: String
  private let nameFile: String

  /// Where C libraries look, in this order.
  private static let folders = [
    "/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo",
  ]

  /// - Parameters:
  ///   - folder: of the zone files; default TZDIR. Without one the usual places.
  ///   - variable: the zone of this process; default TZ. Nil: that of `localTime`.
  ///   - localTime: the machine's zone, a zone file or a link to one; localtime(5).
  ///   - nameFile: has the name of that zone in its first line, on Debian.
  public init(
    folder: String? = Machine.environment("TZDIR"), variable: String? = Machine.environment("TZ"),
    localTime: String = "/etc/localtime", nameFile: String = "/etc/timezone"
  ) {
    self.folder = folder.flatMap { $0.isEmpty ? nil : $0 }
    self.variable = variable
    self.localTime = localTime
    self.nameFile = nameFile
  }

  /// The bytes of a zone's file; nil where there is none that can be read.
  ///
  /// - Parameter name: such as `Europe/Berlin`; the caller has seen that it stays within the folder.
  public func read(_ name: String) -> [UInt8]? {
    for folder in folder.map({ [$0] }) ?? ZoneFiles.folders {
      if let bytes = contents(folder + "/" + name) { return bytes }
    }
    return nil
  }

  /// What the machine's zone is, by TZ, else by `localTime`, else UTC.
  public func machine() -> MachineZone {
    guard let variable else { return isThere(localTime) ? zone(at: localTime) : .utc }
    let text = variable.hasPrefix(":") ? String(variable.dropFirst()) : variable
    if text.isEmpty { return .utc }
    return text.hasPrefix("/") ? zone(at: text) : .variable(text)
  }

  private func zone(at path: String) -> MachineZone {
    // A link says which zone is meant; where its end is may be another name of it.
    var name = zoneName(path)
    if name == nil { name = (try? FileSystem.linkTarget(path)).flatMap(zoneName) }
    if name == nil { name = (try? FileSystem.realPath(path)).flatMap(zoneName) }
    guard let bytes = contents(path) else { return name.map { .named($0) } ?? .missing(path: path) }
    if name == nil, path == localTime, let line = Machine.firstLine(nameFile), !line.isEmpty, read(line) == bytes {
      // Only where they agree: a container often has the file of its host and a name of its own.
      name = line
    }
    return .file(name: name, bytes: bytes)
  }

  /// What stands in a path after the folder of the zones.
  private func zoneName(_ path: String) -> String? {
    if let folder, path.hasPrefix(folder + "/") { return String(path.dropFirst(folder.count + 1)) }
    let parts = path.split(separator: "/")
    guard let at = parts.lastIndex(of: "zoneinfo"), at + 1 < parts.count else { return nil }
    return parts[(at + 1)...].joined(separator: "/")
  }

  private func isThere(_ path: String) -> Bool {
    do { return try FileSystem.status(path: path) != nil } catch { return true }
  }

  /// Links followed: zone files are often links. The largest known one has 4 KiB.
  private func contents(_ path: String) -> [UInt8]? {
    let limit = 1 << 20
    guard let file = try? FileSystem.openInput(path: path),  // whatever the reason, this is no zone file
      let status = try? file.status(), status.kind == .file,
      let bytes = try? file.readAll(limit: limit, size: status.size), bytes.count <= limit
    else { return nil }
    return bytes
  }
}
