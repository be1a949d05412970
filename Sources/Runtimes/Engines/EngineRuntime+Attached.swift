import Jobs
import Platform

/// Containers that live in a machine of their own, as Apple's do: no socket of ours reaches into it, so the engine's client
/// carries the streams, and what is known of the end is what the client says.
extension EngineRuntime {
  /// Starts a run without a first process of ours.
  func startAttached(
    _ launch: Launch, _ streams: Launch.Streams, _ arguments: EngineArguments, _ plan: BoxPlan, _ birth: BirthNote?
  ) throws(StartFailure) -> Run {
    var words = arguments.words
    do throws(SystemError) {
      try plan.rendezvous.setAfter(launch.places?.after)
      // In a file: arguments are for everybody to read.
      words.insert(contentsOf: ["--env-file", try plan.rendezvous.setEnvironment(Self.lines(launch))], at: 1)
    } catch { throw .exhausted(error) }
    var client = Program(
      paths: [engine.program], arguments: [engine.program] + words, environment: Engine.environment(),
      folder: .path("/"))
    client.diesWithParent = true
    do throws(Program.Failure) {
      let launching = try client.launch(
        input: streams.input, output: streams.output, error: streams.error, birth: birth)
      return Run(attached: launch.mark, launching, container: plan.name, name: launch.command.name)
    } catch { throw StartFailure(error, name: engine.program) }
  }

  /// "NAME=value" lines.
  ///
  /// - Throws: EINVAL for a value that is no line.
  static func lines(_ launch: Launch) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in [launch.mark.jobEntry] + launch.environment {
      guard !entry.utf8.contains(0x0A) else { throw SystemError(call: "env-file", code: SystemError.invalid) }
      bytes += entry.utf8 + [0x0A]
    }
    return bytes
  }

  /// What the client's end says: a shell's codes, as docker's.
  static func endAttached(_ reaped: ProcessEnd, kind: RuntimeChoice) -> RunEnd {
    var end = reaped
    if case .exited(let code) = reaped.cause {
      if code == 125 { return .neverRan(.engineFailed(reason: "'\(kind.rawValue) run' ended with 125")) }
      if code > 128, code < 128 + 65 { end.cause = .signalled(code - 128) }
    }
    return .ran(end, leftover: 0)
  }

  /// Passes a signal on by the engine, in a thread: it takes a while.
  func signalAttached(_ container: String, _ number: Int32) {
    if number == SignalNumber.kill { return removals.add(container) }
    removals.run(["kill", "--signal", "\(number)", container])
  }
}
