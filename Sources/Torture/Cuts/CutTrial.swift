import Jobs
import Platform

/// A cut: the disk is taken into use as after a boot, looked at, and given to a runner.
struct CutTrial {
  /// What a runner may take for what needs a second or two, ns.
  private static let patience: Int64 = 120_000_000_000

  let cut: CutLife.Cut
  let history: History
  let holder: Holder
  let place: Folder
  let program: String

  struct Outcome {
    var findings: [Finding] = []
    /// The journal told of something that was not in its place.
    var isReplayed = false
    /// Jobs in `processing/` on the disk.
    var underway = 0
    /// Jobs that were not at their end on the disk, and are now.
    var recovered = 0
    /// Drops of which nobody had said that they are accepted: those that are gone, or are not whole.
    var lost = 0
  }

  /// - Throws: also when the disk itself is not whole.
  func outcome() throws -> Outcome {
    // The clone stays as it is: it is the evidence.
    let disk = cut.disk + "-used"
    try holder.clone(cut.disk, as: disk)
    var outcome = Outcome(isReplayed: try holder.needsReplay(disk))
    let path = "\(place.path)/\(disk)"
    try FileSystem.makeFolders(path: "\(place.path)/\(cut.disk)-again/notes")
    try holder.mount(disk, at: path)
    do {
      if let spool = try? Folder(path: path + "/spool") {
        try judge(spool, path, &outcome)
      } else {
        outcome.findings.append(Finding(.jobLost, "there is no spool"))
      }
      try holder.unmount(disk, at: path)
    } catch {
      try? holder.unmount(path)  // the first error is the one to tell
      throw error
    }
    do { try holder.check(disk) } catch {
      try holder.keep(cut.disk, as: "\(place.path)/\(cut.disk).img")
      try holder.keep(disk, as: "\(place.path)/\(disk).img")
      throw error
    }
    try holder.remove(disk)
    try FileSystem.removeFolder(path: path)
    if outcome.findings.isEmpty { try Tree.remove(cut.disk + "-again", in: place) }
    return outcome
  }

  private func judge(_ spool: Folder, _ path: String, _ outcome: inout Outcome) throws {
    let state = try Volume(reading: spool, path: "") { Recoverer.isLeftOut($0) }
    let check = WitnessCheck(cut.account, touched: cut.touched, history: history)
    outcome.findings += check.findings(in: state)
    let before = SpoolView(state, .jobs, spool: Volume.root)
    outcome.underway = before.homes.count { $0.place == "processing" }
    outcome.lost = history.drops.count { drop in
      // Later drops were not made yet: those that were have a number below one that is known.
      drop.number < (cut.account.accepted.max() ?? 0) && !cut.account.accepted.contains(drop.number)
        && before.homes(of: Content(drop.bytes)).isEmpty
    }
    let logged = try log(spool).count
    let (end, ran) = try recover(path)
    guard end == .exited(0) || end == .exited(1) else {
      outcome.findings.append(
        Finding(
          .notRecovered, "the runner's end: \(end.map { "\($0)" } ?? "none in \(Self.patience / 1_000_000_000) s")"))
      return
    }
    let after = try Volume(reading: spool, path: "") { Recoverer.isLeftOut($0) }
    let log = try log(spool)
    outcome.findings += RecoveryCheck(state: state, spool: Volume.root).findings(
      after: after, log: Array(log.dropFirst(logged)))
    outcome.findings += check.findings(in: state, after: after, ran: ran)
    let now = SpoolView(after, .jobs, spool: Volume.root)
    outcome.recovered = before.homes.count { home in
      !before.family.ends.contains(home.place)
        && now.homes(of: home.content).contains { now.family.ends.contains($0.place) }
    }
  }

  private func log(_ spool: Folder) throws -> [UInt8] {
    guard let logs = try? spool.folder("logs"), try logs.has("bobbin.log") else { return [] }
    return try logs.open("bobbin.log").readAll(limit: 1 << 26)
  }

  /// `bobbin run --drain` where the spool always was, in another boot, in which none of the earlier processes is. The jobs'
  /// notes go elsewhere, and none of them takes its time.
  private func recover(_ path: String) throws -> (end: ProcessEnd.Cause?, ran: [String]) {
    let again = "\(place.path)/\(cut.disk)-again"
    let folder = try Folder(path: again)
    try folder.create("boot").write(Array((Self.bootID() + "\n").utf8))
    for name in ["fast", "odd"] { _ = try Folder(path: path).append(name) }
    let script = """
      mount --bind "$1" "$2" && mount --bind "$3/notes" "$4" && mount --bind "$3/boot" /proc/sys/kernel/random/boot_id || exit 99
      shift 4; "$@"; exit $?
      """
    let pid = try SystemTool.start(
      SystemTool.apart + ["/bin/sh", "-c", script, "sh", path, history.ground, again, history.notes ?? again]
        + [program, "run", "--spool", history.ground + "/spool", "--drain"], output: try folder.append("said"))
    let end = Children.wait(for: pid, atMost: Self.patience)
    if end == nil {
      ProcessTable.signalChild(pid, SignalNumber.kill)
      _ = Children.wait(for: pid)
    }
    if end == .exited(99) { throw TortureError.machine("no boot for \(cut.disk); see \(again)/said") }
    return (end, try Witness.lines("ran", in: folder.folder("notes")))
  }

  private static func bootID() -> String {
    let digits = String(UInt64.random(in: 1 << 60...UInt64.max), radix: 16)
    return "\(digits.prefix(8))-\(digits.dropFirst(8).prefix(4))-\(digits.dropFirst(12))-8000-000000000000"
  }
}
