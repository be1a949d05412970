import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// A spool of one test, used as a person would: files are moved in and read, nothing else.
final class TestSpool {
  let path: String
  let place: TemporaryFolder
  private var runners = 0
  /// Whose the files are that are put into it; nil: this process's.
  var owner: UInt32?

  /// - Parameters:
  ///   - settings: keys and their JSON, over those that make tests quick; - name: of the spool's folder.
  init(_ settings: [String: String] = [:], name: String = "spool") throws {
    place = try TemporaryFolder()
    path = place.path + "/" + name
    let made = BobbinProgram.initialise(path)
    try #require(made.isSuccess, "\(made.text)")
    try write(settings)
  }

  /// Writes `settings.json` anew.
  func write(_ settings: [String: String]) throws {
    let quick = ["scanInterval": "\"50ms\"", "quiet": "\"100ms\"", "grace": "\"1s\"", "minFree": "0", "slots": "2"]
    let all = quick.merging(settings) { $1 }.map { "\"\($0)\": \($1)" }.joined(separator: ", ")
    try replace("settings.json", "{\(all)}")
  }

  /// Puts a file of any content into the spool, whole, over what may be there.
  func replace(_ name: String, _ text: String) throws {
    let temporary = "temporary-\(UInt64.random(in: 0 ... .max))"
    try place.write(temporary, text)
    if let owner { Command.shell("chown \(owner):\(owner) '\(place.path)/\(temporary)'") }
    let moved = Command.shell("mv '\(place.path)/\(temporary)' '\(path)/\(name)'")
    try #require(moved.isSuccess, "\(moved.text)")
  }

  /// Drops a job as `mv` does.
  func drop(_ name: String, _ json: String, in folder: SpoolPlace = .inbox) throws {
    try replace("\(folder.rawValue)/\(name).json", json)
  }

  /// What a job's shell line says that goes on once the test has come as far.
  var untilLetGo: String { "while ! test -e '\(place.path)/go'; do sleep 0.02; done" }
  func letGo() { Command.shell(": > '\(place.path)/go'") }

  /// A shell line with the spool as the current folder.
  @discardableResult
  func shell(_ line: String) -> Command { Command.shell("cd '\(path)' && " + line) }

  func start(drain: Bool = false, environment: [String] = []) throws -> RunnerProcess {
    runners += 1
    return try RunnerProcess(
      BobbinProgram.program(BobbinProgram.runner(path, drain: drain), environment: environment),
      output: "\(place.path)/runner-\(runners).txt")
  }

  /// Runs until nothing is left to do.
  func drain(within seconds: Int64 = 300, _ location: SourceLocation = #_sourceLocation) throws {
    let runner = try start(drain: true)
    let end = runner.end(within: seconds)
    // 75, say, would be a runner that found the lock taken and did nothing.
    guard end == .exited(0) || end == .exited(1) else {
      Issue.record(
        "the drain did not end by itself: \(end.map { "\($0)" } ?? "still running")\n\(tree)\n\(log)",
        sourceLocation: location)
      return
    }
  }

  // MARK: what is there

  func folder(_ place: SpoolPlace) throws -> Folder { try Folder(path: path + "/" + place.rawValue) }
  func has(_ name: String) -> Bool { ((try? FileSystem.status(path: path + "/" + name)) ?? nil) != nil }

  func text(_ name: String) throws -> String {
    String(decoding: try FileSystem.openForReading(path: path + "/" + name).readAll(limit: 64 << 20), as: UTF8.self)
  }

  func names(_ place: SpoolPlace) throws -> [String] {
    try folder(place).names().filter { !$0.hasPrefix(".") && !place.children.contains($0) }.sorted()
  }

  /// Everything in the six folders of jobs, for messages.
  var tree: String { shell("ls -A inbox held processing deferred done errors").text }
  var log: String { (try? text("logs/bobbin.log")) ?? "" }

  /// How often the log tells of something, by its code.
  func logged(_ code: String) -> Int {
    log.split(separator: "\n").count { line in
      (try? JSONReader.read(Array(line.utf8)))?.member("code")?.value == .string(code)
    }
  }

  /// The result of a job; nil while there is none.
  func resultIfAny(_ id: String) throws -> JobRecord? {
    for place in ["done", "errors"] where has("\(place)/\(id).result.json") {
      return try JobRecord.decode(Array(try text("\(place)/\(id).result.json").utf8))
    }
    return nil
  }

  func result(_ id: String, _ location: SourceLocation = #_sourceLocation) throws -> JobRecord {
    try #require(try resultIfAny(id), "no result of \(id)\n\(tree)\n\(log)", sourceLocation: location)
  }

  /// Waits for a job's end.
  @discardableResult
  func ended(_ id: String, within seconds: Int64 = 30, _ location: SourceLocation = #_sourceLocation) throws
    -> JobRecord
  {
    let file = "\(id).json"
    _ = eventually(within: seconds) {
      (has("done/\(id).result.json") && has("done/" + file))
        || (has("errors/\(id).result.json") && has("errors/" + file))
    }
    return try result(id, location)
  }

  /// Waits until a job's process is there. While its file alone lies in `processing` the runner may not have read it yet.
  func begins(_ id: String) -> Bool {
    eventually { processes.contains { ProcessTable.environmentValue("BOBBIN_JOB_ID", of: $0.pid) == id } }
  }

  func record(_ place: SpoolPlace, _ id: String) throws -> JobRecord {
    try JobRecord.decode(Array(try text("\(place.rawValue)/\(id).run.json").utf8))
  }

  /// What of this spool's jobs is alive.
  var processes: [ProcessFacts] {
    guard let real = try? FileSystem.realPath(path) else { return [] }
    return ProcessTable.all().filter { ProcessTable.environmentValue("BOBBIN_SPOOL", of: $0.pid) == real }
  }

  /// Where the last runner's cgroups are, by what it wrote down.
  private var cgroups: [String] {
    guard let text = try? text("state/runner.json"), let root = try? JSONReader.read(Array(text.utf8)),
      case .array(let list)? = root.member("cgroups")?.value
    else { return [] }
    return list.compactMap { if case .string(let path) = $0.value { path } else { nil } }
  }

  // A runner that was killed leaves its jobs running, and its cgroups: they end with the test.
  deinit {
    for process in processes { ProcessTable.signal(process, SignalNumber.kill) }
    for path in cgroups where ((try? FileSystem.status(path: path)) ?? nil) != nil {
      _ = eventually(within: 5) { Command.shell("find '\(path)' -depth -type d -exec rmdir {} +").isSuccess }
    }
  }
}

extension JobRecord {
  var code: String? { outcome?.code }
  var isSuccess: Bool { outcome?.status == .succeeded }
}
