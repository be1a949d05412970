import Jobs
import Platform

/// Runs a command as a plain process of the runner's user: its own session, a cleared environment, nothing open but its
/// three streams, every signal at its default.
///
/// What belongs to a run (DESIGN §6): the descendants of its first process, every process in its session, and every
/// process whose environment carries its mark. The runner adopts orphans, so a double fork alone hides nothing; a program
/// that left the session *and* cleared its environment is seen only as an orphan of the runner.
public struct ProcessRuntime: Runtime {
  /// Asked once: the runner changes no signal after its start.
  private let ignoredSignals = Signals.ignored()

  public init() {}

  public var ownProcesses: Int { 0 }

  public func start(
    _ launch: Launch, streams: Launch.Streams, birth: BirthNote?
  ) throws(StartFailure) -> Run {
    let (paths, arguments) = Self.words(of: launch)
    // The mark first: only the beginning of an environment is looked at.
    var program = Program(
      paths: paths, arguments: arguments, environment: launch.mark.entries + launch.environment, folder: launch.folder)
    if let wrapper = launch.wrapper {
      // Its exit code would not tell a program that is missing from one that ended with 127.
      if paths.allSatisfy({ $0.hasPrefix("/") && Self.isNowhere($0) }) { throw .notFound(arguments.first ?? "") }
      program.wrap(in: wrapper)
    }
    program.limits = launch.limits
    program.joins = launch.joins
    program.ignoredSignals = ignoredSignals
    do {
      let launching = try program.launch(
        input: streams.input, output: streams.output, error: streams.error, birth: birth)
      return Run(mark: launch.mark, pid: launching.pid, launching: launching)
    } catch { throw StartFailure(error, name: arguments.first ?? "") }
  }

  public func end(of run: Run, reaped: ProcessEnd?) -> RunEnd? {
    guard let reaped else { return nil }
    run.launching?.isReaped = true
    guard let failure = run.launching?.failure else { return .ran(reaped, leftover: 0) }
    return .neverRan(StartFailure(failure, name: run.launching?.name ?? ""))
  }

  public func living(of run: Run) -> [ProcessFacts] { Self.select(from: ProcessTable.all(), run: run) }

  public func signal(_ run: Run, _ number: Int32, living: [ProcessFacts]) {
    for process in living { ProcessTable.signal(process, number) }
  }

  /// Picks what belongs to a run.
  static func select(from processes: [ProcessFacts], run: Run) -> [ProcessFacts] {
    let chosen = RunTree.members(of: run.pid, isReaped: run.isReaped, among: processes)
    let own = Machine.processID
    return processes.filter { process in
      process.pid != own
        && (chosen.contains(process.pid)
          || ProcessTable.isOurs(process) && ProcessTable.environment(of: process.pid, contains: run.mark.entries))
    }
  }

  /// Whether an orphan is of a run whose first process was reaped: by its session as long as that is the run's, or its
  /// mark.
  public static func isPart(_ process: ProcessFacts, of run: Run) -> Bool {
    let leader = process.session == run.pid ? ProcessTable.facts(run.pid) : nil
    return select(from: [process] + (leader.map { [$0] } ?? []), run: run).contains { $0.pid == process.pid }
  }

  /// Where the program may be, and its arguments.
  static func words(of launch: Launch) -> (paths: [String], arguments: [String]) {
    switch launch.command {
    case .arguments(let list): (candidates(for: list.first ?? "", searchPath: launch.searchPath), list)
    // `--` where sh(1) would take the line for one more option.
    case .shell(let line):
      (["/bin/sh"], ["/bin/sh", "-c"] + (line.hasPrefix("-") || line.hasPrefix("+") ? ["--", line] : [line]))
    }
  }

  /// Where a program may be: the name itself if it has a slash, else each folder of PATH in turn, as execvp(3).
  public static func candidates(for name: String, searchPath: String) -> [String] {
    if name.utf8.contains(UInt8(ascii: "/")) { return [name] }
    // By bytes: each start of a job asks, and by characters it takes ten times as long.
    return searchPath.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false).map { folder in
      var path = folder.isEmpty ? "." : String(Substring(folder))
      path += "/"
      path += name
      return path
    }
  }

  private static func isNowhere(_ path: String) -> Bool {
    ((try? FileSystem.status(path: path, following: true)) ?? nil) == nil
  }
}
