import Jobs
import Platform

/// The folder that a box has at `/bobbin`, read-only: the program of its first process, the socket at which it meets us, and
/// the places where the rest is mounted.
///
/// The socket takes one connection and is gone then, so no process of a job can ever reach it; whoever has the
/// connection is the first process, which nobody within can look into or end. A box that comes too late finds
/// nothing to connect to and ends, without having run anything.
public struct Rendezvous: Sendable {
  /// Where a box finds its first process.
  static let initPath = "/bobbin/bobbin-init"
  static let socketPath = "/bobbin/meet"
  private static let socketName = "meet"
  private static let initName = "bobbin-init"
  private static let afterName = "after.json"
  private static let environmentName = "environment"
  /// Where the job's folders and its group's are mounted.
  private static let places = ["job", "out", "group", "ipc", "session"]

  let folder: Folder
  /// Its absolute path, for engines.
  let path: String

  /// Fills a new folder.
  ///
  /// - Parameter path: of the folder.
  public init(_ folder: Folder, path: String) throws(SystemError) {
    self.folder = folder
    self.path = path
    // Others may enter and nobody but us may change anything, whatever user the box runs as.
    try folder.setMode(0o755)
    for name in Self.places {
      try folder.makeFolder(name)
      try folder.folder(name).setMode(0o755)
    }
    // Where there is none for this processor, an engine that carries the streams itself does without.
    guard let code = InitProgram.bytes else { return }
    let program = try folder.create(Self.initName)
    try program.write(code)
    try program.setMode(0o555)
  }

  /// Waits for the box.
  func listen() throws(SystemError) -> Descriptor {
    try LocalSocket.listen(in: folder, name: Self.socketName, mode: 0o666)
  }

  /// Nobody else is to come.
  func close() {
    try? folder.remove(Self.socketName)  // gone with the folder already
  }

  /// Variables for an engine that takes no others, in a file for the runner's user alone. Answers its path.
  func setEnvironment(_ bytes: [UInt8]) throws(SystemError) -> String {
    try folder.create(Self.environmentName).write(bytes)
    return path + "/" + Self.environmentName
  }

  /// The content of `BOBBIN_AFTER`, or none; of a kept box another for each job.
  func setAfter(_ bytes: [UInt8]?) throws(SystemError) {
    if try folder.has(Self.afterName) { try folder.remove(Self.afterName) }
    guard let bytes else { return }
    let file = try folder.create(Self.afterName)
    try file.write(bytes)
    try file.setMode(0o444)
  }
}

/// What makes a box and ends it where it does not end by itself: an engine, bubblewrap.
public struct BoxMaker: Sendable {
  /// Its child that stands for the box as long as that is there.
  let launching: Launching
  /// What it says.
  let complaints: Descriptor
  /// Takes the box away by force, later and as often as it takes; its client may be gone.
  let remove: @Sendable () -> Void
  /// What its words mean when no box came of it.
  let explain: @Sendable (_ words: String, _ cause: ProcessEnd.Cause) -> StartFailure
}

/// What a box is given beside the job's own folders.
public struct BoxPlan: Sendable {
  public let rendezvous: Rendezvous
  /// Absolute paths of the job's two folders, for engines.
  public let workPath: String
  public let resultPath: String
  /// No other box has it, now or later.
  public let name: String
  public let labels: [Label]
  /// Stays after the job, for the next one of its group.
  public let isKept: Bool

  public init(
    rendezvous: Rendezvous, workPath: String, resultPath: String, name: String, labels: [Label], isKept: Bool
  ) {
    self.rendezvous = rendezvous
    self.workPath = workPath
    self.resultPath = resultPath
    self.name = name
    self.labels = labels
    self.isKept = isKept
  }
}
