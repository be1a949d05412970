import Platform

/// What jobs of a soak can run on here, beside plain processes.
struct SoakRuntimes {
  /// The members of a job that name it: `"runtime": "sandbox"`.
  let choices: [String]
  private let engines: [String]
  private let spool: Folder

  /// Tries each once, and lets jobs have the folder of the journal.
  ///
  /// - Parameter image: what podman and docker have; nil: no containers.
  init(for spool: Folder, ground: Folder, image: String?) throws {
    self.spool = spool
    try FileSystem.makeFolders(path: ground.path + "/config/bobbin")
    try Folder(path: ground.path + "/config/bobbin").create("mounts.json").write(
      Array(
        #"{"roots": [{"path": "\#(ground.path)/\#(SoakJournal.folderName)", "allowReadWrite": true}]}"#.utf8))
    var choices: [String] = []
    if try Self.works("bwrap --unshare-user --unshare-pid --unshare-net --ro-bind / / --proc /proc true") {
      // The cheap one more often.
      choices += [String](repeating: #""runtime": "sandbox""#, count: 3)
    }
    engines =
      if let image {
        try ["podman", "docker"].filter { try Self.works("\($0) image inspect '\(image)' > /dev/null") }
      } else { [] }
    if let image { choices += engines.map { #""runtime": "\#($0)", "image": "\#(image)""# } }
    self.choices = choices
  }

  /// What a runner needs of our environment to reach the engines, and to know what jobs may have of the machine.
  static func environment(in ground: Folder) -> [String] { environment + ["XDG_CONFIG_HOME=\(ground.path)/config"] }

  private static var environment: [String] {
    ["CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF", "DOCKER_HOST", "DOCKER_CONFIG", "XDG_RUNTIME_DIR"].compactMap {
      name in Machine.environment(name).map { "\(name)=\($0)" }
    }
  }

  /// Containers of the spool that no runner has any more.
  func findings() throws -> [Finding] {
    let status = try spool.descriptor.status()
    let ours = "bobbin-" + String(status.device, radix: 16) + "-" + String(status.inode, radix: 16) + "-"
    return try engines.compactMap { engine in
      // By name, and of podman in its storage too: what it had half made when its client was killed has no label.
      let names = "\(engine) ps -a \(engine == "podman" ? "--external" : "") --format '{{.Names}}'"
      // It may fail when another goes meanwhile.
      let line =
        "for try in 1 2 3 4 5; do names=$(\(names)) && ! echo \"$names\" | grep -q '^\(ours)' && exit; done; exit 1"
      return try Self.works(line)
        ? nil : Finding(.notRecovered, "\(engine) has a container of the spool left")
    }
  }

  private static func works(_ line: String) throws -> Bool {
    Children.wait(for: try Actor.start(["/bin/sh", "-c", line], environment: environment)) == .exited(0)
  }
}
