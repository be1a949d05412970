import Jobs
import Platform

/// Whether this machine can make sandboxes: found out by making one, when first asked and, after a failure, again.
public final class SandboxMachine {
  /// A trial that takes longer is ended, ns. It takes 8 ms; the runner's loop waits for it.
  private static let patience: Int64 = 3_000_000_000

  private let searchPath: String
  private var trial: (basis: Basis, trial: Trial<SandboxRuntime>)?

  /// What a trial depends on beside the machine.
  private struct Basis: Equatable {
    let user: UInt32
    let paths: [String]
  }

  /// - Parameter searchPath: where bwrap is looked for, as PATH.
  public init(searchPath: String) { self.searchPath = searchPath + ":/usr/local/bin:/usr/bin:/bin" }

  /// The runtime, tried out.
  ///
  /// - Parameters:
  ///   - user: for a root runner; - paths: what a sandbox is to show beside the system.
  public func runtime(user: UInt32, paths: [String]) throws(StartFailure) -> SandboxRuntime {
    let basis = Basis(user: user, paths: paths)
    if let trial, trial.basis == basis { return try trial.trial.outcome() }
    let path = searchPath
    let made = Trial { () throws(StartFailure) in try Self.tryOut(searchPath: path, user: user, paths: paths) }
    trial = (basis, made)
    return try made.outcome()
  }

  /// A sandbox failed although the trial had worked: the next one asks anew.
  public func doubt() { trial?.trial.doubt() }

  private static func program(_ searchPath: String) -> String? {
    ProcessRuntime.candidates(for: "bwrap", searchPath: searchPath).first(where: isProgram)
  }

  static func isProgram(_ path: String) -> Bool {
    guard path.hasPrefix("/"), let status = try? FileSystem.status(path: path, following: true) else { return false }
    return status.kind == .file && status.mode & 0o111 != 0
  }

  /// Makes one sandbox as a job's would be and runs `true` in it.
  private static func tryOut(searchPath: String, user: UInt32, paths: [String]) throws(StartFailure) -> SandboxRuntime {
    // For tests, and for a bwrap of one's own.
    let named = Machine.environment("BOBBIN_BWRAP")
    guard let program = named.map({ isProgram($0) ? $0 : nil }) ?? program(searchPath) else {
      throw .runtimeMissing("bwrap", cure: "install bubblewrap ('apt install bubblewrap' on Debian)")
    }
    // User namespaces are closed inside by the filter too; where bwrap cannot close them the filter alone does.
    var first: StartFailure?
    for disables in [true, false] {
      do throws(StartFailure) {
        let runtime: SandboxRuntime
        do throws(SystemError) {
          runtime = try SandboxRuntime(program: program, user: user, disablesUserNamespaces: disables)
        } catch { throw .exhausted(error) }
        try SandboxTrial.run(runtime, user: user, paths: paths, patience: patience)
        return runtime
      } catch {
        if case .exhausted = error { throw error }
        first = first ?? error
      }
    }
    throw .runtimeUnavailable(
      reason: "a sandbox cannot be made on this machine now: " + SandboxTrial.explain(first, user: user), again: .zero)
  }
}
