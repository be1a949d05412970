import Jobs
import Observability
import Platform
import Spool

/// Makes work of messages: the agent of their group, with what was said before; and tells chats whose work failed.
final class MessageWork {
  private let core: Core
  private let files: MessageFiles
  private let chats: Chats

  init(_ core: Core) {
    self.core = core
    files = MessageFiles(folders: core.folders, disk: core.disk)
    chats = Chats(core)
  }

  /// What a message comes to.
  enum Outcome {
    case work(Job)
    /// No work: it is settled like this.
    case settled(Jobs.Outcome)
  }

  /// - Throws: what was said cannot be noted now.
  func resolve(_ job: Job, _ group: GroupSettings?, attempt: Int) throws(SystemError) -> Outcome {
    guard let message = job.message else { return .work(job) }
    guard let agent = group?.agent else {
      try chats.keep(message)
      return .settled(
        Jobs.Outcome(
          Refusal(
            code: .noAgent,
            reason:
              "group '\(job.group?.text ?? "")' has nothing to run for messages; expected 'agent' in its settings",
            key: "message")))
    }
    // What was said to the group itself is for it.
    guard message.channel == IncomingMessage.groupChannel || group?.isTriggered(by: message.text) ?? true else {
      try chats.keep(message)
      return .settled(
        Jobs.Outcome(
          .succeeded, code: "no-trigger", reason: "it is kept for the next message that has the group's trigger"))
    }
    var work = job.asWork(
      of: agent, after: try chats.begin(message, attempt: attempt), session: group?.session.name(for: job),
      attempt: attempt)
    // An agent is isolated unless its group is one of processes.
    if work.runtime == .auto, group?.host != true, work.image == nil, group?.image == nil { work.runtime = .sandbox }
    return .work(work)
  }

  /// Work for a message came to its end.
  func ended(_ record: JobRecord) {
    guard let chat = record.chat, let id = record.messageID, let outcome = record.outcome else { return }
    if outcome.status.isSuccess, outcome.code != "no-trigger" {
      chats.answered(chat, id)
    } else {
      chats.failed(chat, id)
    }
  }

  /// The result of failed work is about to show: first the chat is told, under a name that follows from the job, so that
  /// whoever does this again after a crash does it once.
  ///
  /// - Throws: it cannot be told now, and the result is not to show before it is.
  func willFail(_ record: JobRecord) throws(SystemError) {
    // Nobody outside said what was said to a group itself: its result is all there is to see.
    guard let chat = record.chat, !chat.hasPrefix(IncomingMessage.groupChannel + ":"), core.settings.tellFailures,
      let outcome = record.outcome, !outcome.status.isSuccess
    else { return }
    do {
      var message = try OutgoingMessage(
        to: chat, text: "Your message could not be dealt with (\(outcome.status.rawValue)).")
      (message.group, message.job) = (record.group, record.id)
      _ = try files.publish(message, as: JobID(unchecked: "failed.\(record.id.text)"))
    } catch let error as SystemError {
      throw error
    } catch {
      core.log.write(.error, "chat-not-told", job: record.id.text, "its failure cannot be told: \(error)")
    }
  }
}
