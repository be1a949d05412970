import Jobs
import Platform
import Runtimes

/// One attempt at one message: all that a deliverer needs to know. It is handed to another thread.
struct Delivery: Sendable {
  /// With the id and the attempt.
  let envelope: MessageEnvelope
  let channel: Channel
  /// When the message arrived, and when the attempt is made.
  let arrivedAt: Timestamp
  let startedAt: Timestamp
  /// Between SIGTERM and SIGKILL, ns.
  let grace: Int64
  /// Names this spool among others.
  let spoolID: String
  /// The channel's own folder, empty: where its program runs. And its path.
  let workshop: Folder
  let workshopPath: String
  let control: DeliveryControl

  var message: OutgoingMessage { envelope.message }

  /// Makes the attempt; blocks until it is over.
  func deliver(_ store: SecretStore = SecretStore()) -> DeliveryReport {
    if control.isStopping { return DeliveryReport(.stopped, "stopped", "the runner was told to end") }
    for path in message.files where ((try? FileSystem.status(path: path)) ?? nil)?.kind != .file {
      return DeliveryReport(.final, "file-missing", "'\(path)' is not a regular file that is there")
    }
    let secrets: [Secret]
    do throws(SecretRefusal) { secrets = try store.read(secretNames) } catch {
      return DeliveryReport(.notReady, error.code.rawValue, error.reason)
    }
    switch channel.deliverer {
    case .command(let command): return CommandDeliverer(delivery: self, command: command, secrets: secrets).deliver()
    case .file(let folder): return FileDeliverer(delivery: self, path: folder).deliver()
    case .mail(let from): return MailDeliverer(delivery: self, from: from, secrets: secrets).deliver()
    case .kept: return .delivered
    case .webHook(let hook): return WebHookDeliverer(delivery: self, hook: hook, secrets: secrets).deliver()
    }
  }

  private var secretNames: [String] {
    guard case .webHook(let hook) = channel.deliverer else { return channel.secrets }
    return hook.secretHeaders.map(\.value) + (hook.secret.map { [$0] } ?? [])
  }

  // MARK: its program

  var mark: DeliveryMark { DeliveryMark(spool: spoolID, channel: message.channel.text, message: envelope.id) }

  /// The runner's four variables, the channel's own, its secrets.
  func environment(_ secrets: [Secret] = []) -> [EnvEntry] {
    JobEnvironment.ofRunner().filter { entry in
      !channel.env.contains { $0.name == entry.name } && !secrets.contains { $0.name == entry.name }
    } + channel.env + secrets.map { EnvEntry($0.name, $0.value) }
  }

  /// A program of the channel.
  ///
  /// - Parameter searchPath: where it is looked for; nil: in the channel's PATH, else the runner's.
  func program(_ words: [String], _ environment: [EnvEntry], searchPath: String? = nil) -> Program {
    let path = searchPath ?? environment.last { $0.name == "PATH" }?.value ?? JobEnvironment.defaultPath
    return Program(
      paths: ProcessRuntime.candidates(for: words.first ?? "", searchPath: path), arguments: words,
      environment: (environment + [EnvEntry(DeliveryMark.name, mark.value)]).map { "\($0.name)=\($0.value)" },
      folder: .open(workshop))
  }

  /// Runs a program that is given the message, and tells what came of it with the ends of its standard error.
  ///
  /// - Parameter meaning: what its own end means.
  func report(
    of run: DeliveryProgram, secrets: [Secret], meaning: (ProcessEnd.Cause) -> DeliveryReport
  ) -> DeliveryReport {
    var output = BoundedOutput(secrets.isEmpty ? nil : Redactor(secrets))
    let end: DeliveryProgram.End
    do throws(StartFailure) {
      end = try run.run { bytes in
        output.take(bytes)
        return true
      }
    } catch { return Self.report(error) }
    var report = DeliveryReport(end, timeout: channel.timeout) ?? .delivered
    if case .ended(let cause) = end {
      report = meaning(cause)
      report.note(cause)
    }
    report.output = output.finish()
    return report
  }

  /// What a program that could not be started means.
  static func report(_ failure: StartFailure) -> DeliveryReport {
    switch failure {
    case .notFound(let name):
      DeliveryReport(
        .notReady, "program-missing", "\(quoted(name)) was not found, or the interpreter in its first line")
    default: DeliveryReport(.notReady, failure.code, failure.reason)
    }
  }
}
