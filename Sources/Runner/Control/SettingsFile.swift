import Jobs
import Platform

/// `settings.json`: read at the start, at HUP and when the file changes. A bad one at the start ends the runner, later
/// the last good one stays (DESIGN §5).
final class SettingsFile {
  static let name = "settings.json"
  /// Longest file that is read, bytes.
  static let limit = 1 << 20

  private let root: Folder
  private var seen: FileStatus?
  private(set) var current: Settings
  /// What is wrong with the file as it is now; nil if it is in force.
  private(set) var problem: Refusal?

  /// - Throws: `Refusal`, `SystemError`.
  init(root: Folder) throws {
    self.root = root
    seen = try root.status(Self.name)
    current = try Self.read(root) ?? Settings()
  }

  /// Reads the file again if it changed. True if something did: new settings, or a new problem.
  func reload(always: Bool) -> Bool {
    let status: FileStatus?
    do throws(SystemError) { status = try root.status(Self.name) } catch { return false }  // the next look tells
    if !always, status == seen { return false }
    seen = status
    do {
      let next = try Self.read(root) ?? Settings()
      defer {
        current = next
        problem = nil
      }
      return next != current || problem != nil
    } catch let refusal as Refusal {
      defer { problem = refusal }
      return problem != refusal
    } catch { return false }
  }

  private static func read(_ root: Folder) throws -> Settings? {
    guard let status = try root.status(name) else { return nil }
    guard status.kind == .file else {
      throw Refusal(code: .notAFile, reason: "settings.json is not a regular file")
    }
    let bytes = try root.open(name).readAll(limit: limit)
    guard bytes.count <= limit else { throw Refusal(code: .tooBig, reason: "settings.json is larger than 1 MiB") }
    return try Settings.read(bytes)
  }
}
