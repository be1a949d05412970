/// What has to be in every state that a cut at this moment may leave, by what was seen and was sure.
struct CutCheck {
  private struct Side {
    let live: SpoolView
    let durable: SpoolView
  }

  private let sides: [Side]
  private let accepted: [Content]
  /// Jobs of which the runner had told that they were started.
  private let started: Set<String>
  /// Of what was dropped, whether it is JSON or not.
  private let dropped: Set<UInt64>

  /// - Parameters:
  ///   - live: what is seen; - durable: what of it is sure to be on the disk; - spool: the spool's folder in both;
  ///   - accepted: job files for which somebody was told that they are accepted.
  ///   - started: jobs of which the log said that they were started; - dropped: digests of all job files.
  init(
    live: Volume, durable: Volume, spool: Inode, accepted: [Content], started: Set<String>, dropped: Set<UInt64>
  ) {
    sides = SpoolView.Family.allCases.map {
      Side(live: SpoolView(live, $0, spool: spool), durable: SpoolView(durable, $0, spool: spool))
    }
    (self.accepted, self.started, self.dropped) = (accepted, started, dropped)
  }

  func findings(in volume: Volume, spool: Inode) -> [Finding] {
    var findings: [Finding] = []
    for side in sides {
      let state = SpoolView(volume, side.live.family, spool: spool)
      results(side, state, &findings)
      homes(side, state, &findings)
      histories(side, state, &findings)
      times(state, &findings)
    }
    return findings
  }

  /// What showed as a result is there, or finished where the next runner brings it to its place.
  private func results(_ side: Side, _ state: SpoolView, _ findings: inout [Finding]) {
    let family = side.live.family
    for (stem, sidecars) in side.live.sidecars {
      for seen in sidecars where family.ends.contains(seen.place) {
        if state.sidecar(stem, in: seen.place) == seen.content { continue }
        if state.sidecar(stem, in: family.underway) == seen.content { continue }
        // A job that a person moved to errors is given another result if the first was not yet on the disk: promised is
        // what shows in done.
        if seen.place == family.bad, seen.content.facts.status == "cancelled", state.has(stem, in: seen.place),
          state.sidecar(stem, in: seen.place) == nil
        {
          continue
        }
        findings.append(Finding(.resultLost, "\(seen.place)/\(stem).result.json was seen"))
      }
    }
    for (stem, sidecars) in state.sidecars {
      for sidecar in sidecars where family.ends.contains(sidecar.place) && !sidecar.content.facts.isFinal {
        findings.append(Finding(.torn, "\(sidecar.place)/\(stem).result.json"))
      }
    }
  }

  private func homes(_ side: Side, _ state: SpoolView, _ findings: inout [Finding]) {
    let family = side.live.family
    func need(_ content: Content, _ why: String) {
      // Half of a file that was being written is anybody's half.
      guard content.facts.isWhole || dropped.contains(content.digest) else { return }
      // A person took it away, or put another in its place.
      guard let seen = side.live.homes(of: content).first else { return }
      let homes = state.homes(of: content)
      if homes.isEmpty { findings.append(Finding(.jobLost, "\(seen.place)/\(seen.stem).json, \(why)")) }
      if homes.count > 1, side.live.homes(of: content).count == 1 {
        findings.append(Finding(.twoHomes, "\(seen.stem): \(homes.map(\.place))"))
      }
    }
    if family == .jobs { for content in accepted { need(content, "accepted") } }
    for home in side.durable.homes { need(home.content, "on the disk in \(home.place)") }
    for home in side.live.homes where family.ends.contains(home.place) {
      if side.live.sidecar(home.stem, in: home.place) != nil { need(home.content, "with a result that was seen") }
    }
  }

  /// A time that a task's state calls done has its job, for nobody makes it again.
  private func times(_ state: SpoolView, _ findings: inout [Finding]) {
    for (path, content) in state.states {
      for id in content.facts.made where state.sidecars[id] == nil && !state.homes.contains(where: { $0.stem == id }) {
        findings.append(Finding(.jobLost, "\(path) says that \(id) was made, and it is nowhere"))
      }
    }
  }

  /// What a record on the disk told is told by every later one.
  private func histories(_ side: Side, _ state: SpoolView, _ findings: inout [Finding]) {
    for (stem, sidecars) in side.durable.sidecars {
      for known in sidecars where known.content.facts.isWhole {
        guard side.live.sidecars[stem] != nil else { continue }
        let told = state.sidecars[stem] ?? []
        if !told.contains(where: {
          $0.content.facts.isWhole && $0.content.facts.attempts >= known.content.facts.attempts
        }) {
          findings.append(
            Finding(
              .historyLost,
              "\(stem): \(known.content.facts.attempts) attempts in \(known.place), found \(told.map(\.place))"))
        }
      }
    }
    // A record says that it was started before it was, or it would be started once more.
    for home in side.live.homes where side.live.family == .jobs && started.contains(home.stem) {
      guard home.content.facts.rerun == false, !["inbox", "held"].contains(home.place) else { continue }
      if state.sidecars[home.stem]?.contains(where: { $0.content.facts.isWhole && $0.content.facts.status != nil })
        != true
      {
        findings.append(
          Finding(.historyLost, "\(home.stem) was started, is not to be run again, and nothing tells of it"))
      }
    }
    for (path, known) in side.durable.states where known.facts.isWhole && side.live.states[path] != nil {
      if state.states[path]?.facts.isWhole != true { findings.append(Finding(.torn, path)) }
    }
  }
}
