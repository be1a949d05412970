import Jobs

/// Makes tasks of the entries of a crontab: what cron does with them, said in the keys of a task.
///
/// Pure. What cannot be carried over is left out and noted, never changed in silence.
public struct CrontabTranslator {
  /// The longest file of a task, bytes: what a runner reads of a job by default.
  private static let maxTaskBytes = 1 << 20

  /// What the file is called in the tasks' descriptions.
  public var file: String
  /// Whether a user stands in each entry.
  public var hasUsers: Bool
  /// The name of the user who will run the tasks.
  public var user: String
  /// That user's home; nil: nobody knows.
  public var home: String?
  /// The most that all tasks take, bytes: each has all variables in it, so a file of 1 MiB could become many thousand times
  /// as much. 100,000 plain entries are 60 MiB.
  var maxBytes = 256 << 20
  /// Why a time cannot be, five fields or a word such as `@daily`; nil: it can.
  private let cronProblem: (String) -> Refusal?
  /// Why a zone cannot be used; nil: it can.
  private let zoneProblem: (String) -> String?

  public init(
    file: String, hasUsers: Bool = false, user: String, home: String?, cronProblem: @escaping (String) -> Refusal?,
    zoneProblem: @escaping (String) -> String?
  ) {
    self.file = file
    self.hasUsers = hasUsers
    self.user = user
    self.home = home
    self.cronProblem = cronProblem
    self.zoneProblem = zoneProblem
  }

  /// Translates a crontab.
  /// - Throws: what `CrontabReader.read` does; `too-big` for what would become too much.
  public func translate(_ bytes: [UInt8]) throws(Refusal) -> CrontabTranslation {
    var work = Work(variables: CrontabVariables(home: home?.utf8.first == UInt8(ascii: "/") ? home : nil))
    var (good, bad) = (0, 0)
    var bytesLeft = maxBytes
    for line in try CrontabReader(hasUsers: hasUsers).read(bytes) {
      if line.hadCarriageReturn { work.noteOnce(line.number, .carriageReturns, as: "carriage return") }
      switch line.content {
      case .blank, .comment: break
      case .setting(let name, let value):
        good += 1
        guard let what = work.variables.set(name, value) else { continue }
        work.noteOnce(line.number, what, as: "\(name)=\(value)")
      case .bad(let fault):
        bad += 1
        work.note(line.number, .bad(fault))
      case .entry(let entry):
        if let what = add(entry, of: line, to: &work) {
          if case .badSchedule = what { bad += 1 } else { good += 1 }
          work.note(line.number, what)
        } else {
          good += 1
          bytesLeft -= work.translation.tasks.last?.bytes.count ?? 0
          if bytesLeft < 0 {
            throw Refusal(
              code: .tooBig, reason: "its tasks would take more than \(ByteCount.format(ByteCount(Int64(maxBytes))))",
              line: line.number)
          }
        }
      }
    }
    work.translation.isCrontab = good > 0 || bad == 0
    return work.translation
  }

  private struct Work {
    var translation = CrontabTranslation()
    var variables: CrontabVariables
    var names = CrontabNames()
    private var said: Set<String> = []

    init(variables: CrontabVariables) { self.variables = variables }

    mutating func note(_ line: Int, _ what: CrontabNote.What) {
      translation.notes.append(CrontabNote(line: line, what))
    }

    mutating func noteOnce(_ line: Int, _ what: CrontabNote.What, as key: String) {
      if said.insert(key).inserted { note(line, what) }
    }
  }

  /// Adds the task of an entry; answers why it is left out.
  private func add(_ entry: CrontabEntry, of line: CrontabLine, to work: inout Work) -> CrontabNote.What? {
    if let owner = entry.user, owner != user { return .otherUser(owner) }
    if entry.schedule.utf8.contains(UInt8(ascii: "~")) { return .randomRange(schedule: entry.schedule) }
    if let refusal = cronProblem(entry.schedule) { return .badSchedule(refusal) }
    let isReboot = entry.schedule == "@reboot"
    let zone = isReboot ? nil : work.variables.zone
    if let zone, let problem = zoneProblem(zone) { return .badZone(zone, problem: problem) }
    let input = CrontabInput(entry.command)
    guard input.command.utf8.contains(where: { $0 != 0x20 && $0 != 0x09 }) else { return .bad(.noCommand) }
    guard line.isEnded else { return .bad(.noLineBreak) }

    let job = job(input, work.variables)
    do throws(Refusal) { _ = try Job.read(Self.document(job)) } catch { return .badJob(error) }
    var members = [Self.schedule(entry.schedule, zone), JSONMember("job", JSONNode(.object(job)))]
    if !isReboot {
      // cron does not make up for a time, and starts a second run beside the first. Both mean nothing at a boot.
      members.append(JSONMember("missed", JSONNode(.string("skip"))))
      members.append(JSONMember("overlap", JSONNode(.string("allow"))))
      if work.variables.delay > 0 {
        members.append(JSONMember("jitter", JSONNode(.string("\(work.variables.delay)m"))))
      }
    }
    let origin = "line \(line.number) of \(file): \(Self.bounded(line.text))"
    members.append(JSONMember("description", JSONNode(.string(origin))))
    let bytes = Self.document(members)
    if bytes.count > Self.maxTaskBytes {
      return .badJob(Refusal(code: .tooBig, reason: "the task would be larger than 1 MiB"))
    }

    let program = CrontabProgram(of: input.command)
    if input.hasDoubledBackslash { work.note(line.number, .doubledBackslash) }
    if !work.variables.hasPath, program.isSearched { work.noteOnce(line.number, .defaultPath, as: "no PATH") }
    if work.variables.home == nil { work.noteOnce(line.number, .noHome, as: "no HOME") }
    let stem = program.stem
    work.translation.tasks.append(
      CrontabTask(
        line: line.number, stem: stem, name: work.names.next(stem), schedule: entry.schedule, timezone: zone,
        command: input.command, bytes: bytes))
    return nil
  }
}
