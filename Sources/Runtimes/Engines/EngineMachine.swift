import Jobs
import Platform

/// Which container engines this machine has: found out when first asked and, after a failure, again. A question keeps the
/// runner's loop waiting, so one that fails is repeated at growing intervals.
public final class EngineMachine {
  private let searchPath: String
  private var trials: [RuntimeChoice: Trial<EngineRuntime>] = [:]

  /// How long an engine may take to say its version, ns.
  private static let patience: Int64 = 3_000_000_000

  /// - Parameter searchPath: where the clients are looked for, as PATH.
  public init(searchPath: String) { self.searchPath = searchPath + ":/usr/local/bin:/usr/bin:/bin" }

  /// A runtime, tried out.
  ///
  /// - Throws: `runtimeMissing` where it is not installed, `runtimeUnavailable` where it does not answer.
  public func runtime(_ kind: RuntimeChoice) throws(StartFailure) -> EngineRuntime {
    let path = searchPath
    if let trial = trials[kind] { return try trial.outcome() }
    var last: EngineRuntime?
    let trial = Trial { () throws(StartFailure) in
      let engine = try Self.ask(kind, path)
      // The same engine keeps what it has still to take away.
      let runtime = last?.engine == engine ? last : nil
      let answer = runtime ?? EngineRuntime(engine)
      last = answer
      return answer
    }
    trials[kind] = trial
    return try trial.outcome()
  }

  /// The first that answers. Nil: none is installed.
  ///
  /// - Throws: what the first that is installed says, if none answers.
  public func first() throws(StartFailure) -> EngineRuntime? {
    var failure: StartFailure?
    for kind in RuntimeChoice.engines {
      do throws(StartFailure) { return try runtime(kind) } catch {
        if case .runtimeMissing = error { continue }
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
    return nil
  }

  /// Something failed that had worked: the next question is asked anew.
  public func doubt(_ kind: RuntimeChoice) { trials[kind]?.doubt() }

  private var used: [EngineRuntime] { trials.values.compactMap { $0.value } }

  /// When `proceed` is to be called, continuous clock; nil: nothing is left to take away.
  public var nextDue: Int64? { used.compactMap(\.nextDue).min() }

  /// Takes away what could not be taken away before.
  public func proceed(now: Int64) { for engine in used { engine.proceed(now: now) } }

  /// Waits until nothing is left of a spool, or until an engine has had its time; the last call.
  ///
  /// - Returns: whether nothing is left.
  public func close(spool: String) -> Bool {
    let end = Clock.continuous() + Self.patience
    while used.contains(where: { !$0.isClear }), Clock.continuous() < end {
      proceed(now: Clock.continuous())
      // The loop has ended: nobody waits.
      Clock.wait(nanoseconds: 2_000_000)
    }
    // What nobody knows of any more: asked for by a client that was killed.
    return used.allSatisfy { $0.isClear && $0.endEarlier(of: spool, besides: nil) }
  }

  /// The clients that are installed, whether they answer or not.
  public static func installed(searchPath: String) -> [RuntimeChoice] {
    RuntimeChoice.engines.filter { program($0, searchPath + ":/usr/local/bin:/usr/bin:/bin") != nil }
  }

  static func program(_ kind: RuntimeChoice, _ searchPath: String) -> String? {
    ProcessRuntime.candidates(for: kind.rawValue, searchPath: searchPath).first(where: SandboxMachine.isProgram)
  }

  private static func ask(_ kind: RuntimeChoice, _ searchPath: String) throws(StartFailure) -> Engine {
    guard let program = program(kind, searchPath) else {
      throw .runtimeMissing(kind.rawValue, cure: cure(kind))
    }
    // podman has a server only where it is told of one, and reads its containers without it.
    let (question, works): ([String], [String]?) =
      switch kind {
      case .podman:
        (
          ["version", "--format", "{{if .Server}}{{.Server.Version}}{{else}}{{.Client.Version}}{{end}}"],
          ["ps", "--quiet", "--last", "1"]
        )
      case .docker: (["version", "--format", "{{.Server.Version}}"], nil)
      default: (["--version"], nil)
      }
    if let works { _ = try answer(kind, program, works) }
    let words = try answer(kind, program, question).output.split(separator: "\n").first.map(String.init) ?? ""
    var engine = Engine(kind: kind, program: program, version: words)
    if kind == .podman, Machine.user != 0 {
      // It takes a quarter of a second, once, and nothing else tells what it would pass over.
      let said = try answer(kind, program, ["info", "--format", "{{join .Host.CgroupControllers \",\"}}"]).output
      engine.controllers = Set(said.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map(String.init))
    }
    return engine
  }

  /// What it says to a question, which it has to answer.
  private static func answer(
    _ kind: RuntimeChoice, _ program: String, _ question: [String]
  ) throws(StartFailure) -> Engine.Answer {
    guard let answer = try Engine.run(program, question, patience: patience) else {
      throw .runtimeUnavailable(
        reason: "\(kind.rawValue) does not answer within \(patience / 1_000_000_000) s", again: .zero)
    }
    guard answer.isSuccess else {
      let words = answer.words.split(separator: "\n").joined(separator: "; ")
      throw .runtimeUnavailable(reason: "\(kind.rawValue) does not answer: \(words)", again: .zero)
    }
    return answer
  }

  private static func cure(_ kind: RuntimeChoice) -> String {
    kind == .container
      ? "it is Apple's, for macOS 26 and later"
      : "install \(kind.rawValue) ('apt install \(kind.package)' on Debian)"
  }
}

extension RuntimeChoice {
  /// The Debian package that has an engine.
  public var package: String { self == .docker ? "docker.io" : rawValue }
}
