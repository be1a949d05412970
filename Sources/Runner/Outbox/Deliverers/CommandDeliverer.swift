import Jobs
import Platform
import Runtimes
import Scheduling

/// Gives a message to a program: one JSON object on standard input. Exit 0: delivered; 75: later; 65: never; any other, and a
/// signal: tried again.
struct CommandDeliverer {
  /// sysexits.h EX_DATAERR: this message will never go.
  static let exitBadData: Int32 = 65

  let delivery: Delivery
  let command: [String]
  let secrets: [Secret]

  func deliver() -> DeliveryReport {
    // What the attempt before left.
    do throws(SystemError) { try Tree.empty(delivery.workshop) } catch {
      return DeliveryReport(.notReady, "workshop-unusable", "the channel's folder cannot be emptied: \(error.reason)")
    }
    let result = delivery.workshopPath + "/" + ScratchPool.resultName
    let environment =
      delivery.environment(secrets) + [
        EnvEntry("BOBBIN_RESULT", result), EnvEntry("BOBBIN_MESSAGE_ID", delivery.envelope.id),
        EnvEntry("BOBBIN_ATTEMPT", "\(delivery.envelope.attempt)"),
      ]
    let run = DeliveryProgram(
      program: delivery.program(command, environment), input: delivery.envelope.line(), reads: .error,
      timeout: delivery.channel.timeout.wholeNanoseconds, grace: delivery.grace, control: delivery.control,
      mark: delivery.mark)
    return delivery.report(of: run, secrets: secrets) { cause in
      Self.report(cause, retryAfter: RunOutcome.retryAfter(ResultValue.read(from: delivery.workshop).value))
    }
  }

  /// What an end means. `retryAfter` counts of one that said "later".
  static func report(_ cause: ProcessEnd.Cause, retryAfter: Duration?) -> DeliveryReport {
    switch cause {
    case .exited(0): .delivered
    case .exited(AttemptOutcome.exitLater):
      DeliveryReport(.again(after: retryAfter), "later", "its program asked to be called again later")
    case .exited(exitBadData): DeliveryReport(.final, "bad-data", "its program says that this message will never go")
    case .exited(let code): DeliveryReport(.again(after: nil), "exit", "its program exited with code \(code)")
    case .signalled(let number):
      DeliveryReport(.again(after: nil), "signal", "its program was ended by \(SignalName.name(of: number))")
    }
  }
}
