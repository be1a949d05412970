import Platform

/// Where bwrap itself runs for an image, which needs nothing of the machine's root: among few mounts instead of all. bwrap
/// has them copied and read as text at each of its binds; with 24 on the machine this was a fifth of its time (17 and 13 ms
/// for a sandbox of a busy machine, 2026-11-26), and an engine has one for each container.
struct BwrapRoot {
  /// What bwrap opens: itself and its libraries; /proc and the devices, to give some of them to the sandbox.
  private static let names = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "etc", "proc", "dev"]
  /// bwrap says its version in 2 ms.
  private static let patience: Int64 = 1_000_000_000

  private var made: SmallRoot?
  private var wasTried = false

  /// The one for a root runner, made and tried when first asked. Nil: among the machine's mounts.
  mutating func root(for program: String, _ user: UInt32?) -> SmallRoot? {
    guard let user, !wasTried else { return made }
    wasTried = true
    guard program.hasPrefix("/usr/"), let root = try? SmallRoot(Self.names) else { return nil }  // slower, no less safe
    var trial = Program(paths: [program], arguments: [program, "--version"], environment: [], folder: .path("/"))
    (trial.smallRoot, trial.user, trial.diesWithParent) = (root, user, true)
    guard let null = try? FileSystem.openNull(), let pid = try? trial.start(input: null, output: null, error: null)
    else { return nil }  // likewise
    let cause = Children.wait(for: pid, atMost: Self.patience)
    if cause == nil {
      ProcessTable.signalChild(pid, SignalNumber.kill)
      _ = Children.wait(for: pid)
    }
    if cause == .exited(0) { made = root }
    return made
  }
}
