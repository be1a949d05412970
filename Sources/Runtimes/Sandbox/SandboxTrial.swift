import Jobs
import Platform

/// One sandbox made to see whether it can be made, with everything that a job's has.
enum SandboxTrial {
  private static let prefix = "bobbin-trial-"
  private static let mark = "trial"

  /// - Parameter patience: how long it may take, ns.
  /// - Throws: why `true` did not run in it.
  static func run(
    _ runtime: SandboxRuntime, user: UInt32, paths: [String], patience: Int64
  ) throws(StartFailure) {
    let place: String
    // A runner that was killed during its trial left its own.
    if FileSystem.sweepTemporaryFolders(prefix: prefix, olderThan: patience * 20) > 0 {
      endOrphans(olderThan: patience * 20)
    }
    do throws(SystemError) { place = try FileSystem.makeTemporaryFolder(prefix: prefix) } catch {
      throw .exhausted(error)
    }
    defer { try? FileSystem.removeFolder(path: place) }  // empty: nothing can be wrong with that
    let launch: Launch
    let null: Descriptor
    do throws(SystemError) {
      let folder = try Folder(path: place)
      if Machine.user == 0 { try folder.setOwner(user) }
      null = try FileSystem.openNull()
      var made = Launch(
        mark: RunMark(spool: mark, job: JobID(unchecked: mark)), command: .shell("exec true"),
        environment: ["PATH=" + SandboxRuntime.defaultPath], searchPath: "", folder: .open(folder), limits: [])
      made.places = Launch.Places(work: folder, result: try Folder(path: place))
      made.places?.paths = paths
      launch = made
    } catch { throw .exhausted(error) }
    let run = try runtime.start(launch, streams: Launch.Streams(input: null, output: null, error: null), birth: nil)
    guard let cause = Children.wait(for: run.pid, atMost: patience) else {
      runtime.signal(run, SignalNumber.kill)
      _ = Children.wait(for: run.pid)
      throw .sandboxFailed(reason: "it was not ready within \(patience / 1_000_000_000) s")
    }
    switch runtime.end(of: run, reaped: ProcessEnd(pid: run.pid, cause: cause)) {
    case nil: throw .sandboxFailed(reason: "it does not end")
    case .neverRan(let failure)?: throw failure
    case .ran(let end, _)?:
      if end.cause != .exited(0) { throw .sandboxFailed(reason: "'true' ends with \(end.cause) in it") }
    }
  }

  /// Kills what killed runners left of their trials. All of a sandbox dies with its runner, but for a moment: what bwrap has
  /// forked and not yet let go waits for it on an eventfd(2), and for ever when bwrap is gone (its `child_wait_fd`).
  /// Of a job that moment leaves a process too, which its session tells to recovery; nobody notes a trial.
  ///
  /// - Parameters:
  ///   - mark: the spool in their environment; - age: ns; younger ones may be those of a runner that lives.
  static func endOrphans(of mark: String = mark, olderThan age: Int64) {
    for process in ProcessTable.all()
    where process.age > age && ProcessTable.environmentValue(RunMark.spoolName, of: process.pid) == mark {
      ProcessTable.signal(process, SignalNumber.kill)
    }
  }

  /// What is the matter, and what helps. The switches that keep users from making namespaces are named by the
  /// distributions that have them.
  static func explain(_ failure: StartFailure?, user: UInt32) -> String {
    let reason =
      switch failure {
      case .sandboxFailed(let reason)?: reason
      case let failure?: failure.reason
      case nil: "it was not tried"
      }
    func number(_ name: String) -> Int? {
      guard let file = try? FileSystem.openForReading(path: "/proc/sys/" + name),  // not a switch of this kernel
        let bytes = try? file.readAll(limit: 64)
      else { return nil }
      return Int(String(decoding: bytes.prefix { $0 >= 0x30 && $0 <= 0x39 }, as: UTF8.self))
    }
    if number("kernel/unprivileged_userns_clone") == 0 {
      return reason + "; user namespaces are switched off: 'sysctl kernel.unprivileged_userns_clone=1' allows them"
    }
    if number("user/max_user_namespaces") == 0 {
      return reason + "; user namespaces are switched off: 'sysctl user.max_user_namespaces=10000' allows them"
    }
    if number("kernel/apparmor_restrict_unprivileged_userns") == 1 {
      return reason
        + "; AppArmor keeps programs from making user namespaces: a profile for bwrap allows it, or 'sysctl kernel.apparmor_restrict_unprivileged_userns=0'"
    }
    if Machine.user == 0, case .sandboxFailed(let text)? = failure, text.contains("open_tree") || text.contains("spawn")
    {
      return reason + "; a root runner needs the right to mount (CAP_SYS_ADMIN), which a container often has not"
    }
    return reason
  }
}
