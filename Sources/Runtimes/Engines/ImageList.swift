import Jobs
import Platform

/// Where podman notes its images, which shows whether a name may mean another one by now. Only `podman info` tells, and takes
/// a quarter of a second, for it asks the package manager too: nobody waits for it.
final class ImageList: Sendable {
  private enum State: Sendable {
    case notAsked
    /// What is to come.
    case asked(Descriptor)
    /// Nil: not known, and will not be.
    case known(String?)
  }

  private let engine: Engine
  private let state: Locked<State>

  init(_ engine: Engine) {
    self.engine = engine
    state = Locked(engine.kind == .podman ? .notAsked : .known(nil))
  }

  /// Asks, once. The child is reaped with all others, by whoever reaps them.
  func ask() {
    state.withLock { state in
      guard case .notAsked = state else { return }
      state = .known(nil)
      var client = Program(
        paths: [engine.program],
        arguments: [engine.program, "info", "--format", "{{.Store.GraphDriverName}} {{.Store.GraphRoot}}"],
        environment: Engine.environment(), folder: .path("/"))
      client.diesWithParent = true
      // Without it an image's name is asked for every few seconds.
      guard let answer = try? FileSystem.memoryFile([]), let null = try? FileSystem.openNull(),
        (try? client.start(input: null, output: answer, error: null)) != nil
      else { return }
      state = .asked(answer)
    }
  }

  /// Its path; nil: not known, or not yet.
  var path: String? {
    state.withLock { state in
      if case .asked(let answer) = state, let bytes = try? answer.reopened().readAll(limit: 65_536),
        bytes.contains(0x0A)
      {
        state = .known(Self.read(String(decoding: bytes, as: UTF8.self)))
      }
      if case .known(let path) = state { return path }
      return nil
    }
  }

  /// "overlay /var/lib/containers/storage".
  static func read(_ text: String) -> String? {
    guard let line = text.split(separator: "\n").first else { return nil }
    let parts = line.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[1].hasPrefix("/") else { return nil }
    return "\(parts[1])/\(parts[0])-images/images.json"
  }
}
