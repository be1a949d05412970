import Jobs
import Operations

/// The options of `submit`, checked.
struct SubmitOptions {
  /// Those that set keys of the job.
  static let job: [Command.Option] = [
    .init("--group", "G", "the job's group"),
    .init("--priority", "N", "-100 to 100, higher first"),
    .init("--timeout", "D", "ends the job after this long"),
    .init("--retry", "N", "attempts in all"),
    .init("--key", "K", "idempotency key within the group"),
    .init("--after", "ID", "starts after that job has succeeded", repeats: true),
    .init("--not-before", "T", "starts no earlier (RFC 3339)"),
    .init("--env", "A=B", "a variable of the job", repeats: true),
  ]
  static let clean = Command.Option("--clean", nil, "with --: leave the current folder and PATH behind")

  var changes = JobChanges()
  var name: JobID?
  var isClean: Bool
  var waits: Bool

  init(_ call: Invocation) throws(Failure) {
    isClean = call.arguments.has("--clean")
    waits = call.arguments.has("--wait")
    if let text = call.arguments.value("--name") {
      do { name = try JobID(stem: Array(text.utf8)) } catch { throw call.usage("--name: \(error.reason)") }
    }
    changes.group = try call.group()
    changes.priority = try call.integer("--priority", -100...100)
    if let timeout = try call.duration("--timeout") {
      guard timeout > .zero else { throw call.usage("--timeout takes a duration longer than 0") }
      changes.timeout = DurationText.format(timeout)
    }
    changes.retry = try call.integer("--retry", 1...1000)
    if let key = call.arguments.value("--key") {
      guard (1...Job.maxKeyBytes).contains(key.utf8.count) else {
        throw call.usage("--key takes 1 to \(Job.maxKeyBytes) bytes")
      }
      changes.key = key
    }
    for text in call.arguments.values("--after") {
      do { changes.after.append(try JobID(derived: Array(text.utf8))) } catch {
        throw call.usage("--after: \(error.reason)")
      }
    }
    changes.notBefore = try call.timestamp("--not-before")
    for text in call.arguments.values("--env") {
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw call.usage("--env takes NAME=VALUE: '\(Visible.text(text))' is none")
      }
      changes.env.append(EnvEntry(String(text[..<equals]), String(text[text.index(after: equals)...])))
    }
  }
}
