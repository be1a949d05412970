/// What a job waits for: the key `after` (DESIGN §3), its names already resolved by the caller.
public struct DependencyRule<ID: Hashable & Sendable>: Sendable, Equatable {
  /// How many of the jobs must have ended well.
  public enum Need: Sendable, Equatable {
    /// Every one. The default.
    case all
    /// One.
    case any
    /// So many, 1 and up. More than there are jobs can never be reached and fails once that is known.
    case count(Int)
  }

  /// What a job that did not end well means to those after it.
  public enum OnFailure: Sendable, Equatable {
    /// It can no longer be satisfied.
    case fail
    /// It counts as satisfied.
    case `continue`
  }

  /// Ids, each once, in the order given.
  public let jobs: [ID]
  /// Default all.
  public let need: Need
  /// Default fail.
  public let onFailure: OnFailure

  /// Drops repeated ids.
  public init(jobs: [ID], need: Need = .all, onFailure: OnFailure = .fail) {
    var seen: Set<ID> = []
    self.jobs = jobs.filter { seen.insert($0).inserted }
    self.need = need
    self.onFailure = onFailure
  }

  /// How many must be satisfied.
  var required: Int {
    switch need {
    case .all: jobs.count
    case .any: min(1, jobs.count)
    case .count(let number): max(0, number)
    }
  }
}

/// Where a job that others wait for stands.
public enum DependencyStatus: Sendable, Equatable {
  /// No folder has it.
  case missing
  /// It waits or runs.
  case pending
  /// It ended as `succeeded`.
  case succeeded
  /// It ended in any other way.
  case failed
}

/// Whether a job may start, as far as `after` goes.
public enum DependencyAnswer<ID: Hashable & Sendable>: Sendable, Equatable {
  /// It may.
  case ready
  /// It waits for these, in the order of its rule. `until`: when those that are missing are given up, in nanoseconds
  /// since 1970; nil when none is missing.
  case waiting(on: [ID], until: Int64?)
  /// It can no longer be satisfied, because of these: `dependency-failed`.
  case failed(which: [ID])
  /// It can no longer be satisfied, and these never appeared: `dependency-missing`.
  case missing(which: [ID])
}
