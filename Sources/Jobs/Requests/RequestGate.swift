/// What becomes of a request: what the host does for it, or why not. Pure; the files it makes are named after the request, so
/// that what was done and not noted is not done again.
public struct RequestGate {
  /// One thing that the host does.
  public enum Effect: Sendable, Equatable {
    /// A message to the outside; files are below the asker's folder.
    case message(id: JobID, to: String, text: String, files: [String])
    /// A job file in the inbox; of several with its name in the request.
    case job(JobID, [UInt8], name: String?)
    /// `anyones`, here and below: also one that a person made.
    case cancelJob(JobID, anyones: Bool)
    /// A task file; over the one that is there if it is an update and that one was asked for too.
    case task(String, [UInt8], isUpdate: Bool)
    case pauseTask(String, anyones: Bool)
    case resumeTask(String, anyones: Bool)
    case removeTask(String, anyones: Bool)
    /// A job file in the inbox, of what the task says.
    case runTask(String, as: JobID, anyones: Bool)
  }

  /// The group whose folder the request lay in.
  public var asker: GroupName
  /// Settings of a group; nil: it has none.
  public var settings: (GroupName) -> GroupSettings?
  public var spool: Settings

  public init(asker: GroupName, spool: Settings, settings: @escaping (GroupName) -> GroupSettings?) {
    self.asker = asker
    self.settings = settings
    self.spool = spool
  }

  private var rights: Rights { asker.text == Rights.main ? .all : settings(asker)?.rights ?? Rights() }

  /// - Parameter id: of the request.
  /// - Throws: `not-permitted`, and what `OriginGate` throws.
  public func admit(_ request: Request, id: String) throws(Refusal) -> [Effect] {
    let own = "\(asker.text).\(id)"
    switch request.action {
    case .message(let to, let text, let files):
      try mayReach(to)
      return [.message(id: JobID(unchecked: own), to: to, text: text, files: files)]
    case .job(let job):
      let admitted = try admit(job, what: "job", rights.jobs)
      return [.job(try name(own), admitted.encode(), name: nil)]
    case .jobs(let jobs): return try admit(jobs, own)
    case .cancel(let id):
      guard isReached(id.text, rights.jobs) else {
        throw refusal("job", "the job \(quoted(id.text)) is not the group's to end")
      }
      return [.cancelJob(id, anyones: rights.jobs.isAny)]
    case .schedule(let name, let draft, let isUpdate):
      var job = try admit(draft.task.job, what: "task.job", rights.tasks)
      let group = job.group ?? asker
      job.group = group
      return [.task(try task(name, of: group), draft.encode(with: job), isUpdate: isUpdate)]
    case .pause(let name, let group):
      return [.pauseTask(try task(name, ofOther: group), anyones: rights.tasks.isAny)]
    case .resume(let name, let group):
      return [.resumeTask(try task(name, ofOther: group), anyones: rights.tasks.isAny)]
    case .run(let name, let group):
      return [.runTask(try task(name, ofOther: group), as: try self.name(own), anyones: rights.tasks.isAny)]
    case .remove(let name, let group):
      return [.removeTask(try task(name, ofOther: group), anyones: rights.tasks.isAny)]
    }
  }

  /// Whether all of it is about the group's own jobs and tasks, or a message.
  public func isOwn(_ request: Request) -> Bool {
    switch request.action {
    case .message: true
    case .job(let job): job.group ?? asker == asker
    case .jobs(let jobs): jobs.allSatisfy { $0.job.group ?? asker == asker }
    case .cancel(let id): id.text.hasPrefix(asker.text + ".")
    case .schedule(_, let draft, _): draft.task.job.group ?? asker == asker
    case .pause(_, let group), .resume(_, let group), .run(_, let group), .remove(_, let group): group ?? asker == asker
    }
  }

  /// Whether what came of a group's jobs may be told to this one: its own, and of those that it may ask for.
  public func mayKnow(of group: GroupName) -> Bool {
    group == asker || rights.jobs.contains(group.text) || rights.tasks.contains(group.text)
  }

  // MARK: jobs

  private func admit(_ jobs: [Request.NamedJob], _ own: String) throws(Refusal) -> [Effect] {
    let names = Set(jobs.map(\.name))
    var effects: [Effect] = []
    for named in jobs {
      var job = named.job
      // Its own siblings by the names that they have here.
      if var after = job.after {
        after.jobs = after.jobs.map { names.contains($0.text) ? JobID(unchecked: "\(own).\($0.text)") : $0 }
        job.after = after
      }
      let admitted = try admit(job, what: "jobs.\(named.name)", rights.jobs)
      effects.append(.job(try name("\(own).\(named.name)"), admitted.encode(), name: named.name))
    }
    return effects
  }

  /// The job as the host writes it: a new one, of the group of the folder or of one that this group may ask for.
  private func admit(_ asked: Job, what: String, _ reach: Rights.Reach) throws(Refusal) -> Job {
    var job = asked
    let group = asked.group ?? asker
    if group != asker, !reach.contains(group.text) {
      throw refusal("\(what).group", "nothing in 'may' of group '\(asker.text)' reaches to group '\(group.text)'")
    }
    // What a job waits for it is told the result of.
    for id in asked.after?.jobs ?? [] where !isReached(id.text, rights.jobs) {
      throw refusal("\(what).after", "the job \(quoted(id.text)) is not the group's to wait for")
    }
    job.group = group
    job.origin = "ipc"
    do throws(Refusal) {
      try OriginGate.check(job, for: job.chosenRuntime, group: settings(group), settings: spool)
    } catch {
      var refusal = error
      refusal.key = refusal.key.map { "\(what).\($0)" }
      throw refusal
    }
    return job
  }

  private func name(_ text: String) throws(Refusal) -> JobID {
    do throws(Refusal) { return try JobID(stem: Array(text.utf8)) } catch {
      throw Refusal(code: .badName, reason: "the job would be called so: \(error.reason)", key: "id")
    }
  }

  // MARK: tasks

  private func task(_ name: String, ofOther group: GroupName?) throws(Refusal) -> String {
    let group = group ?? asker
    guard group == asker || rights.tasks.contains(group.text) else {
      throw refusal("group", "nothing in 'may' of group '\(asker.text)' reaches to tasks of group '\(group.text)'")
    }
    return try task(name, of: group)
  }

  private func task(_ name: String, of group: GroupName) throws(Refusal) -> String {
    do throws(Refusal) { return try TaskName.read(Array("\(group.text).\(name)".utf8)) } catch {
      throw Refusal(code: .badName, reason: "the task would be called so: \(error.reason)", key: "name")
    }
  }

  // MARK: reach

  private func mayReach(_ to: String) throws(Refusal) {
    let channel = String(decoding: to.utf8.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
    let own = settings(asker)?.channels ?? []
    guard !channel.isEmpty else {
      throw Refusal(
        code: .badValue, reason: "bad value for 'to': expected channel:address, found \(quoted(to))", key: "to")
    }
    // An answer goes where the question came from.
    let chat = String(decoding: to.utf8.dropFirst(channel.utf8.count + 1), as: UTF8.self)
    let isOwnChat =
      spool.routes.first { $0.fits(channel: channel, chat: chat) }?.group == asker
      || (UTF8Text.same(channel, IncomingMessage.groupChannel) && UTF8Text.same(chat, asker.text))
    let isOwn = own.contains { UTF8Text.same($0, to) || UTF8Text.same($0, channel) }
    guard isOwnChat || rights.messages.contains(channel) || isOwn else {
      throw refusal("to", "\(quoted(to)) is not among the 'channels' of group '\(asker.text)'")
    }
  }

  /// Whether a job is the group's own, or one of a group that it reaches. The name of a group has no dot.
  private func isReached(_ id: String, _ reach: Rights.Reach) -> Bool {
    if reach.isAny { return true }
    let group = String(id.prefix { $0 != "." })
    guard id.contains(".") else { return false }
    return group == asker.text || reach.contains(group)
  }

  private func refusal(_ key: String, _ reason: String) -> Refusal {
    Refusal(code: .notPermitted, reason: "not permitted: \(reason)", key: key)
  }
}
