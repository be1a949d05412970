import Jobs
import Platform
import Spool

/// A group as `group ls` tells it: what its files say, and what is going on in it.
public struct GroupEntry: Equatable, Sendable {
  /// What its jobs run as, by the rule of the runner.
  public enum Kind: String, Sendable {
    /// Neither settings nor a folder: a lane of jobs and no more.
    case lane
    /// `"host": true`: its jobs are processes.
    case host
    /// Its jobs run in sandboxes and containers.
    case isolated
    /// Its settings are not accepted: its jobs wait.
    case bad
  }

  public var name: GroupName
  /// What its settings say, or why they are not accepted; nil: it has none.
  public var settings: Result<GroupSettings, Refusal>?
  /// Whether it has a folder of its own.
  public var hasFolder = false
  /// Why it is paused, empty if nobody said; nil: it is not.
  public var paused: String?
  /// Jobs of it that wait, and that run.
  public var waiting = 0
  public var running = 0
  /// Requests of it that were carried out, and refused, as far as their files are there.
  public var requestsDone = 0
  public var requestsRefused = 0

  public init(name: GroupName) { self.name = name }

  public var kind: Kind {
    switch settings {
    case .failure: .bad
    case .success(let settings): settings.host ? .host : .isolated
    case nil: hasFolder ? .isolated : .lane
    }
  }

  /// Its settings if they are good.
  public var good: GroupSettings? { if case .success(let settings)? = settings { settings } else { nil } }
  /// Why its settings are not accepted; nil: they are, or there are none.
  public var refusal: Refusal? { if case .failure(let refusal)? = settings { refusal } else { nil } }
}

/// All groups of a spool.
public struct GroupListing: Equatable, Sendable {
  /// By name.
  public var entries: [GroupEntry] = []
  /// Names in `groups/` that no group can have, with what is wrong; bad bytes repaired.
  public var badNames: [String: Refusal] = [:]
  /// Jobs in the inbox that were not looked into, so that more may wait than is said.
  public var unread = 0

  public init() {}
}
