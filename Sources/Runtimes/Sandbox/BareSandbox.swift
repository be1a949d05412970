import Platform

/// What bwrap(1) is called with for a job's sandbox, for whoever calls it bare: to see what a sandbox has, and to measure
/// what bwrap alone takes.
public struct BareSandbox {
  /// Options, without a program to run.
  public let options: [String]
  /// What the options name by a number, in their order from `firstNumber` on.
  public let files: [Descriptor]
  public static let firstNumber = 100

  /// - Parameters: two open folders, and their paths.
  /// - Throws: `SystemError`, also where there is no filter for this processor.
  public init(work: (Folder, path: String), result: (Folder, path: String)) throws(SystemError) {
    guard let processor = SeccompProgram.Processor.own, let code = InitProgram.bytes else {
      throw SystemError(call: "bwrap", code: SystemError.noExecutableFormat)
    }
    let made = try SandboxArguments(
      Launch.Places(work: work.0, result: result.0), mounts: [], root: SandboxRoot(),
      initProgram: FileSystem.memoryFile(code),
      filter: FileSystem.memoryFile(SeccompProgram(FilteredCall.all, for: processor).bytes), isOtherUser: false,
      disablesUserNamespaces: true)
    var options = made.words
    var files: [Descriptor] = []
    for index in options.indices {
      switch options[index] {
      case "--bind-fd":
        let folder = options[index + 1] == "\(work.0.descriptor.number)" ? work.path : result.path
        (options[index], options[index + 1]) = ("--bind", folder)
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
