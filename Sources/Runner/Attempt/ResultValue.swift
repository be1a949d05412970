import Jobs
import Platform

/// What a job wrote to `BOBBIN_RESULT`, read as DESIGN §1.8 says: once, bounded, a regular file, never through a link.
enum ResultValue {
  /// Longest content, bytes.
  static let limit = 1 << 20

  /// - Returns: also whether there is anything under that name.
  static func read(from folder: Folder) -> (value: CompactJSON?, error: String?, isThere: Bool) {
    let (value, error) = content(of: folder)
    return (value, error, value != nil || error != nil)
  }

  private static func content(of folder: Folder) -> (value: CompactJSON?, error: String?) {
    do throws(SystemError) {
      let file = try folder.open(ScratchPool.resultName)
      let status = try file.status()
      guard status.kind == .file else { return (nil, "BOBBIN_RESULT is not a regular file") }
      guard status.size <= Int64(limit) else { return (nil, "BOBBIN_RESULT is larger than 1 MiB") }
      let bytes = try file.readAll(limit: limit)
      guard bytes.count <= limit else { return (nil, "BOBBIN_RESULT is larger than 1 MiB") }
      do throws(Refusal) { return (try CompactJSON.read(bytes), nil) } catch {
        return (nil, "BOBBIN_RESULT: \(error.reason)")
      }
    } catch {
      if error.isMissing { return (nil, nil) }
      if error.isLink { return (nil, "BOBBIN_RESULT is a symbolic link") }
      return (nil, "BOBBIN_RESULT cannot be read: \(error.reason)")
    }
  }
}
