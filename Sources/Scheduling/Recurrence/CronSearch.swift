import Jobs

extension CronExpression {
  /// Placeholder until the search is merged.
  public func next(after second: Int64, in zone: Zone) -> Int64? { nil }
  public func previous(before second: Int64, in zone: Zone) -> Int64? { nil }
}
