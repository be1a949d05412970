import Platform
import TestSupport

@testable import Torture

/// A spool made by hand and a journal that is made up, for the ledger to judge.
struct SoakStage {
  private let place: TemporaryFolder
  private var ledger = SoakLedger()

  init() throws {
    place = try TemporaryFolder()
    Command.shell(
      "cd '\(place.path)' && mkdir -p inbox held processing/outbox deferred done errors keys tasks outbox groups state logs/jobs notes/locks"
    )
  }

  var folder: Folder { place.folder }
  func shell(_ line: String) { Command.shell("cd '\(place.path)' && \(line)") }

  static func bytes(_ number: Int) -> [UInt8] { Array(#"{"description": "\#(number)"}"#.utf8) }

  /// A job of that number.
  mutating func drop(_ number: Int, _ change: (inout SoakDrop) -> Void = { _ in }) {
    var drop = SoakDrop(bytes: Self.bytes(number))
    change(&drop)
    ledger.drop(drop, number)
  }

  /// It lies there, beside its result.
  ///
  /// - Parameter attempts: the status of each.
  func put(
    _ number: Int, _ status: String, in folder: String? = nil, code: String? = nil, output: String? = nil,
    attempts: [String] = ["x"], id: String? = nil
  ) throws {
    let folder = try place.folder.folder(folder ?? SoakDrop.place(of: status))
    try folder.create("j\(number).json").write(Self.bytes(number))
    let list = attempts.map { #"{"status": "\#($0)"}"# }.joined(separator: ", ")
    let text = """
      {"id": "\(id ?? "j\(number)")", "status": "\(status)", "code": "\(code ?? "")", "attempts": [\(list)],
       "stdout": {"text": "\(output ?? SoakDrop.word(number))"}}
      """
    try folder.create("j\(number).result.json").write(Array(text.utf8))
  }

  /// - Parameter journal: its lines, with commas between.
  func report(_ journal: String, maxInterruptions: Int = 0) throws -> SoakLedger.Report {
    let lines = journal.split(separator: ",").map { $0.drop { $0 == " " || $0 == "\n" } + "\n" }.joined()
    return try ledger.report(place.folder, SoakHistory(Array(lines.utf8)), maxInterruptions: maxInterruptions)
  }

  func strays(widows: Set<String> = [], retried: Set<String> = []) throws -> [String] {
    try SoakStrays(spool: place.folder, ground: place.folder, widows: widows, retried: retried).findings().map(\.what)
  }
}
