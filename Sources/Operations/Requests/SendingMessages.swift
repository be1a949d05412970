import Jobs
import Platform
import Spool

/// A message from outside that may be put into the inbox, and what will become of it.
public struct OutsideMessage: Equatable, Sendable {
  /// The job's file, as an adapter would write it.
  public var draft: JobDraft
  /// Whose chat it is.
  public var group: GroupName
  /// Whether the group's settings say what is run for messages.
  public var hasAgent: Bool
  /// The group's trigger, where the text does not have it: the message is kept for the next one that does.
  public var missingTrigger: String?
}

extension SpoolAccess {
  /// Makes the job of a message.
  ///
  /// - Parameter stem: its id, or a numbered one if that is taken.
  /// - Returns: `no-route` and what else the runner would refuse, before anything is written.
  /// - Throws: `settings` of `settings.json`, `system`.
  public func draft(
    _ message: IncomingMessage, stem: JobID
  ) throws(OperationError) -> Result<OutsideMessage, Refusal> {
    let (settings, _) = try readSettings()
    var writer = JSONWriter(.pretty, capacity: 512)
    writer.beginObject()
    writer.key("message")
    message.encode(&writer, attempt: nil)
    writer.endObject()
    let (draft, group): (JobDraft, GroupName)
    do throws(Refusal) {
      draft = try JobDraft(stem: stem, reading: writer.line(), limit: Int(settings.maxJobBytes.bytes))
      let job = try Job.read(draft.bytes).routed(by: settings.routes)
      guard let own = job.group else { return .failure(Refusal(code: .noRoute, reason: "no route leads to a group")) }
      group = own
    } catch { return .failure(error) }
    let read: Result<GroupSettings, Refusal>?
    do throws(SystemError) { read = try groupSettings(group) } catch { throw .system(error) }
    var outside = OutsideMessage(draft: draft, group: group, hasAgent: false)
    if case .success(let own)? = read {
      outside.hasAgent = own.agent != nil
      if !own.isTriggered(by: message.text) { outside.missingTrigger = own.trigger }
    }
    return .success(outside)
  }
}
