import Jobs
import Operations
import Platform

/// `bobbin crontab`.
enum CrontabCommand {
  static let command = Command(
    name: "crontab", usage: ["[options] FILE", "[options] -"],
    summary: "makes tasks of the entries of a crontab, and says what it could not carry over",
    options: [
      .init("--output", "DIR", "writes the tasks into this folder instead, made if it is missing"),
      .init("--print", nil, "shows the tasks and writes nothing"),
      .init("--system", nil, "a user stands behind each time, as in /etc/crontab and /etc/cron.d"),
    ],
    notes: """
      Reads what crontab(5) of Debian's cron and of cronie means and writes a file into tasks/ for each entry, one line
      each: name, time, command. What cannot be carried over is said with its line and left out, the rest is written. An
      entry that is there already is not written again, and nothing is overwritten: a name that is taken gets a number.

      A task does what cron does: times that pass while no runner runs are skipped ("missed": "skip"), and a run starts
      also while the one before it still runs ("overlap": "allow"). Better for most: without these two lines the newest
      time that passed is made up for, and a run that takes too long does not pile up beside itself.

      Not as with cron: no mail is sent, what a job prints is in its result; PATH is the runner's unless the crontab sets
      it; LOGNAME and USER are set only where the line itself names them; a run cut short by the machine's end is run
      again, unless "rerun": false stands in its job.

      cron keeps its own copy and goes on with it: comment the lines out there, or remove them all with 'crontab -r'.

      Exit 0 if every entry is a task now, 1 if something was left out, 65 if FILE is no crontab at all.
      """,
    examples: [
      ("crontab -l | bobbin crontab --print -", "what would become of your crontab"),
      ("crontab -l | bobbin crontab -", "makes its entries tasks of the spool"),
      ("sudo -Hu www bobbin crontab --system --output tasks /etc/cron.d/site", "the entries of 'www', into a folder"),
    ], operands: 1...1, run: run)

  static func run(_ call: inout Invocation) throws -> Int32 {
    let (path, folder, isPrint) = (
      call.arguments.operands[0], call.arguments.value("--output"), call.arguments.has("--print")
    )
    if isPrint, folder != nil { throw call.usage("--print writes nothing, so --output has nothing to do") }
    let file = path == "-" ? "standard input" : path
    let limit = CrontabReader.maxBytes
    let bytes = path == "-" ? try call.context.readInput(limit) : try JobFileReader.read(path: path, limit: limit)
    let translation: CrontabTranslation
    do throws(Refusal) { translation = try translator(file, call).translate(bytes) } catch {
      throw Failure(ExitCode.badData, Sentences.place(of: error, in: file))
    }
    guard translation.isCrontab else {
      if let first = translation.notes.first { call.console.note(CrontabText.line(first, in: file)) }
      throw Failure(ExitCode.badData, "\(Visible.text(file)) is no crontab: no line of it is an entry or a setting")
    }
    var report = CrontabReport(translation, file: file)
    if isPrint {
      try report.show(call)
    } else {
      // A folder that cannot be made, a spool that is not there: told before anything else.
      let target = try folder.map { try TaskFolder(path: $0) } ?? call.openSpool().taskFolder()
      try report.write(into: target, call)
      if folder == nil, !report.results.isEmpty {
        let place = call.arguments.has("--system") ? "comment these entries out in \(Visible.text(file))" : reminder
        call.console.note("bobbin: cron still has its own copy and goes on with it: \(place)")
      }
    }
    return report.notes.contains(where: \.isLoss) ? ExitCode.no : ExitCode.success
  }

  private static let reminder = "comment the lines out with 'crontab -e', or remove them all with 'crontab -r'"

  private static func translator(_ file: String, _ call: Invocation) -> CrontabTranslator {
    CrontabTranslator(
      file: file, hasUsers: call.arguments.has("--system"), user: Machine.userName(Machine.user),
      home: call.context.environment("HOME"), cronProblem: cronProblem,
      zoneProblem: { call.context.zones.problem($0) })
  }

  /// Why a time cannot be.
  private static func cronProblem(_ text: String) -> Refusal? {
    do throws(Refusal) {
      _ = try CronLine.read(text)
      return nil
    } catch { return error }
  }
}
