import Jobs

extension JobDraft {
  /// A job made of a command line (`submit -- COMMAND ARG…`).
  ///
  /// - Parameters:
  ///   - directory: the caller's folder, taken along; nil: not.
  ///   - path: the caller's PATH, taken along; nil: not.
  /// - Throws: the refusal of what a job cannot say, such as a NUL.
  public init(
    stem: JobID, command: [String], directory: String?, path: String?, changes: JobChanges, exactly: Bool, limit: Int
  ) throws(Refusal) {
    var members = [JSONMember("run", JSONNode(.array(command.map { JSONNode(.string($0)) })))]
    if let directory { members.append(JSONMember("directory", JSONNode(.string(directory)))) }
    if let path {
      members.append(JSONMember("env", JSONNode(.object([JSONMember("PATH", JSONNode(.string(path)))]))))
    }
    try self.init(
      stem: stem, reading: JobChanges.file(members), changes: changes, exactly: exactly, limit: limit)
  }
}

/// Ids for jobs that come without a name: `job-TIME-RANDOM`, sorted by time and told apart by chance.
public enum GeneratedID {
  private static let letters = Array("abcdefghijkmnpqrstuvwxyz23456789".utf8)

  /// `job-20261120T110203-k4m7xq`, the time in UTC.
  public static func make(at time: Timestamp, using generator: inout some RandomNumberGenerator) -> JobID {
    var id = Array("job-".utf8)
    for byte in time.text.utf8.prefix(19) where byte != UInt8(ascii: "-") && byte != UInt8(ascii: ":") {
      id.append(byte)
    }
    id.append(UInt8(ascii: "-"))
    return JobID(unchecked: String(decoding: id, as: UTF8.self) + letters(6, using: &generator))
  }

  /// So many letters by chance, at most 8: from one number, for the system's cost a call each.
  static func letters(_ count: Int, using generator: inout some RandomNumberGenerator) -> String {
    var number = UInt64.random(in: 0 ... .max, using: &generator)
    let chosen = (0..<count).map { _ in
      defer { number /= UInt64(letters.count) }
      return letters[Int(number % UInt64(letters.count))]
    }
    return String(decoding: chosen, as: UTF8.self)
  }
}
