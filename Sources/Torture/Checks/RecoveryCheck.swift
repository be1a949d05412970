import Jobs

/// What the next runner has to make of a state. Reads two trees, and the log for what was started.
struct RecoveryCheck {
  let state: Volume
  let spool: Inode

  /// - Parameters:
  ///   - after: the spool when the runner had ended, its root the spool itself; - log: what the runner wrote.
  func findings(after: Volume, log: [UInt8]) -> [Finding] {
    var findings: [Finding] = []
    let started = Self.started(log)
    for family in SpoolView.Family.allCases {
      let before = SpoolView(state, family, spool: spool)
      let now = SpoolView(after, family, spool: Volume.root)
      homes(before, now, &findings)
      results(before, now, started, &findings)
      rest(now, &findings)
    }
    files(after, &findings)
    return findings
  }

  private func homes(_ before: SpoolView, _ now: SpoolView, _ findings: inout [Finding]) {
    for home in before.homes {
      let (old, new) = (before.homes(of: home.content), now.homes(of: home.content))
      if new.count < old.count {
        findings.append(Finding(.jobLost, "\(home.place)/\(home.stem).json is gone after the recovery"))
      } else if new.count > old.count {
        findings.append(
          Finding(.twoHomes, "\(home.place)/\(home.stem).json is in \(new.map(\.place)) after the recovery"))
      }
    }
  }

  private func results(
    _ before: SpoolView, _ now: SpoolView, _ started: Set<String>, _ findings: inout [Finding]
  ) {
    let family = before.family
    for (stem, sidecars) in before.sidecars {
      // A person's retry makes a new life of it: its history goes on. So it is with a record that came to the disk before the
      // claim: nobody saw it.
      let names = [stem] + sidecars.compactMap(\.content.facts.droppedAs)
      let isRetried = before.homes.contains {
        names.contains($0.stem) && ["inbox", "held", "outbox"].contains($0.place)
      }
      for sidecar in sidecars where sidecar.content.facts.isFinal && !isRetried {
        let isShown = sidecar.place != family.underway
        // Cut just before the end of its line it is whole, and is written anew with it: nobody had seen it.
        let same = [sidecar.content] + (isShown ? [] : [Content(sidecar.content.bytes + [UInt8(ascii: "\n")])])
        let places = isShown ? [sidecar.place] : family.ends
        if !places.contains(where: { place in now.sidecar(stem, in: place).map { same.contains($0) } ?? false }) {
          findings.append(
            Finding(.resultLost, "\(sidecar.place)/\(stem) was finished, and is another after the recovery"))
        }
        if family == .jobs, started.contains(stem) {
          findings.append(Finding(.ranAgain, "\(sidecar.place)/\(stem) was finished, and was started"))
        }
      }
      for sidecar in sidecars where sidecar.content.facts.isWhole {
        let attempts = (now.sidecars[stem] ?? []).map(\.content.facts.attempts).max() ?? -1
        if attempts < sidecar.content.facts.attempts {
          findings.append(
            Finding(.historyLost, "\(stem) had \(sidecar.content.facts.attempts) attempts, now \(attempts)"))
        }
      }
      if family == .jobs, !isRetried, started.contains(stem),
        before.sidecar(stem, in: "processing")?.facts.status == "running",
        let home = before.homes.first(where: { $0.stem == stem && $0.place == "processing" }),
        home.content.facts.rerun == false
      {
        findings.append(Finding(.ranAgain, "\(stem) had been started, and is not to be run again"))
      }
    }
  }

  /// Everything is at its end, with a whole result.
  private func rest(_ now: SpoolView, _ findings: inout [Finding]) {
    let family = now.family
    let isPaused = state.find("paused", from: spool) != nil
    for home in now.homes where !isPaused && !family.ends.contains(home.place) && home.place != "held" {
      findings.append(Finding(.notRecovered, "\(home.place)/\(home.stem).json is left"))
    }
    for home in now.homes where family.ends.contains(home.place) {
      if now.sidecar(home.stem, in: home.place)?.facts.isFinal != true {
        findings.append(Finding(.notRecovered, "\(home.place)/\(home.stem).json has no result"))
      }
    }
    for (stem, sidecars) in now.sidecars {
      for sidecar in sidecars {
        if !family.ends.contains(sidecar.place) {
          if isPaused, now.has(stem, in: sidecar.place) { continue }
          findings.append(Finding(.notRecovered, "\(sidecar.place)/\(stem).run.json is left"))
        } else if !sidecar.content.facts.isFinal, family == .jobs || now.has(stem, in: sidecar.place) {
          findings.append(Finding(.torn, "\(sidecar.place)/\(stem).result.json after the recovery"))
        }
      }
      if sidecars.count > 1 {
        findings.append(Finding(.twoHomes, "\(stem) has results in \(sidecars.map(\.place))"))
      }
    }
  }

  /// What a finished job left behind and is on the disk stays, under the name that its result says.
  private func files(_ after: Volume, _ findings: inout [Finding]) {
    let before = SpoolView(state, .jobs, spool: spool)
    for (stem, sidecars) in before.sidecars {
      for sidecar in sidecars where sidecar.content.facts.isFinal {
        guard let name = sidecar.content.facts.files else { continue }
        let places = sidecar.place == "processing" ? ["done", "errors"] : [sidecar.place]
        guard
          let old = (places.map { "\($0)/\(name)" } + ["processing/\(stem).files"])
            .compactMap({ state.find($0, from: spool) }).first
        else { continue }
        let had = paths(state, old)
        let has = places.compactMap { after.find("\($0)/\(name)") }.first.map { paths(after, $0) } ?? []
        if !had.isSubset(of: has) || has.isEmpty && !had.isEmpty {
          findings.append(Finding(.filesLost, "\(stem): \(had.subtracting(has).sorted())"))
        }
      }
    }
  }

  private func paths(_ volume: Volume, _ folder: Inode) -> Set<String> {
    var paths: Set<String> = []
    volume.walk(from: folder, skips: { _ in false }) { path, node in
      if node.kind == .file { paths.insert("\(path) \(node.content.digest)") }
    }
    return paths
  }

  /// The jobs whose starts the log tells.
  static func started(_ log: [UInt8]) -> Set<String> {
    var jobs: Set<String> = []
    for line in log.split(separator: UInt8(ascii: "\n")) {
      guard let root = try? JSONReader.read(Array(line)),  // a line that is not whole tells of no start
        case .string("job-started")? = root.member("code")?.value, case .string(let job)? = root.member("job")?.value
      else { continue }
      jobs.insert(job)
    }
    return jobs
  }
}
