/// The name of a task: the stem of its file in `tasks/`.
public enum TaskName {
  /// The most bytes: with a time and `-manual` behind it a name is still one that a drop may have (`JobID.maxStemBytes`).
  public static let maxBytes = 120

  /// Checks a file's stem as the file system gave it: the rules of a job's name, and `maxBytes`.
  /// - Throws: `bad-name`, saying which rule is broken.
  public static func read(_ bytes: [UInt8]) throws(Refusal) -> String {
    let text = try JobID(stem: bytes).text
    guard bytes.count <= maxBytes else {
      throw Refusal(
        code: .badName,
        reason:
          "the name has \(bytes.count) bytes: expected at most \(maxBytes) before .json, its jobs add a time to it")
    }
    return text
  }
}

/// The ids of a task's jobs: `nightly@20261121T020000Z`, and `nightly@20261121T101502Z-manual` for one that a person asked
/// for.
public enum OccurrenceID {
  private static let manual = "-manual"

  /// The id for a time, cut to whole seconds.
  public static func make(_ task: String, at time: Timestamp, isManual: Bool = false) -> JobID {
    let digits = time.secondsText().utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ":") }
    return JobID(unchecked: "\(task)@\(String(decoding: digits, as: UTF8.self))\(isManual ? manual : "")")
  }

  /// The task and the time of an id; nil for one that does not look like a task's. A number behind it (`~2`) is passed over.
  public static func read(_ id: JobID) -> (task: String, time: Timestamp, isManual: Bool)? {
    var text = Substring(id.numberSplit.stem)
    let isManual = text.hasSuffix(manual)
    if isManual { text = text.dropLast(manual.count) }
    guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")), at != text.startIndex else { return nil }
    let digits = Array(text.utf8[text.utf8.index(after: at)...])
    guard digits.count == 16 else { return nil }
    func part(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
    let written =
      "\(part(0..<4))-\(part(4..<6))-\(part(6..<11)):\(part(11..<13)):\(part(13..<16))"
    guard let time = Timestamp(rfc3339: written), make(String(text[..<at]), at: time).text == text else { return nil }
    return (String(text[..<at]), time, isManual)
  }
}
