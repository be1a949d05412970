import Platform
import Testing

/// Compares with a file under `Snapshots`, byte for byte. With `BOBBIN_WRITE_SNAPSHOTS` set it is written instead.
func expectSnapshot(
  _ text: String, _ name: String, file: String = #filePath, location: SourceLocation = #_sourceLocation
) throws {
  let folderPath = file.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/Snapshots"
  let folder = try Folder(path: folderPath)
  if Machine.environment("BOBBIN_WRITE_SNAPSHOTS") != nil {
    if try folder.has(name) { try folder.remove(name) }
    try folder.create(name, mode: 0o644).write(Array(text.utf8))
    return
  }
  let known = String(decoding: try folder.open(name).readAll(limit: 1 << 20), as: UTF8.self)
  #expect(text == known, "differs from Snapshots/\(name)", sourceLocation: location)
}
