import Jobs
import Operations
import Platform
import Spool

/// `bobbin submit`.
enum SubmitCommand {
  static let command = Command(
    name: "submit", usage: ["[options] FILE…", "[options] -", "[options] -- COMMAND ARG…"],
    summary: "puts jobs into the inbox, durably, and prints their ids",
    options: [.init("--name", "N", "the id, exactly this one: exit 73 if it is taken")] + SubmitOptions.job + [
      SubmitOptions.clean,
      .init("--wait", nil, "wait for the jobs, print their output, exit as they do"),
    ],
    notes: """
      A FILE is checked first; its stem is the id, or STEM~n where that is taken in any folder. '-' reads one JSON object
      or one a line (NDJSON). '--' makes a job of a command line, in the current folder and with your PATH; these and
      those of '-' are called job-TIME-RANDOM unless --name says otherwise.

      Without options a FILE is published byte for byte. An option replaces that key of the file (--env adds to it), and
      the JSON is then written anew. At the first job that is not good it stops: exit 65; those before it stay published,
      their ids are printed.

      With --wait the exit code is the job's (of several, that of the first that did not succeed): 128 + n for signal n,
      124 timed out, 65 refused, 1 whatever else went wrong.
      """,
    examples: [
      ("bobbin submit report.json", "publishes it as 'report'"),
      ("bobbin submit --name nightly --retry 3 -- ./backup.sh --full", "a command line as a job"),
      ("bobbin submit --wait -- make test", "runs it through the spool and passes its exit code on"),
    ],
    operands: 1...Int.max, takesCommand: true, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let options = try SubmitOptions(call)
    if call.arguments.command != nil, !call.arguments.operands.isEmpty {
      throw call.usage("give files or '-- COMMAND', not both")
    }
    if call.arguments.operands.contains("-"), call.arguments.operands.count > 1 {
      throw call.usage("'-' stands alone")
    }
    if options.name != nil, call.arguments.operands.count > 1 { throw call.usage("--name names one job, not several") }
    if options.isClean, call.arguments.command == nil { throw call.usage("--clean belongs to '-- COMMAND'") }
    if let command = call.arguments.command, command.isEmpty { throw call.usage("a command is missing after '--'") }
    let access = try call.openSpool()
    var batch = SubmitBatch(try Submission(access))
    do {
      if let command = call.arguments.command {
        let draft = try JobDraft(
          stem: options.name ?? generated(&call), command: command,
          directory: options.isClean ? nil : call.context.currentFolder,
          path: options.isClean || options.changes.env.contains { $0.name == "PATH" }
            ? nil : call.context.environment("PATH"),
          changes: options.changes, exactly: options.name != nil, limit: batch.limit)
        try batch.add(draft, call)
      } else if call.arguments.operands == ["-"] {
        try submitInput(&call, options, &batch)
      } else {
        for path in call.arguments.operands {
          try batch.add(draft(ofFile: path, options, limit: batch.limit), call)
        }
      }
      try batch.publish(call)
    } catch {
      var failure = error
      do { try batch.publish(call) } catch { failure = error }  // those before it
      try writeJSON(batch.ids, call)
      let count = call.arguments.operands.count
      if count > 1, !batch.ids.isEmpty {
        call.console.note("bobbin: \(batch.ids.count) of \(count) files were submitted before this one, none after it")
      }
      throw failure
    }
    try writeJSON(batch.ids, call)
    try call.console.flush()
    return options.waits ? try JobFollower.run(batch.ids, access, call) : ExitCode.success
  }

  private static func draft(ofFile path: String, _ options: SubmitOptions, limit: Int) throws -> JobDraft {
    var draft: JobDraft
    let bytes = try JobFileReader.read(path: path, limit: limit)
    do throws(Refusal) {
      // The content first: what is no job at all is not told that its name is bad.
      draft = try JobDraft(
        stem: options.name ?? JobID(unchecked: "job"), reading: bytes, changes: options.changes,
        exactly: options.name != nil, limit: limit)
    } catch {
      throw Failure(
        ExitCode.badData, Sentences.place(of: error, in: path),
        hint: TaskReviewer.isTask(bytes) ? "it is a task: 'bobbin task add \(Visible.text(path))' takes it" : nil)
    }
    if options.name == nil {
      do { draft.stem = try JobFileReader.stem(ofPath: path) } catch {
        throw Failure(
          ExitCode.badData, Sentences.place(of: error, in: path), hint: "--name N gives it another name")
      }
    }
    return draft
  }

  private static func submitInput(
    _ call: inout Invocation, _ options: SubmitOptions, _ batch: inout SubmitBatch
  ) throws {
    let most = 256 << 20
    let input = try call.context.readInput(most)
    if input.count > most { throw Failure(ExitCode.badData, "standard input has more than 256 MiB") }
    let pieces = JobLines.split(input)
    if options.name != nil, pieces.count > 1 { throw call.usage("--name names one job, not several") }
    for (line, bytes) in pieces {
      let draft: JobDraft
      do {
        draft = try JobDraft(
          stem: options.name ?? generated(&call), reading: bytes, changes: options.changes,
          exactly: options.name != nil, limit: batch.limit)
      } catch {
        try batch.publish(call)
        throw Failure(
          ExitCode.badData, Sentences.place(of: error.moved(byLines: line - 1), in: "standard input"),
          hint: batch.ids.isEmpty
            ? nil : "the \(Amounts.count(batch.ids.count, "job", "jobs")) before it are submitted")
      }
      try batch.add(draft, call)
    }
  }

  private static func generated(_ call: inout Invocation) -> JobID {
    GeneratedID.make(at: call.context.now(), using: &call.context.generator)
  }

  private static func writeJSON(_ ids: [JobID], _ call: Invocation) throws {
    guard call.json, !call.arguments.has("--wait") else { return }
    try call.console.put(JSONText.ids(ids))
  }
}
