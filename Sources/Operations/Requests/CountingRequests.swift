import Jobs
import Platform
import Spool

extension StatusReport {
  /// What groups ask for and are told, as far as counting names tells.
  public struct Requests: Equatable, Sendable {
    /// Groups with requests that wait, and how many.
    public var waiting: [Group] = []
    /// Requests whose refusal is kept, and when the last one was.
    public var refused = 0
    public var lastRefused: Timestamp?

    public struct Group: Equatable, Sendable {
      public var group: GroupName
      public var count: Int

      public init(_ group: GroupName, count: Int) { (self.group, self.count) = (group, count) }
    }

    public init() {}
  }

  /// Messages for people.
  public struct Outbox: Equatable, Sendable {
    /// Those that are yet to be delivered, and that never will be.
    public var (waiting, failed) = (0, 0)

    public init() {}

    public static func == (a: Outbox, b: Outbox) -> Bool { a.waiting == b.waiting && a.failed == b.failed }
  }
}

/// Counts of names; nothing is read.
extension SpoolAccess {
  func requestSummary() throws(SystemError) -> StatusReport.Requests? {
    var summary = StatusReport.Requests()
    for name in try readable(.ipc)?.names().sorted() ?? [] {
      // What no group can be called is told by 'group ls'.
      guard let group = try? GroupName(validating: name), let folder = try requestFolder(.ipc, of: group) else {
        continue
      }
      var count = 0
      for kind in Request.Kind.allCases {
        count += try Self.inner(kind.rawValue, of: folder).map(Self.countRequests) ?? 0
      }
      if count > 0 { summary.waiting.append(.init(group, count: count)) }
    }
    for name in try readable(.failedRequests)?.names() ?? [] {
      guard let group = try? GroupName(validating: name),
        let folder = try requestFolder(.failedRequests, of: group)
      else { continue }
      let count = try countRequests(.failedRequests, of: group)
      if count == 0 { continue }
      summary.refused += count
      // A folder's own times: no file of it has to be looked at.
      let last = Timestamp(nanoseconds: try folder.descriptor.status().modified)
      summary.lastRefused = max(summary.lastRefused ?? last, last)
    }
    return summary == StatusReport.Requests() ? nil : summary
  }

  func outboxSummary() throws(SystemError) -> StatusReport.Outbox? {
    var summary = StatusReport.Outbox()
    // One that is being delivered right now is not delivered yet.
    summary.waiting = try countMessages(.outbox) + countMessages(.sending)
    summary.failed = try countMessages(.failedMessages)
    return summary == StatusReport.Outbox() ? nil : summary
  }

  /// Messages in a folder, without what is noted beside them.
  private func countMessages(_ place: SpoolPlace) throws(SystemError) -> Int {
    try readable(place)?.names().count { JobFile.stem(of: $0) != nil } ?? 0
  }

  /// Names of requests in a folder.
  static func countRequests(_ folder: Folder) throws(SystemError) -> Int {
    var count = 0
    try folder.forEachName { name, isFolder in
      if isFolder != true, RequestName.isRequest(name) { count += 1 }
    }
    return count
  }
}
