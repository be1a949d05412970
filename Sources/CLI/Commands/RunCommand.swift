import Jobs
import Observability
import Operations
import Platform
import Runner
import Spool

/// `bobbin run`.
enum RunCommand {
  static let command = Command(
    name: "run", usage: ["[--drain [--until T]] [--slots N] [--scan-interval D] [--take-over]"],
    summary: "runs the jobs of a spool, in the foreground",
    options: [
      .init("--drain", nil, "end when nothing runs and nothing becomes due by itself"),
      .init("--until", "T", "with --drain: end at this time at the latest (RFC 3339)"),
      .init("--slots", "N", "jobs at a time; else the setting, else as many as processors"),
      .init("--scan-interval", "D", "between two looks without a notification, 50ms to 1h; else the setting"),
      .init("--take-over", nil, "run again what a runner on another machine had claimed"),
    ],
    notes: """
      SIGTERM and Ctrl-C claim nothing more, give running jobs time to end, then stop them; what was stopped runs again
      the next time. A second one stops at once. SIGHUP reads the settings again, SIGUSR1 writes a status into
      logs/bobbin.log. With --drain the exit code is 0 if every job that finished succeeded, else 1; what stays is named.
      """,
    examples: [
      ("bobbin run", "until Ctrl-C"), ("bobbin run --drain --slots 4", "works the spool off, four jobs at a time"),
    ],
    operands: 0...0, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    var options = RunnerOptions(spool: call.spoolPath)
    options.drain = call.arguments.has("--drain")
    options.until = try call.timestamp("--until")
    if options.until != nil, !options.drain { throw call.usage("--until belongs to --drain") }
    options.slots = try call.integer("--slots", 1...1024)
    options.scanInterval = try call.duration("--scan-interval")
    if let interval = options.scanInterval, !(.milliseconds(50)...(.seconds(3600))).contains(interval) {
      throw call.usage("--scan-interval takes 50ms to 1h")
    }
    options.takeOver = call.arguments.has("--take-over")
    options.terminal = terminal(call.console)
    if call.console.errorIsTerminal {
      let path = (try? FileSystem.realPath(options.spool)) ?? options.spool  // not there: the runner says so
      call.console.note(
        "bobbin: the spool is \(Visible.text(path))"
          + (options.drain ? "" : "; drop jobs into its inbox, Ctrl-C stops"))
    }
    let summary: RunnerSummary
    do { summary = try RunnerProgram.run(options) } catch {
      guard case .spool(.busy) = error else { throw error }
      // The first one is named, if it says who it is.
      let first = try? call.openSpool().runnerPresence()
      throw OperationError.spool(
        .busy(first?.pid.map { "process \($0) on \(first?.host ?? "this host")" } ?? call.spoolPath))
    }
    return try finish(summary, call, isDrain: options.drain)
  }

  /// Says what stays after a drain; answers the exit code.
  static func finish(_ summary: RunnerSummary, _ call: Invocation, isDrain: Bool) throws -> Int32 {
    if isDrain {
      for (name, reason) in summary.left {
        call.console.note("bobbin: left: \(Visible.text(name)): \(Visible.text(reason))")
      }
    }
    if call.json {
      try call.console.put(
        JSONText.document { writer in
          writer.beginObject()
          writer.member("finished", summary.finished)
          writer.member("failed", summary.failed)
          writer.key("left")
          writer.beginArray()
          for (name, reason) in summary.left {
            writer.beginObject()
            writer.member("id", name)
            writer.member("reason", reason)
            writer.endObject()
          }
          writer.endArray()
          writer.member("endedBySignal", summary.endedBySignal)
          writer.endObject()
        })
    } else if call.console.errorIsTerminal {
      let failed = summary.failed == 0 ? "" : ", \(summary.failed) not successfully"
      call.console.note("bobbin: \(Amounts.count(summary.finished, "job", "jobs")) finished\(failed)")
    }
    return isDrain && summary.failed > 0 ? ExitCode.no : ExitCode.success
  }

  /// A person who reads along; nil where there is no terminal: then only errors are said, by the exit.
  static func terminal(_ console: Console) -> LogTerminal? {
    guard console.errorIsTerminal else { return nil }
    return LogTerminal(
      write: { Terminal.write($0, to: 2) }, colour: console.colourError, width: { Terminal.width },
      utcOffset: { Clock.utcOffset($0) })
  }
}
