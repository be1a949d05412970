import Platform

/// Lets the real program loose on states, and looks at what it makes of them.
final class Recoverer {
  /// A state, and what is known of it.
  struct State {
    let volume: Volume
    let spool: Inode
    let origin: PowerSearch.Origin
  }

  private struct Running {
    let state: State
    let name: String
    let pid: Int32
  }

  /// What no recovery reads, and much of it: output logs, the places of runs.
  static func isLeftOut(_ path: String) -> Bool {
    path.hasPrefix("logs/") && path != "logs/jobs" || path.hasPrefix("processing/.scratch/")
  }

  /// States at a time: many wait for a moment that their history put them off to.
  private static let atOnce = 12

  private let bobbin: String
  private let place: Folder
  private let found: (PowerSearch.Origin, [Finding]) -> Void
  private var running: [Running] = []
  private(set) var count = 0

  /// - Parameters:
  ///   - place: an empty folder; - found: called for each state, nothing found or not.
  init(bobbin: String, place: Folder, found: @escaping (PowerSearch.Origin, [Finding]) -> Void) {
    (self.bobbin, self.place, self.found) = (bobbin, place, found)
  }

  func recover(_ state: State) throws {
    if running.count >= Self.atOnce { try finish() }
    count += 1
    let name = "state-\(count)"
    try place.makeFolder(name)
    let folder = try place.folder(name)
    try state.volume.write(state.spool, into: folder, skips: Self.isLeftOut)
    let pid = try Actor.start([bobbin, "run", "--spool", place.path + "/" + name, "--drain"])
    running.append(Running(state: state, name: name, pid: pid))
  }

  /// Waits for all that are under way.
  func finishAll() throws { while !running.isEmpty { try finish() } }

  private func finish() throws {
    let first = running.removeFirst()
    var findings: [Finding] = []
    let end = Children.wait(for: first.pid, atMost: 60_000_000_000)
    if end == nil {
      ProcessTable.signalChild(first.pid, SignalNumber.kill)
      _ = Children.wait(for: first.pid)
    }
    if end != .exited(0), end != .exited(1) {
      findings.append(Finding(.notRecovered, "the runner's end: \(end.map { "\($0)" } ?? "none in 60 s")"))
    }
    let folder = try place.folder(first.name)
    let logs = try folder.folder("logs")
    let log = try logs.has("bobbin.log") ? logs.open("bobbin.log").readAll(limit: 1 << 26) : []
    let after = try Volume(reading: folder, path: "") { Self.isLeftOut($0) }
    findings += RecoveryCheck(state: first.state.volume, spool: first.state.spool).findings(after: after, log: log)
    found(first.state.origin, findings)
    try Tree.remove(first.name, in: place)
  }
}
