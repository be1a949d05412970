import Jobs
import Platform
import Spool

/// All that the spool knows about one group.
public struct GroupDetail: Sendable {
  /// A folder of it.
  public struct Usage: Equatable, Sendable {
    /// As a path in the spool.
    public var path: String
    /// What stands there is no folder: nobody goes by it.
    public var isNoFolder = false
    /// Files and folders below it, and what they take of the disk, bytes.
    public var names = 0
    public var bytes: Int64 = 0
    /// There is more than was counted.
    public var isCut = false
  }

  public var entry: GroupEntry
  /// What counts, key by key; empty where its settings are bad.
  public var values: [EffectiveValue] = []
  public var folders: [Usage] = []
  /// Chats whose messages are for it: `channel:chat`, `channel:*` for all others of a channel.
  public var chats: [String] = []
  /// The last requests that were answered, newest last.
  public var answered: [RequestTree.Answered] = []
}

extension SpoolAccess {
  /// How many names of a folder are counted.
  private static let namesCounted = 100_000

  /// Everything about a group; nil when nothing has that name, no job either.
  /// - Throws: `settings` of `settings.json`, `system`.
  public func groupDetail(_ name: GroupName) throws(OperationError) -> GroupDetail? {
    let entry: GroupEntry
    do throws(SystemError) {
      guard let found = try groups().entries.first(where: { $0.name == name }) else { return nil }
      entry = found
    } catch { throw .system(error) }
    var detail = GroupDetail(entry: entry)
    if entry.refusal == nil { detail.values = try effectiveValues(of: name) }
    do throws(SystemError) {
      for place in [SpoolPlace.groups, .ipc, .doneRequests, .failedRequests] {
        if let usage = try usage(of: name.text, in: place) { detail.folders.append(usage) }
        if place == .groups, let usage = try usage(of: GroupFiles.sessions(of: name), in: place) {
          detail.folders.append(usage)
        }
      }
      detail.chats = try settingsOrDefaults().routes.filter { $0.group == name }.map {
        "\($0.channel):\($0.chat ?? "*")"
      }
      detail.answered = try answeredRequests(of: name, limit: 5)
    } catch { throw .system(error) }
    return detail
  }

  private func usage(of name: String, in place: SpoolPlace) throws(SystemError) -> GroupDetail.Usage? {
    guard try readable(place)?.status(name) != nil else { return nil }
    var usage = GroupDetail.Usage(path: "\(place.rawValue)/\(name)")
    guard let parent = try readable(place), let folder = try Self.inner(name, of: parent) else {
      usage.isNoFolder = true
      return usage
    }
    let total = try Tree.usage(of: folder, atMost: Self.namesCounted)
    (usage.names, usage.bytes, usage.isCut) = (total.names, total.bytes, total.isCut)
    return usage
  }
}
