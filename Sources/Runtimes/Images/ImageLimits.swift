import Jobs

/// What putting an image into the store may take.
public struct ImageLimits: Sendable {
  /// Of the disk: its root, and before that its layers. Default 10 GiB, an image of a whole distribution with everything.
  public var maxSize: ByteCount
  /// What stays free; the spool's `minFree`.
  public var minFree: ByteCount
  /// For each of the programs that do the work; default 1 h, a large image through a thin line.
  public var patience: Duration

  public init(
    maxSize: ByteCount = .gibibytes(10), minFree: ByteCount = .mebibytes(256), patience: Duration = .seconds(3600)
  ) {
    self.maxSize = maxSize
    self.minFree = minFree
    self.patience = patience
  }
}
