import Jobs
import Scheduling

@testable import Platform
@testable import Runner
@testable import Runtimes
@testable import Spool

/// What Bobbin wrote itself, after a crash, a full disk or a person's editor had it.
enum RecordRules {
  static let all = [
    FuzzRule("job-record", upTo: 8192) { (bytes) throws(Broken) in
      guard let record = try stable(bytes, JobRecord.decode, { $0.encode() }) else { return }
      if case .running(let live) = record.state, let process = live.process {
        try earlier([EarlierRuns.Note(job: record.id, process: process)])
      }
      _ = try reread(RequestAnswer.result(of: record, request: "r"), as: "the answer about a record") {
        (bytes) throws(Refusal) in try JSONReader.read(bytes, dialect: .record)
      }
    },
    FuzzRule("task-state", upTo: 4096) { (bytes) throws(Broken) in
      _ = try stable(bytes, TaskState.decode, { $0.encode() })
    },
    FuzzRule("message-record", upTo: 4096) { (bytes) throws(Broken) in
      _ = try stable(bytes, MessageRecord.decode, { $0.encode() })
    },
    FuzzRule("image-record", upTo: 2048) { (bytes) throws(Broken) in
      _ = try stable(bytes, ImageRecord.decode, { $0.encode() })
    },
    FuzzRule("image-names", upTo: 2048) { (bytes) throws(Broken) in
      _ = try stable(bytes, ImageNames.decode, { $0.encode() })
    },
    FuzzRule("key-file", upTo: 1024, keyFile), FuzzRule("run-table", upTo: 2048, runTable),
  ]

  /// What decodes is written as bytes that decode to what is written as the same bytes.
  private static func stable<Record>(
    _ bytes: [UInt8], _ decode: ([UInt8]) throws(Refusal) -> Record, _ encode: (Record) -> [UInt8]
  ) throws(Broken) -> Record? {
    guard let record = try read(bytes, decode) else { return nil }
    let written = encode(record)
    let again = encode(try reread(written, as: "an encoded record", decode))
    try hold(again == written, "\(text(written)) is written the second time as \(text(again))")
    return record
  }

  private static func keyFile(_ bytes: [UInt8]) throws(Broken) {
    for key in [KeyTable.Key(group: nil, key: "k"), KeyTable.Key(group: "g", key: "k")] {
      guard let use = KeyFiles.use(of: key, in: bytes) else { continue }
      try hold(text(bytes).contains("\""), "\(use.id) is used by a key out of nothing")
    }
  }

  private static func runTable(_ bytes: [UInt8]) throws(Broken) {
    guard let contents = RunTable.contents(of: bytes) else { return }
    try hold(contents.runs.count <= bytes.count / 512, "more runs than entries")
    let notes = contents.runs.compactMap { EarlierRuns.Note($0) }
    for note in notes { try hold(note.pid > 0, "a run of the process \(note.pid)") }
    try earlier(notes)
  }

  /// Whatever is noted of earlier runs: only what is noted is one of them, and never 0, the session of the machine's own.
  private static func earlier(_ notes: [EarlierRuns.Note]) throws(Broken) {
    let processes = [0, 1, UInt64.max].flatMap { (ticks: UInt64) in
      [Int32(0), 77].map { ProcessFacts(pid: 100 + $0, parent: 1, session: $0, startTicks: ticks, isZombie: false) }
    }
    let living = EarlierRuns.living(spool: "s", notes: notes, processes: processes) { _ in nil }
    let isOurs = living.values.joined().allSatisfy { process in
      notes.contains { $0.pid == process.session || $0.pid == process.pid }
    }
    try hold(isOurs && !notes.contains { $0.pid <= 0 }, "the machine's processes are taken for a job's")
  }
}
