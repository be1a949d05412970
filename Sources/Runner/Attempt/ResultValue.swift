import Jobs
import Platform

/// What a job wrote to `BOBBIN_RESULT`, read as DESIGN §1.8 says: once, bounded, a regular file, never through a link.
enum ResultValue {
  /// Longest content, bytes.
  static let limit = 1 << 20

  static func read(from folder: Folder) -> (value: CompactJSON?, error: String?) {
    let name = ScratchPool.resultName
    do throws(SystemError) {
      guard folder.has(name) else { return (nil, nil) }
      let file = try folder.open(name)
      let status = try file.status()
      guard status.kind == .file else { return (nil, "BOBBIN_RESULT is not a regular file") }
      guard status.size <= Int64(limit) else { return (nil, "BOBBIN_RESULT is larger than 1 MiB") }
      let bytes = try file.readAll(limit: limit)
      guard bytes.count <= limit else { return (nil, "BOBBIN_RESULT is larger than 1 MiB") }
      do throws(Refusal) { return (try CompactJSON.read(bytes), nil) } catch {
        return (nil, "BOBBIN_RESULT: \(error.reason)")
      }
    } catch {
      if error.isLink { return (nil, "BOBBIN_RESULT is a symbolic link") }
      return (nil, "BOBBIN_RESULT cannot be read: \(error.reason)")
    }
  }
}
