import Platform

/// The folder in which everything is made: a new one for each spool, so that no measurement meets what another removed.
final class Ground {
  let path: String
  private let keeps: Bool
  private var made = 0

  init(base: String?, keeps: Bool) throws(SystemError) {
    if let base { Machine.setEnvironment("TMPDIR", base) }
    path = try FileSystem.makeTemporaryFolder(prefix: "bobbin-bench.")
    self.keeps = keeps
  }

  /// A path of its own; nothing is there yet.
  func newPath(_ name: String) -> String {
    made += 1
    return path + "/\(made)-\(name)"
  }

  /// Everything written so far is on the disk: what a measurement finds was not left for it to flush.
  func sync() throws(SystemError) { try FileSystem.syncAll(try Folder(path: path)) }

  /// Waits until the machine does little else, at most 20 s: others compile here at times, and then nothing is as it is.
  func calm() {
    let end = Clock.continuous() + 20_000_000_000
    while Clock.continuous() < end {
      let before = ProcFacts.MachineTime()
      Clock.wait(nanoseconds: 400_000_000)
      if (ProcFacts.MachineTime() - before).idleShare > 0.9 { return }
    }
    Bench.say("the machine is busy with something else: the figures are too")
  }

  func clear() {
    if keeps { return Bench.say("the spools are left in \(path)") }
    guard let slash = path.lastIndex(of: "/"), let above = try? Folder(path: String(path[..<slash])) else { return }
    // What cannot be removed is in a temporary folder, and its path was said.
    do { try Tree.remove(String(path[path.index(after: slash)...]), in: above) } catch {
      Bench.say("\(path) cannot be removed: \(error)")
    }
  }
}
