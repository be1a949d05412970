import Platform

/// Cuts the power of a disk on which a spool is, again and again, and looks at what the next boot makes of it.
///
/// The search goes on in a process of its own, in namespaces of its own (`SystemTool.apart`): whatever ends it, its mounts
/// are gone and its loop devices are free.
struct CutSearch {
  private let options: CutOptions

  init(_ options: CutOptions) { self.options = options }

  /// False: something was found.
  ///
  /// - Parameters:
  ///   - isCatching: SIGINT, SIGTERM and SIGHUP end it in order; else the kernel does, and the files are left.
  ///   - tell: is given what is to be said, as it comes.
  func run(isCatching: Bool = false, tell: (String) -> Void = { Terminal.output($0) }) throws -> Bool {
    guard Machine.user == 0 else { throw TortureError.machine("'cuts' needs root, which may mount") }
    let signals = isCatching ? try Signals([.interrupt, .terminate, .hangUp]) : nil
    let work = try Workplace("cuts", in: options.folder, inMemory: false)
    var isEvidence = false
    defer { if !isEvidence { work.clear() } }
    let path = try FileSystem.realPath(work.path)
    let said = try work.folder.append("told")
    let player = Workplace.beside("bobbin-torture")
    // The shell is the first process, and reaps those that lost their parents.
    let pid = try SystemTool.start(
      SystemTool.apart + ["/bin/sh", "-c", #""$@"; exit $?"#, "sh", player] + options.words(inside: path), output: said)
    var offset: Int64 = 0
    func pass() throws {
      let file = try work.folder.open("told")
      let text = try file.readAll(limit: 1 << 24).dropFirst(Int(offset))
      offset += Int64(text.count)
      if !text.isEmpty { tell(String(decoding: text, as: UTF8.self)) }
    }
    var end: ProcessEnd.Cause?
    while end == nil {
      end = Children.wait(for: pid, nanoseconds: 200_000_000)
      try pass()
      if let signal = try signals?.pending().first {
        ProcessTable.signalChild(pid, SignalNumber.kill)
        _ = Children.wait(for: pid)
        throw TortureError.machine("ended by \(signal)")
      }
    }
    if end == .exited(0) { return true }
    isEvidence = true
    try? work.folder.remove("holder.img")  // what is needed of it was copied
    switch end {
    case .exited(1)?: return false
    default: throw TortureError.machine("the search did not end well; see \(path)")
    }
  }

  /// The search itself.
  func runInside(_ path: String) throws -> Bool {
    let place = try Folder(path: path)
    let begin = Clock.continuous()
    let holder = try Holder(options.holder, in: place)
    var report = CutReport()
    var (life, empty) = (0, 0)
    while report.cuts < options.cuts {
      life += 1
      report.beginLife()
      var one = try CutLife(life, options, holder, in: place)
      let cuts = try one.cuts(atMost: min(options.perLife, options.cuts - report.cuts))
      empty = cuts.isEmpty ? empty + 1 : 0
      guard empty < 5 else { throw TortureError.machine("nothing happens in these lives; see \(path)") }
      for cut in cuts {
        let trial = CutTrial(cut: cut, history: one.history, holder: holder, place: place, program: options.program)
        let outcome = try trial.outcome()
        report.add(cut, outcome)
        if !outcome.findings.isEmpty { try tell(outcome.findings, of: cut, holder, place) }
        try holder.remove(cut.disk)
      }
      let seconds = (Clock.continuous() - begin) / 1_000_000_000
      Terminal.output(
        "life \(life): \(cuts.count) cuts; \(report.cuts) so far, \(report.findings) findings, \(seconds) s\n")
    }
    try holder.close()
    Terminal.output("\(report.text), \((Clock.continuous() - begin) / 1_000_000_000) s\n")
    return report.findings == 0
  }

  private func tell(_ findings: [Finding], of cut: CutLife.Cut, _ holder: Holder, _ place: Folder) throws {
    let file = "\(place.path)/\(cut.disk).img"
    try holder.keep(cut.disk, as: file)
    for finding in findings { Terminal.output("\(cut.disk): \(finding.code.rawValue): \(finding.what)\n") }
    let known = "\(place.path)/\(cut.disk)-again"
    try Folder(path: known).create("known").write(Array(cut.account.text.utf8))
    Terminal.output("  the disk at the cut: \(file); what was known: \(known)/known\n")
  }
}
