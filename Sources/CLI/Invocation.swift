import Jobs
import Operations
import Platform
import Spool

/// One call of a command: its arguments and what they mean.
struct Invocation {
  let command: Command
  let arguments: Arguments
  var context: Context

  var console: Console { context.console }
  var json: Bool { arguments.has("--json") }

  /// The spool's path: `--spool`, else `BOBBIN_SPOOL`, else `./spool`.
  var spoolPath: String {
    if let path = arguments.value("--spool") { return path }
    if let path = context.environment("BOBBIN_SPOOL"), !path.isEmpty { return path }
    return "spool"
  }

  func openSpool() throws(OperationError) -> SpoolAccess { try SpoolAccess(path: spoolPath, now: context.now) }

  /// A fault in how the command was called.
  func usage(_ message: String) -> Failure { Arguments.usage("bobbin \(command.name): \(message)", command.name) }

  // MARK: - Values

  func duration(_ name: String) throws(Failure) -> Duration? {
    guard let text = arguments.value(name) else { return nil }
    guard let duration = DurationText.parse(text) else {
      throw usage("\(name) takes a duration such as 90s, 5m, 1h30m: '\(Visible.text(text))' is none")
    }
    return duration
  }

  func size(_ name: String) throws(Failure) -> ByteCount? {
    guard let text = arguments.value(name) else { return nil }
    guard let count = ByteCount.parse(text), count.bytes > 0 else {
      throw usage("\(name) takes a size such as 512m, 2g or a number of bytes: '\(Visible.text(text))' is none")
    }
    return count
  }

  func integer(_ name: String, _ range: ClosedRange<Int>) throws(Failure) -> Int? {
    guard let text = arguments.value(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      let most = range.upperBound == .max ? "up" : "to \(range.upperBound)"
      throw usage("\(name) takes a whole number from \(range.lowerBound) \(most): '\(Visible.text(text))' is none")
    }
    return number
  }

  func timestamp(_ name: String) throws(Failure) -> Timestamp? {
    guard let text = arguments.value(name) else { return nil }
    guard let time = Timestamp(rfc3339: text) else {
      throw usage(
        "\(name) takes a time with its offset such as 2026-11-20T12:00:00+01:00: '\(Visible.text(text))' is none")
    }
    return time
  }

  func group(_ name: String = "--group") throws(Failure) -> GroupName? {
    guard let text = arguments.value(name) else { return nil }
    do { return try GroupName(validating: text) } catch { throw usage("\(name): \(error.reason)") }
  }

  // MARK: - Selection

  /// The jobs that are meant: ids, `-` for ids from standard input, `--group G` or `--all`.
  mutating func selection() throws -> Selection {
    var ids: [SelectedJob] = []
    var hasRead = false
    for operand in arguments.operands {
      guard operand == "-" else {
        ids.append(SelectedJob(operand))
        continue
      }
      if hasRead { throw usage("standard input ('-') can be read once only") }
      hasRead = true
      let input = try context.readInput(64 << 20)
      for line in input.split(separator: UInt8(ascii: "\n")) {
        var text = String(decoding: line, as: UTF8.self)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        if !text.isEmpty { ids.append(SelectedJob(text, isExact: true)) }
      }
    }
    let isAll = arguments.has("--all")
    if let group = try group() {
      if !arguments.operands.isEmpty { throw usage("ids and --group exclude each other") }
      return .group(group)
    }
    if isAll {
      if !arguments.operands.isEmpty { throw usage("ids and --all exclude each other") }
      return .all
    }
    if arguments.operands.isEmpty {
      throw usage("which jobs? Give ids, '-' for ids from standard input, --group or --all")
    }
    return .ids(ids)
  }

  /// Says that a job is not there, and what is.
  func sayMissing(_ selected: SelectedJob, in access: SpoolAccess) throws {
    switch try access.id(selected) {
    case .failure(let refusal): console.note("bobbin: '\(Visible.text(selected.text))' is no id: \(refusal.reason)")
    case .success(let id) where try access.hasTask(id.text):
      let name = Visible.text(id.text)
      console.note("bobbin: no job '\(name)' in \(Visible.text(spoolPath)): it is a task")
      console.note("  'bobbin task show \(name)' tells about it")
    case .success(let id):
      let near = try access.near(id).map { "'\(Visible.text($0.text))'" }
      let hint = near.isEmpty ? "" : "; there is \(near.joined(separator: ", "))"
      console.note("bobbin: no job '\(Visible.text(id.text))' in \(Visible.text(spoolPath))\(hint)")
    }
  }

  /// A task's name that was typed: its rules are checked before it is used as a name of a file.
  func taskName(_ text: String) -> Result<String, Refusal> {
    var text = text
    // What the shell completes in tasks/.
    if text.hasSuffix(".json"), text.utf8.count > 5 { text.removeLast(5) }
    do { return .success(try TaskName.read(Array(text.utf8))) } catch { return .failure(error) }
  }

  /// Says that a task is not there, and what is.
  func sayMissingTask(_ text: String, in access: SpoolAccess) throws {
    switch taskName(text) {
    case .failure(let refusal): console.note("bobbin: '\(Visible.text(text))' is no name of a task: \(refusal.reason)")
    case .success(let name):
      let hint = try access.nearTask(name).map { "; there is '\(Visible.text($0))'" } ?? ""
      console.note("bobbin: no task '\(Visible.text(name))' in \(Visible.text(spoolPath))\(hint)")
    }
  }

  /// Says once that nothing will move, if no runner runs.
  func sayIfNoRunner(_ access: SpoolAccess) throws {
    if try !access.runnerPresence().isAlive { sayNoRunner() }
  }

  func sayNoRunner() { console.note("bobbin: no runner runs on this spool; 'bobbin run' starts one") }

  /// Says to who waits that the runner that was there is gone.
  func sayIfEnded(_ runner: inout RunnerWatch) throws {
    if try runner.hasEnded() { console.note("bobbin: the runner has ended; 'bobbin run' goes on") }
  }
}
