import Platform

/// Programs of the system: mount(8), mkfs(8) and their like.
struct SystemTool {
  /// What they say goes to its file `tools`.
  let place: Folder

  /// New namespaces of mounts and processes. With the first process in it, which is the program after it, all others in it
  /// end, and then what was mounted in it is gone and its loop devices are free: also when this program is killed.
  static let apart = [
    "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private",
  ]

  /// The end of a program; nil if it cannot be started.
  func end(_ words: [String]) throws -> ProcessEnd.Cause? {
    let output = try place.append("tools")
    return Children.wait(for: try Self.start(words, output: output))
  }

  /// Runs a program that has to work.
  func run(_ words: [String]) throws {
    guard try end(words) == .exited(0) else {
      let said = String(decoding: try place.open("tools").readAll(limit: 1 << 24).suffix(400), as: UTF8.self)
      throw TortureError.machine("\(words.joined(separator: " ")): \(said)")
    }
  }

  static func start(_ words: [String], output: Descriptor) throws -> Int32 {
    let name = words.first ?? ""
    let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
    var program = Program(
      paths: name.hasPrefix("/") ? [name] : folders.map { "\($0)/\(name)" }, arguments: words,
      environment: [
        "PATH=\(Machine.environment("PATH") ?? "/usr/bin:/bin"):/usr/sbin:/sbin", "HOME=\(Machine.home)",
        "SWIFT_BACKTRACE=enable=no",
      ])
    program.diesWithParent = true
    return try program.start(input: try FileSystem.openNull(), output: output, error: output)
  }
}
