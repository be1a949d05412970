import Jobs
import Platform

/// A container engine of this machine that answered: its client, by path.
///
/// The client's own words are read in English (LC_ALL=C), its settings are those of the runner's user (DOCKER_HOST,
/// CONTAINERS_CONF, ~/.docker …): its environment is the runner's, and nothing of a job is in it. Not the mark either: what
/// watches over a container for podman (conmon) inherits it, outlives the client, and would be taken for the job.
public struct Engine: Sendable, Equatable {
  /// podman, docker or Apple's container.
  public let kind: RuntimeChoice
  let program: String
  public let version: String
  /// Controllers of cgroups(7) that it can use; nil: it does not say, as one that runs as root can use all.
  var controllers: Set<String>?

  /// A command of it to its end.
  struct Answer: Equatable {
    let isSuccess: Bool
    let output: String
    let words: String
  }

  /// The label that says whose a container is.
  static let spoolLabel = "bobbin.spool"

  /// How long a question may take, ns: podman's take 60 ms, docker's 30.
  static let patience: Int64 = 10_000_000_000

  static func environment() -> [String] {
    let own = Machine.environment.filter { $0.name != "LC_ALL" && !$0.name.hasPrefix("BOBBIN_") }
    return own.map { "\($0.name)=\($0.value)" } + ["LC_ALL=C"]
  }

  /// Runs a command and waits for it. Nil: it did not end in time, and was killed.
  static func run(_ program: String, _ arguments: [String], patience: Int64 = patience) throws(StartFailure) -> Answer?
  {
    var client = Program(
      paths: [program], arguments: [program] + arguments, environment: environment(), folder: .path("/"))
    client.diesWithParent = true
    do {
      let (output, words) = (try FileSystem.memoryFile([]), try FileSystem.memoryFile([]))
      let pid = try client.start(input: try FileSystem.openNull(), output: output, error: words)
      guard let cause = Children.wait(for: pid, atMost: patience) else {
        ProcessTable.signalChild(pid, SignalNumber.kill)
        _ = Children.wait(for: pid)
        return nil
      }
      func text(_ file: Descriptor) throws -> String {
        String(decoding: try file.reopened().readAll(limit: 1 << 20), as: UTF8.self)
      }
      return Answer(isSuccess: cause == .exited(0), output: try text(output), words: try text(words))
    } catch let failure as Program.Failure {
      throw StartFailure(failure, name: program)
    } catch let error as SystemError {
      throw .exhausted(error)
    } catch { throw .engineFailed(reason: "\(error)") }
  }

  func run(_ arguments: [String], patience: Int64 = patience) throws(StartFailure) -> Answer? {
    try Self.run(program, arguments, patience: patience)
  }

  // MARK: its containers

  /// One of its containers.
  struct Listed: Equatable {
    let id: String
    let name: String
  }

  /// All containers of a spool, or of everybody, whatever their state. Nil: it does not answer.
  func containers(of spool: String?) -> [Listed]? {
    // podman fails when one that is not its own goes while it lists: once in fifty where four clients were busy (4.3.1,
    // measured 2026-11-28).
    for _ in 0..<5 {
      guard let answer = try? run(Self.listing(of: spool, in: kind)) else { return nil }  // nil says it
      if answer.isSuccess { return Self.list(in: answer.output, of: spool, in: kind) }
    }
    return nil
  }

  /// The question: id and name, one a line.
  static func listing(of spool: String?, in kind: RuntimeChoice) -> [String] {
    // Its ids are the names that we gave.
    if kind == .container { return ["list", "--all", "--quiet"] }
    let all = ["ps", "--all", "--no-trunc"]
    let columns = "{{.ID}} {{.Names}}"
    guard let spool else { return all + ["--format", columns] }
    let mine = all + ["--filter", "label=\(spoolLabel)=\(spool)"]
    if kind != .podman { return mine + ["--format", columns] }
    // One whose client was killed early is in podman's storage alone, with a name and no label: such are listed whatever the
    // filter is, those of others too (4.3.1, seen 2026-11-28).
    return mine + ["--external", "--format", "\(columns) {{index .Labels \"\(spoolLabel)\"}}"]
  }

  /// The spool's in the answer.
  static func list(in output: String, of spool: String?, in kind: RuntimeChoice) -> [Listed] {
    output.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      guard let id = words.first else { return nil }
      let isOurs =
        switch (kind, spool) {
        case (.podman, let spool?):
          words.count > 2 ? words[2] == spool : words.count > 1 && BoxName.isOf(spool, words[1])
        // It tells no labels there.
        case (.container, let spool?): BoxName.isOf(spool, id)
        default: true
        }
      return isOurs ? Listed(id: id, name: words.count > 1 ? words[1] : id) : nil
    }
  }

  /// Takes containers away, running or not, with what belongs to them. False: not all are known to be gone.
  func remove(_ names: [String]) -> Bool {
    if names.isEmpty { return true }
    let command: [String] =
      switch kind {
      case .podman: ["rm", "--force", "--volumes", "--ignore", "--time", "0", "--"]
      case .docker: ["rm", "--force", "--volumes", "--"]
      default: ["delete", "--force"]
      }
    guard let answer = try? run(command + names) else { return false }  // does not answer
    // docker: one that is not there is gone.
    let areGone =
      answer.isSuccess
      || !answer.words.split(separator: "\n").contains {
        !$0.lowercased().contains("no such container") && !$0.contains("notFound")
      }
    if areGone, kind == .podman { ContainerMonitors.end { names.contains($0) || names.contains($1) } }
    return areGone
  }

  /// podman without root passes over a limit that it cannot hold, with a line in its log (4.3.1 on cgroup v1, seen
  /// 2026-11-26); here it is refused.
  func checkLimits(_ limits: Limits) throws(StartFailure) {
    guard let controllers else { return }
    let wanted = [
      ("memory", limits.memory != nil || limits.swap != nil), ("cpu", limits.cpus != nil), ("pids", limits.pids != nil),
    ]
    guard let missing = wanted.first(where: { $0.1 && !controllers.contains($0.0) })?.0 else { return }
    throw .limitRefused(
      reason:
        "\(kind.rawValue) has no cgroup controller '\(missing)' here; without root it needs cgroup version 2 with controllers handed to the user (systemd: Delegate=yes)"
    )
  }

  // MARK: what its words mean

  /// Why no container came of it.
  func failure(words: String, cause: ProcessEnd.Cause) -> StartFailure {
    let lower = words.lowercased()
    let cannotReach = [
      "cannot connect to the docker daemon", "error during connect", "is the docker daemon running",
      "unable to connect to podman", "connection refused",
    ]
    if cannotReach.contains(where: { lower.contains($0) }) {
      return .runtimeUnavailable(reason: "\(kind.rawValue) does not answer: \(words)", again: .seconds(1))
    }
    if lower.contains("no such image") || lower.contains("image not known") || lower.contains("unable to find image") {
      return .imageMissing("it asked for", cure: "it was removed meanwhile")
    }
    if words.isEmpty {
      return .engineFailed(reason: "\(kind.rawValue) ended (\(cause)) before the container began, without a word")
    }
    return .engineFailed(reason: words)
  }
}
