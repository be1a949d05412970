/// The name of a job: the stem of the dropped file, or one derived from it.
///
/// Two ids are the same when their UTF-8 bytes are: file systems on Linux keep NFC and NFD apart, `String` does not.
public struct JobID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The id as it stands in file names, without `.json`.
  public let text: String

  /// The most bytes of a dropped stem; leaves room for `~n`, sidecar suffixes and temporary names within NAME_MAX (255).
  public static let maxStemBytes = 150
  /// The most bytes of an id that Bobbin made from a stem.
  public static let maxBytes = 200
  /// What no stem may end in: the family of a job is `NAME` and these.
  public static let reservedSuffixes = [".run", ".result", ".state", ".cancel", ".files"]

  /// Takes a text that is known to be an id, for example from a record that we wrote.
  public init(unchecked text: String) { self.text = text }

  /// The name that a listing gave, to look a known id up; nil if it is not UTF-8, and then no id.
  public init?(listed bytes: UnsafeBufferPointer<UInt8>) {
    guard UTF8Text.firstInvalid(bytes) == nil else { return nil }
    text = String(decoding: bytes, as: UTF8.self)
  }

  /// Checks a dropped file's stem given as the file system gave it (DESIGN §2, Names).
  /// - Throws: `bad-name`, saying which rule is broken.
  public init(stem bytes: [UInt8]) throws(Refusal) {
    text = try JobID.checked(bytes, limit: JobID.maxStemBytes)
  }

  /// Checks a dropped file's stem; one with a number that Bobbin gave may be as long as that made it.
  ///
  /// - Parameter hasHistory: whether a job of that id was here before: only then the number is ours.
  /// - Throws: `bad-name`, saying which rule is broken.
  public init(dropped bytes: [UInt8], hasHistory: (JobID) -> Bool) throws(Refusal) {
    if bytes.count > JobID.maxStemBytes, let id = try? JobID(derived: bytes), id.numberSplit.number != nil,
      id.numberSplit.stem.utf8.count <= JobID.maxStemBytes, hasHistory(id)
    {
      self = id
    } else {
      self = try JobID(stem: bytes)
    }
  }

  /// Checks an id that may be derived: the same rules with up to 200 bytes.
  /// - Throws: `bad-name`, saying which rule is broken.
  public init(derived bytes: [UInt8]) throws(Refusal) {
    text = try JobID.checked(bytes, limit: JobID.maxBytes)
  }

  /// The `n`th job of this name, `x~3`; the first one (n ≤ 1) has the bare name.
  public func numbered(_ n: Int) -> JobID {
    n <= 1 ? self : JobID(unchecked: "\(text)~\(n)")
  }

  /// `x~3` as ("x", 3). The number is nil when there is none of ours: it is from 2 and has no leading zero.
  public var numberSplit: (stem: String, number: Int?) {
    let bytes = text.utf8
    guard let tilde = bytes.lastIndex(of: UInt8(ascii: "~")), tilde != bytes.startIndex else { return (text, nil) }
    let digits = bytes[bytes.index(after: tilde)...]
    guard let first = digits.first, first != UInt8(ascii: "0"),
      digits.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(Substring(digits)), number >= 2
    else { return (text, nil) }
    return (String(text[..<tilde]), number)
  }

  /// The id.
  public var description: String { text }

  /// Equal bytes.
  public static func == (a: JobID, b: JobID) -> Bool { UTF8Text.same(a.text, b.text) }

  /// Byte order.
  public static func < (a: JobID, b: JobID) -> Bool { UTF8Text.precedes(a.text, b.text) }

  // `hash(into:)` of String is enough: equal bytes hash alike; that NFC and NFD collide costs a comparison.
  /// Hashes the text.
  public func hash(into hasher: inout Hasher) { text.hash(into: &hasher) }

  private static func checked(_ bytes: [UInt8], limit: Int) throws(Refusal) -> String {
    func bad(_ reason: String) -> Refusal { Refusal(code: .badName, reason: reason) }
    guard let first = bytes.first else { throw bad("the name is empty: expected 1 to \(limit) bytes before .json") }
    guard bytes.count <= limit else {
      throw bad("the name has \(bytes.count) bytes: expected at most \(limit) before .json")
    }
    guard bytes.withUnsafeBufferPointer({ UTF8Text.firstInvalid($0) }) == nil else {
      throw bad("the name is not UTF-8: expected a name in UTF-8")
    }
    let text = String(decoding: bytes, as: UTF8.self)
    if let control = text.unicodeScalars.first(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) {
      throw bad("the name has the control character U+\(hex(control.value)): expected none")
    }
    if bytes.contains(UInt8(ascii: "/")) { throw bad("the name \(quoted(text)) has a '/': expected none") }
    if first == UInt8(ascii: ".") || first == UInt8(ascii: "-") {
      throw bad("the name \(quoted(text)) starts with '.' or '-': expected another first character")
    }
    for suffix in reservedSuffixes where bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) {
      throw bad("the name \(quoted(text)) ends in \(suffix), which Bobbin's own files do: expected another ending")
    }
    return text
  }

  private static func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
  }
}
