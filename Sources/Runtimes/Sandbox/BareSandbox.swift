import Platform

/// What bwrap(1) is called with for a job's sandbox, for whoever calls it bare: to see what a sandbox has, and to measure
/// what bwrap alone takes.
public struct BareSandbox {
  /// Options, without a program to run.
  public let options: [String]
  /// What the options name by a number, in their order from `firstNumber` on.
  public let files: [Descriptor]
  public static let firstNumber = 100

  /// - Parameters:
  ///   - work, result: open folders, and their paths;
  ///   - root: of an image, and its path; nil: the machine's own programs.
  /// - Throws: `SystemError`, also where there is no filter for this processor.
  public init(
    work: (Folder, path: String), result: (Folder, path: String), root: (Folder, path: String)? = nil
  ) throws(SystemError) {
    guard let processor = SeccompProgram.Processor.own, let code = InitProgram.bytes else {
      throw SystemError(call: "bwrap", code: SystemError.noExecutableFormat)
    }
    var places = Launch.Places(work: work.0, result: result.0)
    places.root = root?.0
    let made = try SandboxArguments(
      places, mounts: [], root: root == nil ? SandboxRoot() : SandboxRoot(entries: []),
      initProgram: FileSystem.memoryFile(code),
      filter: FileSystem.memoryFile(SeccompProgram(FilteredCall.all, for: processor).bytes), isOtherUser: false,
      disablesUserNamespaces: true)
    var options = made.words
    var files: [Descriptor] = []
    for index in options.indices {
      switch options[index] {
      case "--bind-fd", "--ro-bind-fd":
        let number = options[index + 1]
        let folders = [work, result] + (root.map { [$0] } ?? [])
        guard let folder = folders.first(where: { "\($0.0.descriptor.number)" == number }) else { continue }
        (options[index], options[index + 1]) = (String(options[index].dropLast(3)), folder.path)
      case "--file", "--seccomp":
        guard let file = made.kept.first(where: { "\($0.number)" == options[index + 1] }) else { continue }
        options[index + 1] = "\(Self.firstNumber + files.count)"
        files.append(file)
      default: break
      }
    }
    (self.options, self.files) = (options, files)
  }
}
