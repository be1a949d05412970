import Jobs

/// Amounts as a person reads them: one unit, no false exactness.
enum Amounts {
  /// `3s`, `12m`, `5h`, `4d`; a clock that was set back gives `0s`.
  static func age(_ duration: Duration) -> String {
    let seconds = max(0, duration.components.seconds)
    switch seconds {
    case ..<120: return "\(seconds)s"
    case ..<7200: return "\(seconds / 60)m"
    case ..<172_800: return "\(seconds / 3600)h"
    default: return "\(seconds / 86_400)d"
    }
  }

  /// `1.5 GiB`, `320 MiB`, `12 bytes`.
  static func size(_ count: ByteCount) -> String {
    let bytes = max(0, count.bytes)
    for (name, shift) in [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)] where bytes >> Int64(shift) > 0 {
      let tenths = Int64((Double(bytes) / Double(Int64(1) << Int64(shift)) * 10).rounded(.down))
      return tenths < 100 ? "\(tenths / 10).\(tenths % 10) \(name)" : "\(tenths / 10) \(name)"
    }
    return bytes == 1 ? "1 byte" : "\(bytes) bytes"
  }

  /// `2026-11-20 11:02:03 UTC`.
  static func time(_ time: Timestamp) -> String {
    let text = time.text
    return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) UTC"
  }

  static func count(_ number: Int, _ one: String, _ many: String) -> String { "\(number) \(number == 1 ? one : many)" }

  /// At most so many of them, and how many more there are.
  static func some(_ ids: [JobID], _ most: Int = 3) -> String {
    let shown = ids.prefix(most).map { Visible.text($0.text) }.joined(separator: ", ")
    return ids.count > most ? "\(shown) and \(ids.count - most) more" : shown
  }
}
