import Jobs
import Platform
import Spool

/// Whether a runner runs on the spool, and who it says it is.
public struct RunnerPresence: Equatable, Sendable {
  /// Somebody holds the spool's lock: the only proof of life.
  public var isAlive: Bool
  /// By `state/runner.json`, which may be gone.
  public var pid: Int?
  public var host: String?
  public var startedAt: Timestamp?

  public init(isAlive: Bool, pid: Int? = nil, host: String? = nil, startedAt: Timestamp? = nil) {
    self.isAlive = isAlive
    self.pid = pid
    self.host = host
    self.startedAt = startedAt
  }
}

extension SpoolAccess {
  /// Asks the lock. It is taken shared and through an own open of the folder, and given back at once.
  public func runnerPresence() throws(SystemError) -> RunnerPresence {
    var presence = RunnerPresence(isAlive: try isRunnerAlive())
    guard presence.isAlive, let bytes = try bytes(of: "runner.json", in: readable(.state), limit: 65_536),
      let root = try? JSONReader.read(bytes)  // half written or removed: the lock alone tells
    else { return presence }
    if case .number(let pid)? = root.member("pid")?.value { presence.pid = Int(pid) }
    if case .string(let host)? = root.member("host")?.value { presence.host = host }
    for key in ["startedAt", "started"] {
      if case .string(let text)? = root.member(key)?.value { presence.startedAt = Timestamp(rfc3339: text) }
    }
    return presence
  }

  func isRunnerAlive() throws(SystemError) -> Bool {
    let own = try Folder(path: folders.path)
    do throws(SystemError) { try own.descriptor.lockShared() } catch {
      if error.isBusy { return true }
      throw error
    }
    return false
  }

  /// The runner's own lock, for what only it may do; nil when a runner has it. Held as long as the answer lives.
  func takeRunnerLock() throws(SystemError) -> Folder? {
    let own = try Folder(path: folders.path)
    do throws(SystemError) { try own.descriptor.lockExclusively() } catch {
      if error.isBusy { return nil }
      throw error
    }
    return own
  }
}
