import Platform

/// Plays a history under strace(1).
public struct Recorder {
  private static let calls =
    "open,openat,openat2,creat,write,pwrite64,writev,ftruncate,truncate,fallocate,copy_file_range,sendfile,rename,renameat,"
    + "renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,mkdir,mkdirat,fsync,fdatasync,syncfs,sync,chmod,fchmod,"
    + "fchmodat,utimensat"

  /// The programs: the one that plays histories, and the one it is about.
  let player: String
  let bobbin: String

  public init(player: String, bobbin: String) {
    self.player = player
    self.bobbin = bobbin
  }

  /// Records a history in its ground, which is an empty folder; the trace is left there.
  public func record(_ history: History, size: Int) throws -> Recording {
    let trace = history.ground + ".trace"
    // Beside it: what lies in it is recorded.
    let output = try Folder(path: history.ground + "/..").append(
      String(history.ground.split(separator: "/").last ?? "") + ".said")
    let pid = try Actor.start(
      [
        "/usr/bin/strace", "-f", "-y", "--seccomp-bpf", "-s", "16777216", "-e", "trace=" + Self.calls, "-o", trace,
        player,
        "act", "--seed", String(history.seed), "--size", String(size), "--ground", history.ground, "--bobbin", bobbin,
      ], output: output)
    let end = Children.wait(for: pid)
    guard end == .exited(0) else {
      throw TortureError.machine(
        "the history was not played: \(end.map { "\($0)" } ?? "no end"); see \(history.ground).said")
    }
    return try Self.read(trace, ground: history.ground)
  }

  /// What was recorded before.
  public static func read(_ trace: String, ground: String) throws -> Recording {
    try Recording(trace: try FileSystem.openForReading(path: trace).readAll(limit: 1 << 30), ground: ground)
  }
}
