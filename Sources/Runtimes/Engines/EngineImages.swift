import Jobs
import Platform

/// An image of an engine for certain.
public struct EngineImage: Equatable, Sendable {
  /// What the engine is given: a name may mean another one a moment later.
  public let id: String
  /// Of its manifest where the engine knows it, else of its configuration: for the result.
  public let digest: String
  /// "NAME=value", what its maker set.
  public let environment: [String]
  /// Places that its maker wants to have writable, VOLUME; of docker only, podman is told to pass over them.
  public var volumes: [String] = []
}

/// What an engine has under an image's name, asked as rarely as the truth allows: a question takes 30 to 60 ms.
final class EngineImages: Sendable {
  /// What an answer depends on, where that can be seen.
  private struct Basis: Equatable {
    let modified: Int64
    let inode: UInt64
    let size: Int64
  }

  private struct Known {
    let image: EngineImage
    let basis: Basis?
    let until: Int64
  }

  /// How old an answer may be where nothing tells whether it still holds, ns: as long a name may mean what it meant before.
  private static let lifetime: Int64 = 5_000_000_000
  private static let most = 256
  /// How long an answer may take, ns. The runner's loop waits.
  private static let patience: Int64 = 3_000_000_000

  /// It did not answer: it is not asked before `until`, continuous clock; and the next time not for `wait`, ns.
  private struct Silence {
    var until: Int64 = 0
    var wait: Int64 = 1_000_000_000

    static let longest: Int64 = 60_000_000_000
  }

  private let engine: Engine
  private let known = Locked<[String: Known]>([:])
  private let list: ImageList
  private let silence = Locked(Silence())

  init(_ engine: Engine) {
    self.engine = engine
    list = ImageList(engine)
  }

  /// - Throws: `imageMissing`, or that the engine does not answer.
  func find(_ name: String) throws(StartFailure) -> EngineImage {
    let (now, basis) = (Clock.continuous(), look())
    if let known = known.withLock({ $0[name] }) {
      if known.basis == nil ? now < known.until : basis == known.basis { return known.image }
      // Not at the first: most of what a runner that only drains would wait for.
      list.ask()
    }
    let image = try ask(name)
    known.withLock { known in
      if known.count >= Self.most { known.removeAll() }
      known[name] = Known(image: image, basis: basis, until: now + Self.lifetime)
    }
    return image
  }

  /// It was not there although it was known: the next question is asked anew.
  func forget() { known.withLock { $0.removeAll() } }

  private func look() -> Basis? {
    guard let list = list.path, let status = (try? FileSystem.status(path: list)) ?? nil else { return nil }
    return Basis(modified: status.modified, inode: status.inode, size: status.size)
  }

  private func ask(_ name: String) throws(StartFailure) -> EngineImage {
    // Apple's knows no formats: the name is what it is given.
    if engine.kind == .container { return EngineImage(id: name, digest: "", environment: []) }
    let facts = engine.kind == .podman ? "{{json .ID}}, {{json .Digest}}" : "{{json .Id}}, {{json .RepoDigests}}"
    let volumes = engine.kind == .docker ? "{{json .Config.Volumes}}" : "null"
    let format = "[\(facts), {{json .Config.Env}}, \(volumes)]"
    let answer = try inspect(name, format)
    guard answer.isSuccess else {
      let failure = engine.failure(words: answer.words, cause: .exited(125))
      guard case .imageMissing = failure else { throw failure }
      throw .imageMissing(name, cure: "'\(engine.kind.rawValue) pull \(name)' fetches it")
    }
    guard let image = Self.read(answer.output) else {
      throw .engineFailed(reason: "'\(engine.kind.rawValue) image inspect' says '\(answer.output.prefix(200))'")
    }
    return image
  }

  /// One that hangs holds up everything else, so it is asked at growing intervals, whatever image is asked for.
  private func inspect(_ name: String, _ format: String) throws(StartFailure) -> Engine.Answer {
    let rest = silence.withLock { $0.until } - Clock.continuous()
    let reason = "\(engine.kind.rawValue) does not answer"
    if rest > 0 { throw .runtimeUnavailable(reason: reason, again: .nanoseconds(rest)) }
    let arguments = ["image", "inspect", "--format", format, name]
    guard let answer = try engine.run(arguments, patience: Self.patience) else {
      let wait = silence.withLock { silence in
        let wait = silence.wait
        silence = Silence(until: Clock.continuous() + wait, wait: min(wait * 2, Silence.longest))
        return wait
      }
      throw .runtimeUnavailable(reason: reason, again: .nanoseconds(wait))
    }
    silence.withLock { $0 = Silence() }
    return answer
  }

  static func read(_ text: String) -> EngineImage? {
    guard let json = try? CompactJSON.read(Array(text.utf8)), case .array(let parts) = json.node.value,
      parts.count == 4,
      case .string(let id) = parts[0].value
    else { return nil }
    var digest = id
    switch parts[1].value {
    case .string(let text): digest = text
    case .array(let list):
      // NAME@sha256:…
      if case .string(let first)? = list.first?.value, let at = first.lastIndex(of: "@") {
        digest = String(first[first.index(after: at)...])
      }
    default: break
    }
    var environment: [String] = []
    if case .array(let entries) = parts[2].value {
      for case .string(let entry) in entries.map(\.value) { environment.append(entry) }
    }
    var volumes: [String] = []
    if case .object(let places) = parts[3].value { volumes = places.map(\.key) }
    if !digest.contains(":") { digest = "sha256:" + digest }
    return EngineImage(id: id, digest: digest, environment: environment, volumes: volumes.sorted())
  }
}
