/// What a disk after a cut has to hold, and what a runner has to make of it, by what somebody outside had seen and been told
/// before the cut. Says nothing of what nobody knew.
struct WitnessCheck {
  private let account: Witness.Account
  /// What a person changed before the disk was cut, so that what was seen of it may be gone.
  private let touched: Set<String>
  private let history: History
  private let accepted: [History.Drop]

  init(_ account: Witness.Account, touched: Set<String>, history: History) {
    (self.account, self.touched, self.history) = (account, touched, history)
    accepted = history.drops.filter {
      (account.accepted.contains($0.number) || account.claimed.contains($0.bytes)) && !touched.contains($0.stem)
    }
  }

  /// Results and the jobs beside them, as far as they have to stay.
  private var lasting: [(place: String, stem: String, isResult: Bool, content: Content)] {
    account.seen.compactMap { path, bytes in
      let slash = path.lastIndex(of: "/") ?? path.startIndex
      let (place, name) = (String(path[..<slash]), path[path.index(after: slash)...])
      let isResult = name.hasSuffix(".result.json")
      let stem = String(name.dropLast(isResult ? 12 : 5))
      return place == "errors" && touched.contains(Self.original(stem)) ? nil : (place, stem, isResult, Content(bytes))
    }
  }

  /// What NAME~2 was dropped as.
  private static func original(_ stem: String) -> String { String(stem.prefix { $0 != "~" }) }

  /// The disk as it was found.
  func findings(in state: Volume) -> [Finding] {
    let known = tree()
    let dropped = Set(history.drops.map { Content($0.bytes).digest })
    let check = CutCheck(
      live: known, durable: Volume(), spool: Volume.root, accepted: accepted.map { Content($0.bytes) }, started: [],
      dropped: dropped)
    return check.findings(in: state, spool: Volume.root) + started(SpoolView(state, .jobs, spool: Volume.root))
  }

  /// All that is known, as it would lie in a spool: what is accepted and not known to have ended waits.
  private func tree() -> Volume {
    var volume = Volume()
    var next: Inode = 1
    func make(_ path: String, _ bytes: [UInt8]?) {
      var folder = Volume.root
      for part in path.split(separator: "/") {
        let slot = Slot(String(part), in: folder)
        if volume[slot] == nil {
          let isFile = bytes != nil && path.hasSuffix("/" + part)
          volume.apply(.make(next, isFile ? .file : .folder, mode: 0o700, at: slot))
          if let bytes, isFile { volume.apply(.write(next, at: 0, bytes)) }
          next += 1
        }
        folder = volume[slot] ?? folder
      }
    }
    for place in SpoolView.Family.allCases.flatMap(\.homes) { make(place, nil) }
    for known in lasting {
      make("\(known.place)/\(known.stem)\(known.isResult ? ".result" : "").json", known.content.bytes)
    }
    let ended = SpoolView(volume, .jobs, spool: Volume.root)
    for drop in accepted where ended.homes(of: Content(drop.bytes)).isEmpty {
      make("inbox/\(drop.number).json", drop.bytes)
    }
    return volume
  }

  /// Drops that are not to be run again and were: before the start it was on the disk that they were claimed.
  private var ran: [History.Drop] {
    let numbers = Set(account.ran.compactMap { $0.split(separator: " ").first.flatMap { Int($0) } })
    return history.drops.filter { numbers.contains($0.number) && !touched.contains($0.stem) }
  }

  private func started(_ state: SpoolView) -> [Finding] {
    ran.compactMap { drop in
      guard let home = state.homes(of: Content(drop.bytes)).first else {
        return Finding(.jobLost, "drop \(drop.number) ran, is not to be run again, and is nowhere")
      }
      let told = state.sidecars[home.stem]?.contains { $0.content.facts.isWhole && $0.content.facts.status != nil }
      if !["inbox", "held"].contains(home.place), told == true { return nil }
      return Finding(
        .historyLost,
        "drop \(drop.number) ran, is not to be run again, and nothing beside \(home.place)/\(home.stem) tells of it")
    }
  }

  /// After the next runner.
  ///
  /// - Parameters:
  ///   - state: the disk as it was found; - after: the spool now; - ran: what ran meanwhile of the jobs that tell.
  func findings(in state: Volume, after: Volume, ran: [String]) -> [Finding] {
    var findings: [Finding] = []
    let views = SpoolView.Family.allCases.map { SpoolView(after, $0, spool: Volume.root) }
    for known in lasting where known.isResult {
      let now = views.compactMap { $0.sidecar(known.stem, in: known.place) }.first
      // A person moved it to errors, and its result was not on the disk yet: it gets another (CutCheck).
      if known.place == "errors", known.content.facts.status == "cancelled", now?.facts.status == "cancelled" {
        continue
      }
      if now != known.content {
        findings.append(Finding(.resultLost, "\(known.place)/\(known.stem).result.json was seen; after the recovery"))
      }
    }
    let isPaused = state.find("paused") != nil
    for drop in accepted {
      let homes = views[0].homes(of: Content(drop.bytes))
      if homes.isEmpty { findings.append(Finding(.jobLost, "drop \(drop.number) after the recovery")) }
      if homes.count > 1 { findings.append(Finding(.twoHomes, "drop \(drop.number): \(homes.map(\.place))")) }
      for home in homes where !isPaused && home.place != "held" {
        if views[0].sidecar(home.stem, in: home.place)?.facts.isFinal != true
          || !views[0].family.ends.contains(home.place)
        {
          findings.append(Finding(.notRecovered, "drop \(drop.number) is left in \(home.place)/\(home.stem)"))
        }
      }
    }
    let before = SpoolView(state, .jobs, spool: Volume.root)
    for drop in self.ran {
      // Stopped as planned: that attempt does not count, and the next has its number.
      if before.homes(of: Content(drop.bytes)).contains(where: { $0.place == "deferred" }) { continue }
      for line in ran where line.hasPrefix("\(drop.number) ") && account.ran.contains(line) {
        findings.append(Finding(.ranAgain, "drop \(drop.number) is not to be run again; number and attempt: \(line)"))
      }
    }
    return findings
  }
}
