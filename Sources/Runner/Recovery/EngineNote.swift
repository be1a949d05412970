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

  /// Those of earlier runners, and of this one as soon as it has used some.
  ///
  /// - Throws: it cannot be told now.
  func engines() throws(SystemError) -> [RuntimeChoice] {
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try core.folders[.processing].open(Self.name).readAll(limit: 4096) } catch {
      if error.isNoFile { return [] }
      throw error
    }
    let names = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    return RuntimeChoice.engines.filter { kind in names.contains { $0 == kind.rawValue } }
  }

  /// One is about to be used.
  func add(_ kind: RuntimeChoice) throws(SystemError) {
    // `rm -rf processing` takes the note along, and what runs in engines stays.
    if noted.contains(kind), try core.folders[.processing].has(Self.name) { return }
    let all = Set(try engines()).union(noted).union([kind])
    try write(all)
    noted = all
  }

  /// `processing` is another folder now: what was noted is noted there.
  func processingWasReplaced() throws(SystemError) { if !noted.isEmpty { try write(noted.union(engines())) } }

  /// Nothing is left in any.
  func clear() { for kind in noted.union((try? engines()) ?? []) { clear(kind) } }

  /// Nothing of an engine's is left.
  func clear(_ kind: RuntimeChoice) {
    noted.remove(kind)
    // One that stays is one question more at the next start.
    guard let known = try? engines() else { return }
    let rest = Set(known).subtracting([kind])
    try? write(rest)
  }

  private func write(_ kinds: Set<RuntimeChoice>) throws(SystemError) {
    let folder = try core.folders[.processing]
    if kinds.isEmpty {
      if try folder.has(Self.name) { try core.disk.remove(Self.name, in: folder) }
      return
    }
    let text = kinds.map(\.rawValue).sorted().map { $0 + "\n" }.joined()
    let temporary = Self.name + ".new"
    if try folder.has(temporary) { try core.disk.remove(temporary, in: folder) }
    try folder.create(temporary).write(Array(text.utf8))
    try folder.replace(Self.name, with: temporary)
  }
}
