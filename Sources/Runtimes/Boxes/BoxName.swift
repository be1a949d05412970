import Jobs

/// What an engine knows a container by: `bobbin-SPOOL-ATTEMPT-ID-START`, the id as far as an engine's names go, START a number
/// drawn by chance. Names are for people and for taking a container away; what it is for certain stands in its labels.
public enum BoxName {
  /// Of letters, digits, `_`, `.` and `-` (docker's and podman's grammar), at most this many of the id.
  private static let longest = 60

  /// A name that no other start has: an attempt that is started twice, because an engine did not answer, or that a spool which
  /// lay here before has had too, is in the way of neither, nor is it what a late removal takes away.
  public static func new(spool: String, id: JobID, attempt: Int) -> String {
    "\(start(of: spool))\(attempt)-\(plain(id.text))-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
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
