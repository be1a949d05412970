import Jobs
import Platform
import Spool

/// Which container engines may have something of this spool: `processing/.engines`, a name a line, written before the first
/// container is made and gone when nothing is left. It spares everybody else the question at each start, which takes a tenth
/// of a second, and makes sure that it is asked where it matters.
///
/// Not synced: containers do not outlive a power loss either.
final class EngineNote {
  private static let name = ".engines"

  private let core: Core
  private var noted: Set<RuntimeChoice> = []

  init(_ core: Core) { self.core = core }

  /// Those of earlier runners.
  var earlier: [RuntimeChoice] {
    guard let folder = try? core.folders[.processing], let file = try? folder.open(Self.name),  // none
      let bytes = try? file.readAll(limit: 4096)
    else { return [] }
    let names = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    return RuntimeChoice.engines.filter { kind in names.contains { $0 == kind.rawValue } }
  }

  /// One is about to be used.
  func add(_ kind: RuntimeChoice) throws(SystemError) {
    // `rm -rf processing` takes the note along, and what runs in engines stays.
    if noted.contains(kind), try core.folders[.processing].has(Self.name) { return }
    let all = Set(earlier).union(noted).union([kind])
    try write(all)
    noted = all
  }

  /// `processing` is another folder now: what was noted is noted there.
  func processingWasReplaced() throws(SystemError) { if !noted.isEmpty { try write(noted.union(earlier)) } }

  /// Nothing is left in any.
  func clear() { for kind in noted.union(earlier) { clear(kind) } }

  /// Nothing of an engine's is left.
  func clear(_ kind: RuntimeChoice) {
    noted.remove(kind)
    let rest = Set(earlier).subtracting([kind])
    // One that stays is one question more at the next start.
    try? write(rest)
  }

  private func write(_ kinds: Set<RuntimeChoice>) throws(SystemError) {
    let folder = try core.folders[.processing]
    if kinds.isEmpty {
      if folder.has(Self.name) { try core.disk.remove(Self.name, in: folder) }
      return
    }
    let text = kinds.map(\.rawValue).sorted().map { $0 + "\n" }.joined()
    let temporary = Self.name + ".new"
    if folder.has(temporary) { try core.disk.remove(temporary, in: folder) }
    try folder.create(temporary).write(Array(text.utf8))
    try folder.replace(Self.name, with: temporary)
  }
}
