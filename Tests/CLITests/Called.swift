@testable import CLI
import Jobs
import Operations
import Platform
import Spool
import TestSupport

/// A spool of its own and the command line called on it, in this process.
final class Called {
  struct Answer: Equatable {
    var code: Int32
    var out: String
    var err: String
  }

  let home: String
  let path: String
  let folders: SpoolFolders
  /// Called with what the command has just written, as it goes on.
  var heard: ((String) -> Void)?
  static let now = Timestamp(seconds: 4_000_000_000)

  init() throws {
    home = try FileSystem.makeTemporaryFolder(prefix: "bobbin-cli-")
    path = home + "/spool"
    try SpoolFolders.make(path: path)
    folders = try SpoolFolders(path: path, makingMissing: true)
  }

  deinit {
    // Left over in /tmp if that fails: no harm to the next test.
    try? Tree.empty(Folder(path: home))
    if let slash = home.lastIndex(of: "/"), let parent = try? Folder(path: String(home[..<slash])) {
      try? parent.removeFolder(String(home[home.index(after: slash)...]))
    }
  }

  /// Calls a command; `BOBBIN_SPOOL` names this spool.
  func callAsFunction(
    _ words: String..., input: String = "", environment: [String: String] = [:], brokenOutput: Int32? = nil
  ) -> Answer { call(words, input: input, environment: environment, brokenOutput: brokenOutput) }

  func call(
    _ words: [String], input: String = "", environment: [String: String] = [:], brokenOutput: Int32? = nil
  ) -> Answer {
    var out: [UInt8] = []
    var err: [UInt8] = []
    var variables = ["BOBBIN_SPOOL": path, "PATH": "/usr/bin:/bin"]
    variables.merge(environment) { $1 }
    let console = Console { [heard] bytes, number in
      if number == 1, let brokenOutput { return SystemError(call: "write", code: brokenOutput) }
      if number == 1 { out += bytes } else { err += bytes }
      heard?(String(decoding: bytes, as: UTF8.self))
      return nil
    }
    let context = Context(
      environment: { variables[$0] }, currentFolder: "/srv/work", executable: "/nowhere/bobbin",
      now: { Called.now }, zones: TaskZones(read: TestZones.read, machine: { .utc }), generator: Counting(),
      readInput: { (_) throws(SystemError) in Array(input.utf8) },
      console: console)
    let code = CLI.run(words, context)
    // Where it stands differs from run to run.
    func plain(_ bytes: [UInt8]) -> String {
      String(decoding: bytes, as: UTF8.self).split(separator: path, omittingEmptySubsequences: false)
        .joined(separator: "SPOOL").split(separator: home, omittingEmptySubsequences: false).joined(separator: "HOME")
    }
    return Answer(code: code, out: plain(out), err: plain(err))
  }

  func put(_ name: String, _ text: String = #"{"run":"true"}"#, in place: SpoolPlace) throws {
    try folders[place].create(name).write(Array(text.utf8))
  }

  /// A file outside the spool; answers its path.
  func file(_ name: String, _ text: String) throws -> String {
    try Folder(path: home).create(name).write(Array(text.utf8))
    return home + "/" + name
  }

  func putEnded(_ id: String, _ record: JobRecord) throws {
    let place = record.outcome?.status == .succeeded ? SpoolPlace.done : .errors
    try put(JobFile.result(id), String(decoding: record.encode(), as: UTF8.self), in: place)
    try put(JobFile.job(id), in: place)
  }

  /// Without the folders that the spool has in there.
  func names(_ place: SpoolPlace) throws -> [String] {
    try folders[place].names().filter { !place.children.contains($0) }.sorted()
  }

  func text(_ name: String, in place: SpoolPlace) throws -> String {
    String(decoding: try folders[place].open(name).readAll(limit: 1 << 20), as: UTF8.self)
  }

  /// The same ids in every run.
  private struct Counting: RandomNumberGenerator {
    var state: UInt64 = 0
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      return state
    }
  }
}

extension JobRecord {
  /// A result as a runner writes it.
  static func ended(
    _ id: String, _ status: FinalStatus, _ change: (inout JobRecord, inout Outcome) -> Void = { _, _ in }
  )
    -> JobRecord
  {
    var record = JobRecord(id: JobID(unchecked: id))
    record.submittedAt = Timestamp(seconds: 3_999_999_900)
    record.startedAt = Timestamp(seconds: 3_999_999_910)
    record.finishedAt = Timestamp(seconds: 3_999_999_911)
    record.runSeconds = .milliseconds(1234)
    var outcome = Outcome(status)
    change(&record, &outcome)
    if record.attempts.isEmpty { record.append(Attempt(number: 1, status: status.rawValue)) }
    record.state = .finished(outcome)
    return record
  }
}
