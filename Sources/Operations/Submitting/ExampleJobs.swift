import Jobs
import Platform
import Spool

/// A job file to show, as it lies in `Examples/jobs` or is built in. Some are bad on purpose.
public struct ExampleJob: Equatable, Sendable {
  /// Its stem.
  public var name: JobID
  public var bytes: [UInt8]
  /// The program that this machine lacks, or the example that is left out for that and that it comes after; nil: it can
  /// run.
  public var missing: String?
}

/// Finds examples and what of them this machine can run.
public enum ExampleJobs {
  /// The folder `Examples/jobs` beside the `Package.swift` that is nearest above one of these places; nil: none.
  public static func folder(near places: [String]) -> String? {
    for place in places {
      var path = Substring(place)
      while true {
        let jobs = "\(path)/Examples/jobs"
        if exists("\(path)/Package.swift"), exists(jobs) { return jobs }
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { break }
        path = path[..<slash]
      }
    }
    return nil
  }

  private static func exists(_ path: String) -> Bool {
    (try? FileSystem.status(path: path, following: true)) != nil  // unreadable: as good as not there
  }

  /// All `NAME.json` of a folder, by name.
  public static func read(folder path: String) throws(SystemError) -> [ExampleJob] {
    let folder = try Folder(path: path)
    var examples: [ExampleJob] = []
    for name in try folder.names().sorted() where name.hasSuffix(".json") {
      guard let id = try? JobID(stem: Array(name.dropLast(5).utf8)) else { continue }  // not dropped under its name
      let file = try folder.open(name)
      guard try file.status().kind == .file else { continue }
      examples.append(ExampleJob(name: id, bytes: try file.readAll(limit: 1 << 20)))
    }
    return examples
  }

  /// Three that run everywhere: one well, one badly, one after another.
  public static let builtIn: [ExampleJob] = [
    ("hello", #"{ "run": ["echo", "Hello from a job that is a file."] }"#),
    ("fails", #"{ "run": "echo this goes to standard error >&2; exit 3" }"#),
    ("value", #"{ "run": "echo '{\"answer\": 42}' > \"$BOBBIN_RESULT\"", "after": "hello" }"#),
  ].map { ExampleJob(name: JobID(unchecked: $0.0), bytes: Array(($0.1 + "\n").utf8)) }

  /// Notes of each example what keeps it from running here.
  ///
  /// - Parameters:
  ///   - path: the search path of programs; - isolation: asked for once, and only if an example needs it.
  public static func judged(
    _ examples: [ExampleJob], path: String, isolation: () -> Isolation = { .sandbox }
  ) -> [ExampleJob] {
    var judged = examples
    var machine: Isolation?
    for index in judged.indices {
      guard let job = try? Job.read(judged[index].bytes) else { continue }  // bad on purpose
      if job.chosenRuntime == .sandbox {
        machine = machine ?? isolation()
        if case .none(let code, _)? = machine {
          judged[index].missing = code == "runtime-missing" ? "bwrap" : "sandbox that works"
        }
        continue
      }
      guard case .arguments(let arguments) = job.run,
        let program = arguments.first, !canRun(program, path: path)
      else { continue }
      judged[index].missing = program
    }
    // What comes after one that is left out would wait in vain.
    var changed = true
    while changed {
      changed = false
      for index in judged.indices where judged[index].missing == nil {
        guard let job = try? Job.read(judged[index].bytes), let after = job.after else { continue }
        let gone = after.jobs.first { name in judged.contains { $0.name == name && $0.missing != nil } }
        guard let gone else { continue }
        judged[index].missing = gone.text
        changed = true
      }
    }
    return judged
  }

  private static func canRun(_ program: String, path: String) -> Bool {
    let places =
      program.contains("/") ? [program] : path.split(separator: ":").map { "\($0)/\(program)" }
    return places.contains { place in
      guard let status = try? FileSystem.status(path: place, following: true) else { return false }  // not there
      return status.kind == .file && status.mode & 0o111 != 0
    }
  }
}

extension Submission {
  /// Drops bytes as they are, good or not: what `cp` does, durably.
  public mutating func drop(_ example: ExampleJob) throws(OperationError) -> JobID {
    try publish(JobDraft(stem: example.name, bytes: example.bytes))
  }
}
