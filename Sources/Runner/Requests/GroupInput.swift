import Jobs
import Observability
import Platform
import Spool

/// What is said to a running job: files in `ipc/GROUP/input/`. The job acknowledges each by making `taken/NAME`; what it has
/// not taken by its end becomes new work of the group. Nothing is deleted: what was taken goes to `done/ipc/GROUP/`, what is no
/// message to `errors/ipc/GROUP/`.
final class GroupInput {
  private static let close = "_close"
  /// Files of a group that something is done with in one go: who floods the folder waits for the next.
  private static let most = 256
  /// The largest file.
  private static let mostBytes = 1 << 20
  /// The longest name that is kept as it is, in bytes; of a longer one its hash.
  private static let longestStem = 200

  private let core: Core
  private let files: RequestFiles
  private let homes: JobHomes
  private let hasAgent: (GroupName) -> Bool
  /// Groups of which more is to be done by itself.
  private var unfinished: Set<GroupName> = []
  /// When `taken/` is listed. A container may have put any number of files there.
  private var listings: [GroupName: ScanPolicy] = [:]
  /// When a job of a group was last seen running, time of day: what was said before that it may have seen.
  private var ranAt: [GroupName: Int64] = [:]
  /// A job was made in the inbox.
  var made: (_ file: String) -> Void = { _ in }

  init(_ core: Core, hasAgent: @escaping (GroupName) -> Bool) {
    self.core = core
    self.hasAgent = hasAgent
    files = RequestFiles(folders: core.folders, disk: core.disk)
    homes = JobHomes(core.folders)
  }

  /// Nothing is left that becomes work, or is refused, without anybody's doing.
  var isIdle: Bool { unfinished.isEmpty }

  /// A run of the group ended, or was cut short with an earlier runner.
  func ran(_ group: GroupName) { ranAt[group] = core.wall }

  /// Files away what was taken, and makes work of the rest if no job of the group is there to take it.
  func look(at group: GroupName, isRunning: Bool) {
    unfinished.remove(group)
    if isRunning { ranAt[group] = core.wall }
    core.keepGoing { () throws(SystemError) in
      guard let input = try files.folder("input", of: group), let taken = try files.folder("taken", of: group) else {
        return
      }
      let makesWork = !isRunning && hasAgent(group)
      var done = 0
      for name in try input.names().sorted() where RequestGroup.isRequest(name.utf8) {
        guard done < Self.most else {
          unfinished.insert(group)
          break
        }
        let stem = String(name.dropLast(5))
        if try isTaken(name, stem, from: input, taken) || (stem == Self.close && !isRunning) {
          try fileAway(name, from: input, of: group, in: .doneRequests)
          try? taken.remove(stem)  // a container's own folder: what it put there in its place is its own affair
          done += 1
        } else if makesWork, stem != Self.close {
          if try makeWork(of: name, stem, from: input, of: group) { done += 1 }
        }
      }
      if !isRunning { try clear(taken, of: group, besides: input) }
    }
  }

  /// Whether it was acknowledged. An older file of that name was meant for another message, before a crash or by itself.
  private func isTaken(_ name: String, _ stem: String, from input: Folder, _ taken: Folder) throws(SystemError) -> Bool
  {
    guard let acknowledged = try taken.status(stem), let said = try input.status(name) else { return false }
    if acknowledged.changed >= said.changed { return true }
    try? taken.remove(stem)  // as above
    return false
  }

  /// Acknowledgements of what is filed away already: a crash came in between. Some at a time: what is removed changes the
  /// folder, so that the next scan goes on.
  private func clear(_ taken: Folder, of group: GroupName, besides input: Folder) throws(SystemError) {
    let status = try taken.descriptor.status()
    let start = core.now
    var listing = listings[group] ?? ScanPolicy()
    guard listing.shouldList(status, continuous: start, wall: core.wall) else { return }
    for name in try taken.names(atMost: Self.most) where try !input.has(JobFile.job(name)) {
      try? taken.remove(name)  // a folder stays
    }
    listing.listed(status, at: start, took: core.now - start)
    listings[group] = listing
  }

  /// False: nothing is done with it now.
  private func makeWork(of name: String, _ stem: String, from input: Folder, of group: GroupName) throws(SystemError)
    -> Bool
  {
    guard let status = try input.status(name) else { return false }
    // The same name may come again with something else; the time that it was written stays through a crash.
    let id = "\(group.text)-\(stem)-\(status.modified)"
    let (reading, _) = try DropReader(maxBytes: Self.mostBytes).look(
      at: Array(name.utf8), in: input,
      isQuiet: core.wall - status.changed >= core.settings.quiet.wholeNanoseconds
    ) { (bytes) throws(Refusal) in
      try IncomingMessage.read(saidTo: group, bytes, named: id, routes: core.settings.routes)
    }
    switch reading {
    case .ready(var message):
      // Who saw it may have acted on it and not come to say so.
      if let ran = ranAt[group], status.changed <= ran {
        message.attempt = min((message.attempt ?? 1) + 1, IncomingMessage.mostAttempts)
      }
      try makeWork(of: message, stem, of: group)
    case .refused(let refusal):
      core.log.write(.warn, "input-bad", "input/\(name) of group '\(group)' is no message: \(refusal.reason)")
      let kept = try fileAway(name, from: input, of: group, in: .failedRequests)
      _ = try core.writer.write(
        RequestAnswer.refused(stem, refusal), as: JobFile.result(String(kept.dropLast(5))),
        in: files.subfolder(of: .failedRequests, group))
      return true
    case .unsettled:
      unfinished.insert(group)
      return false
    case .beingWritten, .gone: return false
    }
    try fileAway(name, from: input, of: group, in: .doneRequests)
    return true
  }

  private func makeWork(of message: IncomingMessage, _ stem: String, of group: GroupName) throws(SystemError) {
    var job = Job(run: .shell(""))
    job.message = message
    let bytes = job.encode()
    let name =
      (try? JobID(stem: Array("\(group.text).\(stem)".utf8)))
      ?? JobID(unchecked: "\(group.text).input-\(Fingerprint.of([stem]))")
    // The job's name follows from the input's, so that after a crash in between it is found.
    var number = 1
    while let home = try homes.home(of: name.numbered(number)) {
      let file = JobFile.job(name.numbered(number).text)
      // Its result may be all there is. How often it was told may be known better now than when it was made.
      let own = try? core.folders[home].open(file).readAll(limit: bytes.count + 1024)
      if let own, let made = try? Job.read(own).message, made.isSame(as: message) { return }
      number += 1
    }
    let file = JobFile.job(name.numbered(number).text)
    try core.writer.writeDurably(bytes, as: file, in: core.folders[.inbox])
    core.log.write(
      .info, "input-not-taken", "'\(stem)' was not taken by a job of group '\(group)': it becomes one")
    made(file)
  }

  /// input → done/ipc/GROUP or errors/ipc/GROUP, under the first number that is free. It may be gone.
  @discardableResult
  private func fileAway(
    _ name: String, from input: Folder, of group: GroupName, in end: SpoolPlace
  ) throws(SystemError) -> String {
    let place = try files.subfolder(of: end, group)
    let stem = String(name.dropLast(5))
    let target = JobID(unchecked: "input-\(stem.utf8.count > Self.longestStem ? Fingerprint.of([stem]) : stem)")
    var number = 1
    while true {
      let free = JobFile.job(target.numbered(number).text)
      do throws(SystemError) {
        try core.disk.move(name, from: input, to: place, as: free)
        return free
      } catch {
        if error.isMissing { return free }
        guard error.isTaken else { throw error }
        number += 1
      }
    }
  }
}
