import Platform

/// What is left of a soak and should not be: processes, locks, temporary files, names that are nobody's.
struct SoakStrays {
  let spool: Folder
  /// The folder that has the spool and the journal.
  let ground: Folder
  /// Names of jobs that a person took back from `errors` and then took away: their results stay, alone.
  let widows: Set<String>
  /// Names of jobs that a person took back: of these the files of an earlier run stay as well.
  let retried: Set<String>

  func findings() throws -> [Finding] {
    try processes() + locks() + underway() + ends() + temporaries()
  }

  private func left(_ what: String) -> Finding { Finding(.notRecovered, what) }

  /// Processes with the marks of a run of this spool, and whatever was told its path: bwrap, a client of an engine, a shell.
  private func processes() throws -> [Finding] {
    let status = try spool.descriptor.status()
    let id = String(status.device, radix: 16) + "-" + String(status.inode, radix: 16)
    let path = ground.path
    return ProcessTable.all().compactMap { process in
      guard !process.isZombie, process.pid != Machine.processID else { return nil }
      let isMarked = ProcessTable.environmentValue("BOBBIN_SPOOL_ID", of: process.pid) == id
      let words = ProcessTable.arguments(of: process.pid)
      guard isMarked || words.contains(where: { $0.contains(path + "/") }) else { return nil }
      return left("process \(process.pid) is left: \(words.joined(separator: " ").prefix(200))")
    }
  }

  /// A job's lock goes with its last process, wherever that is.
  private func locks() throws -> [Finding] {
    let folder = try ground.folder(SoakJournal.folderName).folder(SoakJournal.locks)
    return try folder.names().compactMap { name in
      do throws(SystemError) { try folder.open(name).lockExclusively() } catch {
        return left("something of drop \(name) is alive")
      }
      return nil
    }
  }

  /// Nothing waits and nothing is on its way; what a runner keeps in `processing` for itself is empty.
  private func underway() throws -> [Finding] {
    var findings: [Finding] = []
    for place in ["inbox", "held", "deferred", "processing"] {
      let own: Set<String> = place == "processing" ? [".runs", ".scratch", ".engines", "outbox", "ipc"] : []
      findings += try spool.folder(place).names().filter { !own.contains($0) }.map { left("\(place)/\($0) is left") }
    }
    let processing = try spool.folder("processing")
    if try processing.has(".scratch") {
      for name in try processing.folder(".scratch").names() {
        let isEmpty = try Tree.isEmpty(processing.folder(".scratch").folder(name).folder("work"))
        if name.hasPrefix("kept-") || name.hasPrefix("gone-") || !isEmpty {
          findings.append(left("processing/.scratch/\(name) is left"))
        }
      }
    }
    return findings
  }

  /// Beside a job its result, and what this says that it left; nothing else.
  private func ends() throws -> [Finding] {
    var findings: [Finding] = []
    for place in ["done", "errors"] {
      let folder = try spool.folder(place)
      let names = Set(try folder.names())
      var files: Set<String> = []
      for name in names where name.hasSuffix(".result.json") {
        let stem = String(name.dropLast(".result.json".utf8.count))
        if let name = SoakResult(try folder.open(name).readAll(limit: 1 << 22))?.files { files.insert(name) }
        if !names.contains(stem + ".json"), !widows.contains(stem) {
          findings.append(left("\(place)/\(name) is alone"))
        }
      }
      for name in names.sorted() {
        if name.hasSuffix(".files") {
          let isOfEarlier = retried.contains { name.hasPrefix($0 + ".") }
          if files.remove(name) == nil, !isOfEarlier { findings.append(left("\(place)/\(name) is no result's")) }
        } else if !name.hasSuffix(".json") || name.hasPrefix("."), !["outbox", "tasks", "ipc"].contains(name) {
          findings.append(left("\(place)/\(name) is left"))
        }
      }
      findings += files.map { Finding(.filesLost, "\(place)/\($0) is not there") }
    }
    return findings
  }

  /// Hidden files are of somebody who is still at work, and nobody is.
  private func temporaries() throws -> [Finding] {
    var findings: [Finding] = []
    for place in ["keys", "logs", "logs/jobs", "tasks", "outbox", "groups", "state"] {
      var folder = spool
      for part in place.split(separator: "/") { folder = try folder.folder(String(part)) }
      findings += try folder.names().filter { $0.hasPrefix(".") }.map { left("\(place)/\($0) is left") }
    }
    return findings
  }
}
