import Jobs
import Platform
import Spool

/// The spool as a whole.
public struct StatusReport: Equatable, Sendable {
  /// A folder's jobs and what is ignored in it.
  public struct State: Equatable, Sendable {
    public var place: SpoolPlace
    public var count: Int
    public var ignored: [StateListing.Ignored]

    public init(place: SpoolPlace, count: Int, ignored: [StateListing.Ignored] = []) {
      self.place = place
      self.count = count
      self.ignored = ignored
    }
  }

  /// A group that starts nothing.
  public struct PausedGroup: Equatable, Sendable {
    public var group: GroupName
    public var reason: String

    public init(group: GroupName, reason: String) {
      self.group = group
      self.reason = reason
    }
  }

  /// What `tasks/` holds.
  public struct Tasks: Equatable, Sendable {
    /// Those that are due at times, paused, and without a version that was ever good.
    public var (scheduled, paused, bad) = (0, 0, 0)
    /// Those whose file is not good while a version before it is in force.
    public var outdated = 0
    /// The one that is due next, and when.
    public var next: (task: String, time: TaskTime)?

    public init() {}

    public static func == (a: Tasks, b: Tasks) -> Bool {
      a.scheduled == b.scheduled && a.paused == b.paused && a.bad == b.bad && a.outdated == b.outdated
        && a.next?.task == b.next?.task && a.next?.time == b.next?.time
    }
  }

  public var path: String
  public var runner: RunnerPresence
  /// Nil: not paused.
  public var paused: String?
  public var pausedGroups: [PausedGroup] = []
  public var states: [State] = []
  /// Nil: there are none, or nobody asked.
  public var tasks: Tasks?
  /// Nil: none wait, and none was refused.
  public var requests: Requests?
  /// Nil: there are none.
  public var outbox: Outbox?
  /// What is wrong with `settings.json`; nil: nothing.
  public var settingsRefusal: Refusal?
  /// What is wrong with files of groups, by their names.
  public var groupRefusals: [String: Refusal] = [:]
  /// What this machine has to keep jobs apart; nil: not asked.
  public var isolation: Isolation?
  /// Container engines that are installed, in the order in which they are asked.
  public var engines: [RuntimeChoice] = []
  /// The limits on all of a job's processes; empty: not asked.
  public var limits: [HeldLimit] = []
  public var free: ByteCount
  public var minFree: ByteCount
  /// The newest in errors, newest first.
  public var failures: [JobEntry] = []

  public init(path: String, runner: RunnerPresence, free: ByteCount, minFree: ByteCount) {
    self.path = path
    self.runner = runner
    self.free = free
    self.minFree = minFree
  }
}

extension SpoolAccess {
  /// Looks at everything once. Costs a listing of each folder, and a read of each task.
  ///
  /// - Parameter zones: for the next time of a task; nil: tasks are not looked at.
  public func status(failures limit: Int = 5, zones: TaskZones? = nil) throws(SystemError) -> StatusReport {
    let settings = try settingsOrDefaults()
    var report = StatusReport(
      path: (try? FileSystem.realPath(folders.path)) ?? folders.path,  // gone meanwhile: as it was named
      runner: try runnerPresence(), free: ByteCount(try folders.root.freeBytes()), minFree: settings.minFree)
    report.isolation = Isolation.ofMachine(settings)
    report.engines = InstalledEngines.ofMachine()
    report.limits = HeldLimit.ofMachine()
    report.paused = try pauseText(nil)
    report.pausedGroups = try pausedGroups().map { StatusReport.PausedGroup(group: $0.group, reason: $0.reason) }
    if case .failure(let refusal)? = try self.settings() { report.settingsRefusal = refusal }
    for name in try readable(.groups)?.names() ?? [] where name.hasSuffix(".json") && !name.hasPrefix(".") {
      let group: GroupName
      do throws(Refusal) { group = try GroupName(validating: String(name.dropLast(5))) } catch {
        report.groupRefusals[name] = error
        continue
      }
      if case .failure(let refusal)? = try groupSettings(group) { report.groupRefusals[name] = refusal }
    }
    for place in SpoolPlace.jobStates {
      let scan = try FolderScan(place, self, keeping: .newest, limit: 0)
      report.states.append(StatusReport.State(place: place, count: scan.count, ignored: scan.ignoredByReason))
    }
    if let zones { report.tasks = try taskSummary(zones) }
    report.requests = try requestSummary()
    report.outbox = try outboxSummary()
    var request = ListingRequest()
    request.places = [.errors]
    request.limit = limit
    try list(request) { report.failures = $0.entries.reversed() }
    return report
  }

  private func taskSummary(_ zones: TaskZones) throws(SystemError) -> StatusReport.Tasks? {
    let entries = try tasks(zones: zones, finished: 0).entries
    var summary = StatusReport.Tasks()
    for entry in entries {
      switch entry.status {
      case .scheduled: summary.scheduled += 1
      case .paused: summary.paused += 1
      case .bad: summary.bad += 1
      case .finished, .removed: continue
      }
      if entry.status == .scheduled, entry.problem != nil { summary.outdated += 1 }
      if let time = entry.next, summary.next.map({ time.due < $0.time.due }) ?? true {
        summary.next = (entry.name, time)
      }
    }
    return summary == StatusReport.Tasks() ? nil : summary
  }
}
