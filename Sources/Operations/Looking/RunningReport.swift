import Jobs
import Platform
import Runtimes
import Spool

/// What runs, and in what: the jobs in `processing/` joined with what container engines have of the spool.
public struct RunningReport: Equatable, Sendable {
  /// A job that runs.
  public struct Run: Equatable, Sendable {
    public var id: JobID
    /// Where it runs; nil: it was claimed a moment ago.
    public var runtime: String?
    public var image: String?
    public var group: GroupName?
    /// When its attempt started, or when it was claimed.
    public var since: Timestamp
    /// From 1.
    public var attempt: Int
    /// Its first process, where that is one of this machine's own.
    public var pid: Int?
    /// The container that was made for it.
    public var container: Container?
  }

  /// A container of the spool.
  public struct Container: Equatable, Sendable {
    let listed: EngineContainer

    init(_ listed: EngineContainer) { self.listed = listed }

    /// podman or docker.
    public var engine: RuntimeChoice { listed.engine }
    /// The first 12 digits.
    public var id: String { listed.id }
    public var name: String { listed.name }
    /// The engine's word: `running`, `created`, `paused` …
    public var state: String { listed.state }
    /// The group that it stays for; nil: it goes with its job.
    public var group: String? { listed.group }
  }

  public var runs: [Run] = []
  /// Containers that stay for their groups, in use or not.
  public var kept: [Container] = []
  /// Containers of no job that runs: the next runner takes them away.
  public var strays: [Container] = []
  /// Engines that did not answer.
  public var silent: [RuntimeChoice] = []

  public init() {}
}

extension SpoolAccess {
  /// Looks at `processing/` and asks the engines that are installed, which takes a tenth of a second each.
  public func running(variable: (String) -> String?) throws(SystemError) -> RunningReport {
    var report = RunningReport()
    let (containers, silent) = EngineMachine.containers(
      of: try folders.identity(), searchPath: variable("PATH") ?? "")
    report.silent = silent
    for name in try readable(.processing)?.names().sorted() ?? [] {
      guard let stem = JobFile.stem(of: name), let status = try readable(.processing)?.status(name) else { continue }
      let id = JobID(unchecked: stem)
      let record = try record(id, in: .processing)
      var run = RunningReport.Run(
        id: id, since: record?.startedAt ?? Timestamp(nanoseconds: status.changed),
        attempt: (record?.attemptsTotal ?? 0) + 1)
      if case .success(let job)? = try job(id, in: .processing, limit: 64 << 20) {
        (run.group, run.image) = (job.group, job.image)
        run.runtime = job.runtime == .auto ? nil : job.runtime.rawValue
      }
      if let record {
        run.runtime = record.runtime ?? run.runtime
        run.image = record.image ?? run.image
        if case .running(let live) = record.state { run.pid = live.process?.pid }
      }
      run.container = containers.first { $0.job == id }.map { RunningReport.Container($0) }
      run.runtime = run.container?.engine.rawValue ?? run.runtime
      report.runs.append(run)
    }
    for container in containers where container.job.map({ id in !report.runs.contains { $0.id == id } }) ?? true {
      if container.group != nil { report.kept.append(.init(container)) } else { report.strays.append(.init(container)) }
    }
    return report
  }

  /// Becomes the engine's client that runs a program in a container, with this process's terminal and streams.
  ///
  /// - Throws: only then it returns.
  public func execute(
    _ command: [String], in container: RunningReport.Container, onTerminal: Bool, variable: (String) -> String?
  ) throws(OperationError) -> Never {
    guard
      let (program, arguments) = EngineMachine.executing(
        in: container.listed, onTerminal: onTerminal, searchPath: variable("PATH") ?? "")
    else { throw .image(ImageProblem(.programMissing(container.engine.rawValue, package: container.engine.package))) }
    throw .system(Program.become([program] + arguments + command))
  }
}
