import Jobs

/// What an engine knows a container by: `bobbin-SPOOL-ATTEMPT-ID`, the id as far as an engine's names go. Names are for
/// people and for taking a container away; what it is for certain stands in its labels.
enum BoxName {
  /// Of letters, digits, `_`, `.` and `-` (docker's and podman's grammar), at most this many of the id.
  private static let longest = 60

  static func of(spool: String, id: JobID, attempt: Int) -> String {
    "bobbin-\(spool)-\(attempt)-\(plain(id.text))-\(Fingerprint.of([id.text]).prefix(8))"
  }

  static func plain(_ text: String) -> String {
    String(
      text.unicodeScalars.prefix(longest).map { scalar in
        scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == ".")
          ? Character(scalar) : "_"
      })
  }
}
