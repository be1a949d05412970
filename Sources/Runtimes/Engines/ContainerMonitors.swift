import Platform

/// What podman may forget: a container that its OCI runtime has made and nothing has started, when the client was killed in
/// between. podman takes it off its list and leaves the runtime's part: a process that waits for its start, the cgroups, and
/// conmon, which waits for that process (podman 4.3.1, conmon 2.1.6, runc 1.1.5, seen 2026-11-26).
struct ContainerMonitors {
  /// Where the runtimes are looked for: never what a process says of itself.
  private static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  private static let runtimes = ["runc", "crun"]

  /// Ends those whose container is meant. Only for containers that podman has not or no longer.
  ///
  /// - Parameter isMeant: asked with the container's name and id.
  static func end(_ isMeant: (_ name: String, _ id: String) -> Bool) {
    for process in ProcessTable.all() where ProcessTable.name(of: process.pid) == "conmon" {
      // Of our user and in our pid namespace: a job may call itself what it likes in its own.
      guard ProcessTable.isOurs(process) else { continue }
      let arguments = ProcessTable.arguments(of: process.pid)
      func value(_ option: String) -> String? {
        arguments.firstIndex(of: option).flatMap { arguments.indices.contains($0 + 1) ? arguments[$0 + 1] : nil }
      }
      guard let name = value("-n"), let id = value("-c"), isMeant(name, id) else { continue }
      if id.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }),
        let runtime = runtimes.first(where: { value("-r")?.hasSuffix("/" + $0) == true }),
        let program = ProcessRuntime.candidates(for: runtime, searchPath: searchPath).first(
          where: SandboxMachine.isProgram)
      {
        // Ends the process that waits, and takes the cgroups away; conmon follows. What it does not do is tried no more.
        _ = try? Engine.run(program, ["delete", "--force", id])
      }
      ProcessTable.signal(process, SignalNumber.kill)
    }
  }
}
