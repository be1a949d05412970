/// What a container asks for: a file that it wrote into its group's folder, as it was read once. It says nothing about who
/// asks: that is the folder's to say (DESIGN §1, 7).
public struct Request: Sendable, Equatable {
  /// The folder of `ipc/GROUP/` that it was written in.
  public enum Kind: String, Sendable, CaseIterable {
    case messages, tasks, jobs
  }

  /// What it asks for.
  public enum Action: Sendable, Equatable {
    /// Send this to `channel:address`. Files are paths below the group's folder.
    case message(to: String, text: String, files: [String])
    /// Run this.
    case job(Job)
    /// Run these, which may name each other in `after`.
    case jobs([NamedJob])
    /// End a job.
    case cancel(JobID)
    /// Make, or replace, a task.
    case schedule(String, TaskDraft, isUpdate: Bool)
    /// Put a task aside, let it go on, or remove it. The group is nil for one's own.
    case pause(String, of: GroupName?)
    case resume(String, of: GroupName?)
    case remove(String, of: GroupName?)
    /// Run a task's job now, beside its times.
    case run(String, of: GroupName?)
  }

  /// A job of several.
  public struct NamedJob: Sendable, Equatable {
    public var name: String
    public var job: Job
  }

  /// A task that is asked for, and its members but for the job as they were written.
  public struct TaskDraft: Sendable, Equatable {
    public var task: ScheduledTask
    public var members: [JSONMember]

    /// The file of the task, with this job in it.
    func encode(with job: Job) -> [UInt8] {
      var writer = JSONWriter(.pretty, capacity: 1024)
      writer.beginObject()
      for member in members {
        writer.key(member.key)
        writer.value(member.node.value)
      }
      writer.key("job")
      writer.raw(CompactJSON.of(job).bytes)
      writer.endObject()
      return writer.line()
    }
  }

  /// `id`; nil: the file's stem.
  public var id: String?
  public var action: Action
  /// `wait`: the results are to be told too; default false.
  public var waits = false

  /// The most bytes of a request's id and of a name within it.
  public static let maxNameBytes = 64
  /// What `isName` asks for, for messages.
  public static let nameRule =
    "1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit first, not ending in "
    + JobID.reservedSuffixes.joined(separator: " ")
  /// The most jobs that one asks for.
  public static let maxJobs = 200
  /// The most files of a message.
  public static let maxFiles = 20

  /// Whether a text may be an id, or the name of a job or task within a group: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`, without
  /// the endings of what lies beside a job: the result of the request `x` is `x.result.json`.
  public static func isName(_ text: some BidirectionalCollection<UInt8>) -> Bool {
    guard let first = text.first, text.count <= maxNameBytes, UTF8Text.isAlphanumeric(first),
      !JobID.reservedSuffixes.contains(where: { text.suffix($0.utf8.count).elementsEqual($0.utf8) })
    else { return false }
    return text.allSatisfy { UTF8Text.isAlphanumeric($0) || "._-".utf8.contains($0) }
  }
}
