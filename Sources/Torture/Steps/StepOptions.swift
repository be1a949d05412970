import Platform

/// The words after `steps`, checked.
struct StepOptions: Sendable {
  var scenario: String?
  var fault: String?
  var number: Int?
  var every = 1
  var seed: UInt64 = 1
  var folder: String?
  var program: String
  var library: String
  var atOnce = max(2, Machine.processors)
  var keeps = false

  init(_ words: [String]) throws(TortureError) {
    let own = Machine.executable ?? ""
    let beside = String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)])
    (program, library) = (beside + "/bobbin", beside + "/libCFault.so")
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--keep" {
        keeps = true
        continue
      }
      guard let value = rest.popFirst() else { throw .usage("\(word) needs a value") }
      switch word {
      case "--scenario":
        guard StepScenario.all.contains(where: { $0.name == value }) else {
          throw .usage("--scenario is one of \(StepScenario.all.map(\.name).joined(separator: ", "))")
        }
        scenario = value
      case "--fault":
        guard CallFault.all.contains(where: { $0.description == value }) else {
          throw .usage("--fault is one of \(CallFault.all.map(\.description).joined(separator: " "))")
        }
        fault = value
      case "--at": number = try Self.number(word, value)
      case "--every": every = max(1, try Self.number(word, value))
      case "--seed": seed = UInt64(try Self.number(word, value))
      case "--folder": folder = value
      case "--bobbin": program = value
      case "--library": library = value
      case "--at-once": atOnce = max(1, try Self.number(word, value))
      default: throw .usage("'\(word)' is no option; see --help")
      }
    }
  }

  private static func number(_ option: String, _ word: String) throws(TortureError) -> Int {
    guard let number = Int(word), number >= 0 else { throw .usage("\(option) needs a number from 0 on") }
    return number
  }

  /// A new folder for all that is made: in memory, where a sync costs nothing.
  func makePlace() throws -> (parent: Folder, name: String, folder: Folder) {
    let shared = (try? FileSystem.status(path: "/dev/shm")) ?? nil
    let base = try Folder(
      path: folder ?? (shared?.kind == .folder ? "/dev/shm" : Machine.environment("TMPDIR") ?? "/tmp"))
    let name = "bobbin-steps-\(Machine.processID)-\(UInt32.random(in: 0...UInt32.max))"
    try base.makeFolder(name)
    return (base, name, try base.folder(name))
  }
}
