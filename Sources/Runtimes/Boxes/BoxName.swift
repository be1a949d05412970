import Jobs

/// What an engine knows a container by: `bobbin-SPOOL-ATTEMPT-ID-RUNNER.START`, the id as far as an engine's names go, RUNNER and
/// START drawn by chance. Names are for people, for taking a container away, and for telling a runner's own from those that
/// others left; whose spool it is for certain stands in its labels.
public struct BoxName: Sendable {
  /// Of letters, digits, `_`, `.` and `-` (docker's and podman's grammar), at most this many of the id.
  private static let longest = 60

  private let spool: String
  private let runner = String(UInt32.random(in: 0 ... .max), radix: 36)

  /// The names that one runner of a spool gives.
  public init(spool: String) { self.spool = spool }

  /// A name that no other start has: an attempt that is started twice, because an engine did not answer, or that a spool which
  /// lay here before has had too, is in the way of neither, nor is it what a late removal takes away.
  public func new(_ id: JobID, attempt: Int) -> String {
    let start = String(UInt64.random(in: 0 ... .max), radix: 36)
    return "\(Self.start(of: spool))\(attempt)-\(Self.plain(id.text))-\(runner).\(start)"
  }

  /// Whether this runner gave it.
  func isOwn(_ name: String) -> Bool {
    Self.isOf(spool, name) && name.split(separator: "-").last.map { $0.hasPrefix(runner + ".") } ?? false
  }

  /// Whether a name is one of a spool's.
  static func isOf(_ spool: String, _ name: String) -> Bool { name.hasPrefix(start(of: spool)) }

  private static func start(of spool: String) -> String { "bobbin-\(spool)-" }

  private static func plain(_ text: String) -> String {
    String(
      text.unicodeScalars.prefix(longest).map { scalar in
        scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == ".")
          ? Character(scalar) : "_"
      })
  }
}
