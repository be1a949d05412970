import Platform

/// Where the peers' programs are: `--peers DIR`, its `bin` (a virtual environment of Python), then PATH.
struct PeerPrograms {
  private let folders: [String]

  init(_ options: BenchOptions) {
    let own = options.peers.map { [$0 + "/bin", $0] } ?? []
    folders = own + (Machine.environment("PATH") ?? "/usr/bin:/bin").split(separator: ":").map(String.init)
  }

  func path(_ name: String) -> String? {
    // What cannot be looked at is no program of ours.
    folders.map { "\($0)/\(name)" }.first { ((try? FileSystem.status(path: $0, following: true)) ?? nil) != nil }
  }

  /// A Python that has a module.
  func python(with module: String) -> String? {
    guard let path = path("python3"), let child = try? Child([path, "-c", "import \(module)"]),
      let end = try? child.end(), end.exitCode == 0
    else { return nil }
    return path
  }
}
