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

  public var name: String { "process" }
  public var ownProcesses: Int { 0 }

  public func start(
    _ launch: Launch, streams: Launch.Streams, birth: BirthNote?
  ) throws(StartFailure) -> Run {
    let arguments: [String]
    let paths: [String]
    switch launch.command {
    case .arguments(let list):
      arguments = list
      paths = Self.candidates(for: list.first ?? "", searchPath: launch.searchPath)
    case .shell(let line):
      arguments = ["/bin/sh", "-c", line]
      paths = ["/bin/sh"]
    }
    var program = Program(
      paths: paths, arguments: arguments, environment: launch.environment + launch.mark.entries, folder: launch.folder)
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
    } catch { throw Self.explain(error, name: arguments.first ?? "") }
  }

  public func failure(of run: Run) -> StartFailure? {
    run.launching?.failure.map { Self.explain($0, name: run.launching?.name ?? "") }
  }

  public func living(of run: Run) -> [ProcessFacts] { Self.select(from: ProcessTable.all(), run: run) }

  @discardableResult
  public func signal(_ run: Run, _ number: Int32) -> Int {
    let living = living(of: run)
    for process in living { ProcessTable.signal(process, number) }
    return living.count
  }

  /// Picks what belongs to a run.
  static func select(from processes: [ProcessFacts], run: Run) -> [ProcessFacts] {
    var members: Set<Int32> = [run.pid]
    var chosen = Set<Int32>()
    for process in processes where process.session == run.pid || process.pid == run.pid {
      members.insert(process.pid)
      chosen.insert(process.pid)
    }
    // Children of members, in as many rounds as the tree is deep.
    var grew = true
    while grew {
      grew = false
      for process in processes where members.contains(process.parent) && !members.contains(process.pid) {
        members.insert(process.pid)
        chosen.insert(process.pid)
        grew = true
      }
    }
    let own = Machine.processID
    return processes.filter { process in
      process.pid != own
        && (chosen.contains(process.pid)
          || ProcessTable.environment(of: process.pid, contains: run.mark.entries))
    }
  }

  /// Where a program may be: the name itself if it has a slash, else each folder of PATH in turn, as execvp(3).
  static func candidates(for name: String, searchPath: String) -> [String] {
    if name.utf8.contains(0x2F) { return [name] }
    return searchPath.split(separator: ":", omittingEmptySubsequences: false).map { folder in
      folder.isEmpty ? "./" + name : folder + "/" + name
    }
  }

  private static func isNowhere(_ path: String) -> Bool {
    ((try? FileSystem.status(path: path, following: true)) ?? nil) == nil
  }

  private static func explain(_ failure: Program.Failure, name: String) -> StartFailure {
    let cause = failure.cause
    switch failure.stage {
    case .fork: return .exhausted(cause)
    case .setUp: return .exhausted(cause)
    case .limits: return .limitRefused(reason: cause.reason)
    case .join:
      // Gone, or no room: another one is made at the next try. Else the kernel never lets it in.
      return cause.isNoDevice || cause.isMissing || cause.isExhausted ? .exhausted(cause) : .notJoined(cause)
    case .folder: return .folderUnusable(reason: cause.reason)
    case .execute:
      if cause.isMissing || cause.isNoFolder { return .notFound(name) }
      if cause.isTooLong { return .argumentsTooLong }
      if cause.isExhausted || cause.isBusy { return .exhausted(cause) }
      if cause.code == SystemError.noExecutableFormat {
        return .notExecutable(name, reason: "not a program for this machine, and no '#!' in its first line")
      }
      return .notExecutable(name, reason: cause.reason)
    }
  }
}
