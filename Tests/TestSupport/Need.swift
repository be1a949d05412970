import Platform
import Testing

/// Something that a test needs of the machine and that not every machine has: `@Test("…", .needs(.program("python3")))`.
///
/// Without it the test is skipped, and the skip says why. With `CI=true` in the environment it fails instead:
/// `Tests/run` installs what is needed there, so a skip would only hide that it did not.
public enum Need: Sendable, CustomStringConvertible {
  /// A program in PATH, or in one of the system folders that an ordinary user's PATH leaves out.
  case program(String)
  /// The tests run as root.
  case root
  /// Root who may mount file systems: CAP_SYS_ADMIN, which a container rarely has.
  case mounts

  public var description: String {
    switch self {
    case .program(let name): "the program \(name)"
    case .root: "root"
    case .mounts: "the right to mount (CAP_SYS_ADMIN)"
    }
  }

  public var isMet: Bool {
    switch self {
    case .program(let name): Self.path(of: name) != nil
    case .root: Machine.user == 0
    case .mounts: Machine.user == 0 && Self.effectiveCapabilities & 1 << 21 != 0  // capability.h: CAP_SYS_ADMIN
    }
  }

  /// Where a program is; nil if it is not there.
  public static func path(of program: String) -> String? {
    let path = (Machine.environment("PATH") ?? "") + ":/usr/sbin:/sbin:/usr/bin:/bin"
    for folder in path.split(separator: ":") {
      let file = "\(folder)/\(program)"
      // A folder that cannot be looked into has no program for us.
      if let status = try? FileSystem.status(path: file, following: true), status.kind == .file,
        status.mode & 0o111 != 0
      {
        return file
      }
    }
    return nil
  }

  /// Whether a skip is a failure.
  public static var skipsAreFailures: Bool { Machine.environment("CI").map { ["true", "1"].contains($0) } ?? false }

  /// proc(5): CapEff of this process; 0 where that cannot be read.
  private static var effectiveCapabilities: UInt64 {
    guard let file = try? FileSystem.openForReading(path: "/proc/self/status"),
      let bytes = try? file.readAll(limit: 65_536)
    else { return 0 }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix("CapEff:") {
      return line.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
    }
    return 0
  }
}

/// A need that is not met where no skip is allowed.
public struct NeedNotMet: Error, CustomStringConvertible {
  public let need: Need
  public var description: String { "this test needs \(need), and with CI=true a skip is a failure" }
}

extension Trait where Self == ConditionTrait {
  /// Runs the test where these are there, skips it elsewhere, and fails it there if `CI` forbids the skip.
  public static func needs(_ needs: Need...) -> Self {
    let missing = needs.first { !$0.isMet }
    return .enabled(missing.map { "needs \($0)" } ?? "has what it needs") {
      guard let missing else { return true }
      if Need.skipsAreFailures { throw NeedNotMet(need: missing) }
      return false
    }
  }
}
