import Jobs
import Observability
import Platform
import Spool

/// What is said to a running job: files in `ipc/GROUP/input/`. The job acknowledges each by making `taken/NAME`; what it has
/// not taken by its end becomes new work of the group. Nothing is deleted: what was taken goes to `done/ipc/GROUP/`.
final class GroupInput {
  private static let close = "_close"
  /// Files of a group that are looked at in one go: who floods the folder waits for the next.
  private static let most = 256

  private let core: Core
  private let files: RequestFiles
  private let hasAgent: (GroupName) -> Bool

  init(_ core: Core, hasAgent: @escaping (GroupName) -> Bool) {
    self.core = core
    self.hasAgent = hasAgent
    files = RequestFiles(folders: core.folders, disk: core.disk)
  }

  /// Files away what was taken, and makes work of the rest if no job of the group is there to take it.
  func look(at group: GroupName, isRunning: Bool) {
    core.keepGoing { () throws(SystemError) in
      guard let input = try files.folder("input", of: group), let taken = try files.folder("taken", of: group) else {
        return
      }
      for name in try input.names().sorted().prefix(Self.most) where RequestGroup.isRequest(name.utf8) {
        let stem = String(name.dropLast(5))
        if taken.has(stem) || (stem == Self.close && !isRunning) {
          try fileAway(name, from: input, of: group)
          try? taken.remove(stem)  // a container's own folder: what it put there in its place is its own affair
        } else if !isRunning, hasAgent(group), stem != Self.close {
          try makeWork(of: name, from: input, of: group)
        }
      }
    }
  }

  private func makeWork(of name: String, from input: Folder, of group: GroupName) throws(SystemError) {
    guard let status = try input.status(name), status.kind == .file, status.size <= 1 << 20 else { return }
    let bytes = try input.open(name).readAll(limit: 1 << 20)
    guard let node = try? JSONReader.read(bytes), case .string(let text)? = node.member("text")?.value else {
      core.log.write(.warn, "input-bad", "input/\(name) of group '\(group)' is no message: it is left alone")
      return
    }
    var id = "\(group.text)-\(name.dropLast(5))"
    if case .string(let own)? = node.member("id")?.value { id = own }
    var message = IncomingMessage(channel: IncomingMessage.groupChannel, chat: group.text, text: text)
    // What came from a chat of the group goes on as that, so that it can be answered.
    if case .string(let channel)? = node.member("channel")?.value, case .string(let chat)? = node.member("chat")?.value,
      core.settings.routes.first(where: { $0.fits(channel: channel, chat: chat) })?.group == group
    {
      (message.channel, message.chat) = (channel, chat)
    }
    message.id = id
    if case .string(let from)? = node.member("from")?.value { message.from = from }
    var job = Job(run: .shell(""))
    job.message = message
    // The name follows from the input's: after a crash in between it is there.
    let file = JobFile.job("\(group.text).\(name.dropLast(5))")
    if try TaskFiles(folders: core.folders, disk: core.disk).home(of: JobID(unchecked: String(file.dropLast(5)))) == nil
    {
      try core.writer.writeDurably(job.encode(), as: file, in: core.folders[.inbox])
      core.log.write(.info, "input-not-taken", "'\(name)' was not taken by a job of group '\(group)': it becomes one")
    }
    try fileAway(name, from: input, of: group)
  }

  private func fileAway(_ name: String, from input: Folder, of group: GroupName) throws(SystemError) {
    let done = try files.subfolder(of: .doneRequests, group)
    var number = 1
    while true {
      let free = JobFile.job(JobID(unchecked: "input-\(name.dropLast(5))").numbered(number).text)
      do throws(SystemError) { return try core.disk.move(name, from: input, to: done, as: free) } catch {
        if error.isMissing { return }
        guard error.isTaken else { throw error }
        number += 1
      }
    }
  }
}
