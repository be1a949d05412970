import Platform

/// The words of the command line, checked.
public struct TortureOptions {
  public var seed: UInt64 = 1
  public var states = 100_000
  public var rules = Rules.allCases
  public var size = 12
  public var perCut = 12
  public var recoveries = 2
  public var folder: String?
  public var bobbin: String?
  var ground: String?
  var trace: String?
  var cut: Int?
  var state: Int?

  public init() {}

  init(_ words: [String]) throws(TortureError) {
    var rest = words[...]
    while let word = rest.popFirst() {
      guard let value = rest.popFirst() else { throw .usage("\(word) needs a value") }
      switch word {
      case "--seed": seed = UInt64(try Self.number(word, value))
      case "--states": states = try Self.number(word, value)
      case "--size": size = try Self.number(word, value)
      case "--per-cut": perCut = try Self.number(word, value)
      case "--recoveries": recoveries = try Self.number(word, value)
      case "--cut": cut = try Self.number(word, value)
      case "--state": state = try Self.number(word, value)
      case "--folder": folder = value
      case "--bobbin": bobbin = value
      case "--ground": ground = value
      case "--trace": trace = value
      case "--model":
        if value != "both" {
          guard let one = Rules(rawValue: value) else { throw .usage("--model is ext4, posix or both") }
          rules = [one]
        }
      default: throw .usage("'\(word)' is no option; see --help")
      }
    }
  }

  private static func number(_ option: String, _ word: String) throws(TortureError) -> Int {
    guard let number = Int(word), number >= 0 else { throw .usage("\(option) needs a number from 0 on") }
    return number
  }

  // MARK: where, and with what

  /// A new folder for all that is made.
  func makePlace() throws -> (parent: Folder, name: String, folder: Folder) {
    let shared = (try? FileSystem.status(path: "/dev/shm")) ?? nil
    let base = try Folder(
      path: folder ?? (shared?.kind == .folder ? "/dev/shm" : Machine.environment("TMPDIR") ?? "/tmp"))
    let name = "bobbin-torture-\(Machine.processID)"
    try base.makeFolder(name)
    return (base, name, try base.folder(name))
  }

  func program() throws(TortureError) -> String { bobbin ?? beside("bobbin") }
  func player() throws(TortureError) -> String { beside("bobbin-torture") }

  private func beside(_ name: String) -> String {
    let own = Machine.executable ?? ""
    return String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)]) + "/" + name
  }
}
