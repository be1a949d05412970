import Jobs
import Platform

/// The command line: the only place where sentences, hints and exit codes are made.
public enum CLI {
  /// Carries out this process's command line and ends the process.
  public static func main() -> Never {
    Signals.ignoreHarmless()
    let context = Context.system()
    // Swift repairs arguments that are not UTF-8; a job with other arguments than were typed must not be made.
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let raw = CommandLine.unsafeArgv[index], String(validatingCString: raw) == nil else { continue }
      context.console.note("bobbin: argument \(index) is not UTF-8")
      Terminal.exit(ExitCode.usage)
    }
    Terminal.exit(run(Array(CommandLine.arguments.dropFirst()), context))
  }

  /// Carries out a command line; answers the exit code.
  static func run(_ words: [String], _ context: Context) -> Int32 {
    let console = context.console
    do {
      let code = try carryOut(words, context)
      try console.flush()
      return code
    } catch let broken as Console.Broken {
      return answer(broken, console)
    } catch {
      // What was put out before the failure is told: ids of jobs that are published.
      do { try console.flush() } catch { return answer(error, console) }
      let failure = Sentences.failure(for: error)
      let prefix = failure.message.hasPrefix("bobbin") ? "" : "bobbin: "
      console.note(prefix + failure.message)
      if let hint = failure.hint { console.note("  " + hint) }
      return failure.code
    }
  }

  private static func answer(_ broken: Console.Broken, _ console: Console) -> Int32 {
    if broken.cause.isClosedPipe { return ExitCode.closedPipe }
    console.note("bobbin: standard output: \(broken.cause.reason)")
    return ExitCode.inputOutput
  }

  private static func carryOut(_ words: [String], _ context: Context) throws -> Int32 {
    let (before, rest) = try Arguments.parseBeforeName(words)
    if before.has("--version") {
      try context.console.line("bobbin \(Version.text)")
      return ExitCode.success
    }
    guard let (name, rest) = Command.name(in: rest) else {
      if before.has("--help") {
        try context.console.put(HelpText.overview())
        return ExitCode.success
      }
      context.console.raw(Array(HelpText.overview().utf8))
      return ExitCode.usage
    }
    if Command.families[name] != nil, rest.isEmpty || rest == ["--help"] || rest == ["-h"] {
      let isAsked = before.has("--help") || !rest.isEmpty
      if isAsked {
        try context.console.put(HelpText.family(name))
      } else {
        context.console.raw(Array(HelpText.family(name).utf8))
      }
      return isAsked ? ExitCode.success : ExitCode.usage
    }
    let command = try Command.meant(by: name)
    let arguments = try Arguments.parse(rest, for: command, before: before)
    if arguments.has("--help") {
      try context.console.put(HelpText.of(command))
      return ExitCode.success
    }
    var invocation = Invocation(command: command, arguments: arguments, context: context)
    return try command.run(&invocation)
  }
}

/// What this is.
enum Version {
  static let text = "0.1.0"
}
