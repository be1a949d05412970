/// A spool as its folders tell it: whoever lies where. Knows the design's names and nothing of the store.
struct SpoolView {
  /// Jobs, or messages to the outside.
  enum Family: CaseIterable {
    case jobs, messages

    /// Where a file of a person's lies, in the order of its way.
    var homes: [String] {
      switch self {
      case .jobs: ["inbox", "held", "processing", "deferred", "done", "errors"]
      case .messages: ["outbox", "processing/outbox", "done/outbox", "errors/outbox"]
      }
    }
    var good: String { self == .jobs ? "done" : "done/outbox" }
    var bad: String { self == .jobs ? "errors" : "errors/outbox" }
    var underway: String { self == .jobs ? "processing" : "processing/outbox" }
    var ends: [String] { [good, bad] }
  }

  struct Home: Equatable {
    let place: String
    let stem: String
    let content: Content
  }

  struct Sidecar: Equatable {
    let place: String
    let content: Content
  }

  private(set) var homes: [Home] = []
  /// `NAME.result.json` and `NAME.run.json` by name.
  private(set) var sidecars: [String: [Sidecar]] = [:]
  private var index: [UInt64: [Int]] = [:]
  /// Files of the runner's that are only ever replaced: states of tasks, keys.
  private(set) var states: [String: Content] = [:]
  let family: Family

  init(_ volume: Volume, _ family: Family, spool: Inode) {
    self.family = family
    for place in family.homes {
      guard let folder = volume.find(place, from: spool) else { continue }
      for (name, inode) in volume.names(in: folder) {
        guard name.hasSuffix(".json"), !name.hasPrefix("."), let node = volume.nodes[inode], node.kind == .file else {
          continue
        }
        if let stem = Self.stem(name, ".run.json") ?? Self.stem(name, ".result.json") {
          sidecars[stem, default: []].append(Sidecar(place: place, content: node.content))
        } else {
          index[node.content.digest, default: []].append(homes.count)
          homes.append(Home(place: place, stem: Self.stem(name, ".json") ?? name, content: node.content))
        }
      }
    }
    guard family == .jobs else { return }
    for place in ["keys", "tasks"] {
      guard let folder = volume.find(place, from: spool) else { continue }
      for (name, inode) in volume.names(in: folder) {
        guard let node = volume.nodes[inode], node.kind == .file else { continue }
        if place == "keys" ? name.hasSuffix(".json") && !name.hasPrefix(".") : name.hasSuffix(".state.json") {
          states[place + "/" + name] = node.content
        }
      }
    }
  }

  private static func stem(_ name: String, _ ending: String) -> String? {
    name.hasSuffix(ending) ? String(name.dropLast(ending.utf8.count)) : nil
  }

  func homes(of content: Content) -> [Home] {
    (index[content.digest] ?? []).map { homes[$0] }.filter { $0.content == content }
  }

  func sidecar(_ stem: String, in place: String) -> Content? {
    sidecars[stem]?.first { $0.place == place }?.content
  }

  func home(_ stem: String, in place: String) -> Home? { homes.first { $0.stem == stem && $0.place == place } }

  func has(_ stem: String, in place: String) -> Bool { home(stem, in: place) != nil }
}

extension Content.Facts {
  private static let ends: Set = [
    "succeeded", "failed", "timed-out", "cancelled", "refused", "expired", "dependency-failed", "dependency-missing",
    "interrupted", "delivered",
  ]

  /// A whole record that says how it ended.
  var isFinal: Bool { isWhole && status.map { Self.ends.contains($0) } ?? false }
}
