import Jobs
import Platform

/// Writes the tasks of a crontab into a folder of tasks, each once: an entry that is there from an earlier time is not
/// written again, and nothing is overwritten.
public struct CrontabImport {
  /// What became of an entry.
  public enum Outcome: Equatable, Sendable {
    /// It was written. `beside`: a task with the same command at other times, which was there before.
    case written(name: String, beside: String?)
    /// A task that differs in its description at most is there.
    case thereAlready(name: String)
    /// A task with its command at its times is there, and differs otherwise: a person has changed it, or the settings above
    /// the entry were others. It would run twice, so it is not written.
    case differs(from: String)
  }

  private let folder: TaskFolder
  private var names = CrontabNames()
  private var waiting: ArraySlice<(task: CrontabTask, there: Outcome?)>
  /// Names of the tasks that were there and are none of the entries, by what they run.
  private var others: [[UInt8]: [String]] = [:]

  /// Reads what is in the folder, and finds the entries that are among it.
  /// - Throws: `system`.
  public init(_ tasks: [CrontabTask], into folder: TaskFolder) throws(OperationError) {
    self.folder = folder
    var known: [[UInt8]: [(name: String, task: Compared)]] = [:]
    do throws(SystemError) {
      for file in try folder.files() {
        guard let task = Compared(file.bytes) else { continue }
        known[task.command, default: []].append((file.name, task))
      }
    } catch { throw .system(error) }
    // A task stands for one entry: cron runs a line twice that is there twice. All that are the same come first, so that
    // none of them is taken for the changed form of another.
    var found: [Outcome?] = Array(repeating: nil, count: tasks.count)
    let compared = tasks.map { Compared($0.bytes) }
    for isExact in [true, false] {
      for (index, new) in compared.enumerated() {
        guard found[index] == nil, let new else { continue }
        let place = known[new.command]?.firstIndex { isExact ? $0.task == new : $0.task.schedule == new.schedule }
        guard let place, let name = known[new.command]?.remove(at: place).name else { continue }
        found[index] = isExact ? .thereAlready(name: name) : .differs(from: name)
      }
    }
    others = known.mapValues { $0.map(\.name) }
    waiting = zip(tasks, found).map { ($0, $1) }[...]
  }

  /// Writes the next task; it is on the disk when this returns. Nil: there is none left.
  /// - Throws: `system`.
  public mutating func next() throws(OperationError) -> (task: CrontabTask, outcome: Outcome)? {
    guard let (task, there) = waiting.popFirst() else { return nil }
    if let there { return (task, there) }
    while true {
      let name = names.next(task.stem)
      guard try folder.add(name: name, bytes: task.bytes) else { continue }
      let beside = Compared(task.bytes).flatMap { others[$0.command]?.first }
      return (task, .written(name: name, beside: beside))
    }
  }

  /// What two tasks are compared by: everything but the description, which has the line's number in it.
  private struct Compared: Equatable {
    let schedule: JSONNode
    /// `run` and `stdin`, as compact JSON.
    let command: [UInt8]
    private let members: [JSONMember]

    /// Nil: the bytes are no task that could be compared.
    init?(_ bytes: [UInt8]) {
      guard let root = try? JSONReader.read(bytes), case .object(let all) = root.value,  // a bad one runs nothing
        let schedule = root.member("schedule"), let job = root.member("job"), let run = job.member("run")
      else { return nil }
      self.schedule = schedule
      let work = [run] + (job.member("stdin").map { [$0] } ?? [])
      command = CompactJSON(JSONNode(.array(work))).bytes
      members = all.filter { $0.key != "description" }
    }

    static func == (a: Compared, b: Compared) -> Bool { a.members == b.members }
  }
}
