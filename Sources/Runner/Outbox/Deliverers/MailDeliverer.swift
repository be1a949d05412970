import Jobs
import Platform
import Runtimes
import Scheduling

/// Hands a message to the machine's sendmail(8), which takes it from there. Its exit code is one of sysexits.h.
struct MailDeliverer {
  /// The most that the files of one mail may have together, bytes: more is taken by few servers.
  static let mostAttached = 10 << 20
  /// Where sendmail is on machines whose PATH does not have it.
  private static let usualPath = "/usr/sbin:/usr/lib"
  /// EX_USAGE, EX_DATAERR, EX_NOINPUT, EX_NOUSER, EX_NOHOST: of this message, and for good.
  private static let finalCodes: Set<Int32> = [64, 65, 66, 67, 68]

  let delivery: Delivery
  let from: MailAddress
  let secrets: [Secret]

  func deliver() -> DeliveryReport {
    let message = delivery.message
    guard let address = message.address else {
      return DeliveryReport(.final, "no-address", "there is no address behind the channel's name in 'to'")
    }
    guard let to = MailAddress(address) else {
      return DeliveryReport(.final, "bad-address", "the address is not one plain address of a mailbox")
    }
    let attachments: [MailText.Attachment]
    switch Self.attachments(message.files) {
    case .success(let read): attachments = read
    case .failure(let problem): return DeliveryReport(.final, problem.code, problem.reason)
    }
    let mail = MailText(
      from: from, to: to, subject: MailText.subject(of: message), text: message.text, attachments: attachments,
      identity: "\(delivery.spoolID)\n\(delivery.arrivedAt.text)\n\(delivery.envelope.id)", host: Self.host,
      attempt: delivery.envelope.attempt, date: delivery.arrivedAt)
    let environment = delivery.environment(secrets)
    let path = environment.last { $0.name == "PATH" }?.value ?? JobEnvironment.defaultPath
    let run = DeliveryProgram(
      program: delivery.program(["sendmail", "-i", "-t"], environment, searchPath: "\(path):\(Self.usualPath)"),
      input: mail.bytes(), reads: .error, timeout: delivery.channel.timeout.wholeNanoseconds, grace: delivery.grace,
      control: delivery.control, mark: delivery.mark)
    return delivery.report(of: run, secrets: secrets, meaning: Self.report)
  }

  static func report(_ cause: ProcessEnd.Cause) -> DeliveryReport {
    switch cause {
    case .exited(0): .delivered
    case .exited(AttemptOutcome.exitLater): DeliveryReport(.again(after: nil), "later", "sendmail cannot take it now")
    case .exited(let code) where finalCodes.contains(code):
      DeliveryReport(.final, "exit", "sendmail refused it with code \(code)")
    case .exited(let code): DeliveryReport(.again(after: nil), "exit", "sendmail exited with code \(code)")
    case .signalled(let number):
      DeliveryReport(.again(after: nil), "signal", "sendmail was ended by \(SignalName.name(of: number))")
    }
  }

  struct Problem: Error {
    let code: String
    let reason: String
  }

  /// Reads the files, never through a link.
  private static func attachments(_ paths: [String]) -> Result<[MailText.Attachment], Problem> {
    var attachments: [MailText.Attachment] = []
    var room = mostAttached
    for path in paths {
      let slash = path.lastIndex(of: "/") ?? path.startIndex
      let name = String(path[path.index(after: slash)...])
      do throws(SystemError) {
        let file = try Folder(path: path[..<slash].isEmpty ? "/" : String(path[..<slash])).open(name)
        guard try file.status().kind == .file else {
          return .failure(Problem(code: "file-missing", reason: "'\(path)' is not a regular file"))
        }
        let bytes = try file.readAll(limit: room)
        room -= bytes.count
        guard room >= 0 else {
          return .failure(
            Problem(
              code: "too-big",
              reason:
                "the files have more than \(ByteCount(Int64(mostAttached))) together, which is as much as is mailed"))
        }
        attachments.append(MailText.Attachment(name: name, bytes: bytes))
      } catch {
        return .failure(Problem(code: "file-missing", reason: "'\(path)' cannot be read: \(error.reason)"))
      }
    }
    return .success(attachments)
  }

  /// The machine's name as far as it can stand in a `Message-ID`.
  private static var host: String {
    let isName = Machine.hostName.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D || $0 == 0x2E
    }
    return isName && !Machine.hostName.isEmpty ? Machine.hostName : "localhost"
  }
}
