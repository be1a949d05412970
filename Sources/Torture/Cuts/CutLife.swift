import Platform

/// A spool from its making on, on a disk of its own, and the cuts while people and runners are at work in it.
struct CutLife {
  /// A disk at one moment, and what was known before it.
  struct Cut {
    /// The name of the clone.
    let disk: String
    let account: Witness.Account
    /// What a person had done until after it.
    let touched: Set<String>
    /// Processes of jobs that were alive just before.
    let running: Int
  }

  let history: History
  private let options: CutOptions
  private let holder: Holder
  private let place: Folder
  private let notes: Folder
  private let name: String
  private var random: Seeded

  /// - Parameters:
  ///   - number: of the life; - place: where its disk is mounted, and its notes lie.
  init(_ number: Int, _ options: CutOptions, _ holder: Holder, in place: Folder) throws {
    (self.options, self.holder, self.place) = (options, holder, place)
    name = "life-\(number)"
    random = Seeded(options.seed, UInt64(number), 11)
    let notes = "\(place.path)/\(name)-notes"
    try FileSystem.makeFolders(path: notes)
    self.notes = try Folder(path: notes)
    history = History(
      seed: options.seed &+ UInt64(number), ground: "\(place.path)/\(name)", size: options.size, notes: notes)
  }

  /// So many cuts at most; fewer when everything was done before.
  mutating func cuts(atMost most: Int) throws -> [Cut] {
    try holder.makeDisk(name)
    try holder.mount(name, at: history.ground)
    let said = try place.append("said")
    let actor = try SystemTool.start(
      [
        try FileSystem.realPath(Machine.executable ?? ""), "act", "--seed", "\(history.seed)", "--size",
        "\(options.size)", "--ground", history.ground, "--notes", notes.path, "--bobbin", options.program,
      ], output: said)
    var witness = Witness(spool: history.ground + "/spool", notes: notes)
    var cuts: [Cut] = []
    while cuts.count < most, isAlive(actor) {
      try linger(&witness, actor)
      // Before the first word of anybody's there may be no spool yet.
      guard witness.account.count > 0, isAlive(actor) else { continue }
      let running = Self.jobs.count
      try witness.look()
      let account = witness.account
      let disk = "\(name)-\(cuts.count + 1)"
      try holder.clone(name, as: disk)
      cuts.append(Cut(disk: disk, account: account, touched: try witness.touched(), running: running))
    }
    _ = try notes.append("over")
    let end = Children.wait(for: actor, atMost: 60_000_000_000)
    guard end == .exited(0) else {
      let text = String(decoding: try place.open("said").readAll(limit: 1 << 20).suffix(400), as: UTF8.self)
      throw TortureError.machine("life \(history.seed) was not played: \(end.map { "\($0)" } ?? "no end"): \(text)")
    }
    for job in Self.jobs { ProcessTable.signal(job, SignalNumber.kill) }  // they lie on the disk
    try holder.unmount(name, at: history.ground)
    try holder.remove(name)
    return cuts
  }

  private func isAlive(_ pid: Int32) -> Bool { ProcessTable.facts(pid)?.isZombie == false }

  /// Some time, and at every other time until there is something new to be known: it is most at risk when it shows.
  private mutating func linger(_ witness: inout Witness, _ actor: Int32) throws {
    let until = Clock.continuous() + Int64.random(in: 1_000_000...250_000_000, using: &random)
    let isForNews = random.once(in: 2)
    while Clock.continuous() < until {
      try witness.look()
      Clock.wait(nanoseconds: 1_000_000)
    }
    let known = witness.account.count
    while isForNews, witness.account.count == known, isAlive(actor) {
      try witness.look()
      Clock.wait(nanoseconds: 200_000)
    }
  }

  /// Processes of jobs: told from all others by what they are given.
  private static var jobs: [ProcessFacts] {
    ProcessTable.all().filter { !$0.isZombie && ProcessTable.environmentValue("BOBBIN_JOB_ID", of: $0.pid) != nil }
  }
}
