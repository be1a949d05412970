import Jobs
import Platform
import Runtimes
import Scheduling

/// Posts a message to a web hook through curl(1), which gets everything on standard input and the body in a file without a
/// name: nothing of it is in an argument, the environment or on the disk.
struct WebHookDeliverer {
  /// What curl gets beyond its own time-out to say that it was one, ns.
  private static let slack: Int64 = 2_000_000_000

  let delivery: Delivery
  let hook: WebHook
  let secrets: [Secret]

  func deliver() -> DeliveryReport {
    let body = Array(delivery.envelope.line().dropLast())
    let headers: [(name: String, value: String)]
    switch self.headers(body) {
    case .success(let all): headers = all
    case .failure(let refusal): return DeliveryReport(.notReady, refusal.code.rawValue, refusal.reason)
    }
    let file: Descriptor
    do throws(SystemError) { file = try FileSystem.memoryFile(body) } catch {
      return Delivery.report(.exhausted(error))
    }
    let timeout = delivery.channel.timeout.wholeNanoseconds
    let config = CurlConfig(url: hook.url, headers: headers, body: file.number, timeout: Self.seconds(timeout))
    // First `--disable`: the user's .curlrc is not ours.
    var program = delivery.program(["curl", "--disable", "--config", "-"], delivery.environment())
    program.kept = [file]
    let run = DeliveryProgram(
      program: program, input: config.text, reads: .output, timeout: timeout + Self.slack, grace: delivery.grace,
      control: delivery.control, mark: delivery.mark)
    var answer: [UInt8] = []
    let end: DeliveryProgram.End
    do throws(StartFailure) {
      end = try run.run { bytes in
        answer.append(contentsOf: bytes.prefix(HTTPAnswer.limit - answer.count))
        return answer.count < HTTPAnswer.limit
      }
    } catch { return Delivery.report(error) }
    return report(end, answer)
  }

  // MARK: the request

  /// What goes beside the body. The failure is a secret that cannot be in a header.
  private func headers(_ body: [UInt8]) -> Result<[(name: String, value: String)], SecretRefusal> {
    var all = [
      ("Idempotency-Key", MailWords.percent(delivery.envelope.id, keeping: Self.visible)),
      ("X-Bobbin-Attempt", "\(delivery.envelope.attempt)"),
    ]
    if let name = hook.secret, let secret = value(of: name) {
      let time = delivery.startedAt.nanoseconds / 1_000_000_000
      let mark = SHA256.authenticate(Array("\(time).".utf8) + body, key: Array(secret.utf8))
      all.append(("X-Bobbin-Signature", "t=\(time),v1=\(SHA256.hex(mark))"))
    }
    all += hook.headers.map { ($0.name, $0.value) }
    for header in hook.secretHeaders {
      guard let value = value(of: header.value) else { continue }
      guard value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }) else {
        return .failure(
          SecretRefusal(
            .unsafe, "the secret '\(header.value)' has line breaks or control characters, and is for a header"))
      }
      all.append((header.name, value))
    }
    return .success(all)
  }

  private func value(of name: String) -> String? { secrets.first { $0.name == name }?.value }

  /// What may stand in `Idempotency-Key` as it is: visible ASCII, but for the sign of the encoding itself.
  private static let visible = "!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~"

  /// ns as curl takes seconds.
  private static func seconds(_ nanoseconds: Int64) -> String {
    let milliseconds = String(nanoseconds / 1_000_000 % 1000)
    return "\(nanoseconds / 1_000_000_000)." + String(repeating: "0", count: 3 - milliseconds.count) + milliseconds
  }

  // MARK: the answer

  /// A server that says 2xx took it, whatever became of the rest of its answer.
  private func report(_ end: DeliveryProgram.End, _ bytes: [UInt8]) -> DeliveryReport {
    if let answer = HTTPAnswer(bytes), end != .stopped || (200...299).contains(answer.status) {
      var report = Self.report(answer, now: delivery.startedAt)
      report.httpStatus = answer.status
      if report.outcome != .delivered { report.output = BoundedOutput.text(answer.body, redactor) }
      return report
    }
    if let report = DeliveryReport(end, timeout: delivery.channel.timeout) { return report }
    guard case .ended(let cause) = end else {
      return DeliveryReport(.again(after: nil), "bad-answer", "the server's answer is no HTTP")
    }
    var report = Self.report(cause)
    report.note(cause)
    return report
  }

  /// What a status means.
  static func report(_ answer: HTTPAnswer, now: Timestamp) -> DeliveryReport {
    let status = answer.status
    let reason = "the server answered \(status)"
    switch status {
    case 200...299: return .delivered
    case 300...399:
      return DeliveryReport(.final, "redirect", "\(reason): it points elsewhere, and no redirect is followed")
    case 408, 425, 429, 500...599:
      let asked = [429, 503].contains(status) ? answer.retryAfter.flatMap { RetryAfter.parse($0, now: now) } : nil
      return DeliveryReport(.again(after: asked), "http-\(status)", reason)
    default: return DeliveryReport(.final, "http-\(status)", reason)
    }
  }

  /// Why curl has no answer, by its exit codes (curl(1), EXIT CODES). Its words are not shown: they have the address in them.
  static func report(_ cause: ProcessEnd.Cause) -> DeliveryReport {
    switch cause {
    case .exited(6): DeliveryReport(.again(after: nil), "not-reached", "the server's name is not known")
    case .exited(7): DeliveryReport(.again(after: nil), "not-reached", "the server does not answer")
    case .exited(28): DeliveryReport(.again(after: nil), "timed-out", "the server took longer than the timeout")
    case .exited(35), .exited(51), .exited(53), .exited(54), .exited(58), .exited(59), .exited(60), .exited(77),
      .exited(90), .exited(91):
      DeliveryReport(.again(after: nil), "tls", "no secure connection was made: its certificate, or ours, is not good")
    case .exited(52), .exited(0):
      DeliveryReport(.again(after: nil), "bad-answer", "the server answered nothing that is HTTP")
    case .exited(let code): DeliveryReport(.again(after: nil), "curl", "curl ended with code \(code)")
    case .signalled(let number):
      DeliveryReport(.again(after: nil), "signal", "curl was ended by \(SignalName.name(of: number))")
    }
  }

  /// A server may repeat what it was told.
  private var redactor: Redactor? {
    Redactor(
      secrets + hook.headers.map { Secret(name: $0.name, value: $0.value) }
        + (hook.url.target.utf8.count > 1 ? [Secret(name: "url", value: hook.url.target)] : []))
  }
}
