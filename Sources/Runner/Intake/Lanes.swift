import Jobs
import Observability
import Platform
import Scheduling
import Spool

/// The groups as lanes: their settings, and whether they are paused (DESIGN §2, §5).
final class Lanes {
  private struct Lane {
    let id: LaneID
    var settings = GroupSettings()
    var hasSettings = false
    var problem: Refusal?
    var isPaused = false
    /// The group has a folder that a container may write to.
    var hasFolder = false
  }

  private let folders: SpoolFolders
  private let log: Log
  private var lanes: [GroupName: Lane] = [:]
  /// Of the jobs that a group's jobs asked for: one that waits for them must not hold the place that they wait for.
  private var asked: [GroupName: LaneID] = [:]
  private var seen: FileStatus?

  init(folders: SpoolFolders, log: Log) {
    self.folders = folders
    self.log = log
  }

  /// The lane of a job: that of its group, read from the disk when it is new, or of what the group's jobs asked for.
  func lane(of job: Job?, tell room: WaitingRoom) -> LaneID {
    guard let job, let group = job.group else { return .ungrouped }
    let own = lane(of: group, tell: room)
    guard job.origin != nil, let lane = lanes[group] else { return own }
    if let known = asked[group] { return known }
    let id = nextLane
    asked[group] = id
    room.setLane(id, Self.askedRules(lane))
    return id
  }

  /// The lane of a group.
  @discardableResult
  func lane(of group: GroupName, tell room: WaitingRoom) -> LaneID {
    if let lane = lanes[group] { return lane.id }
    let lane = read(group, Lane(id: nextLane))
    lanes[group] = lane
    room.setLane(lane.id, Self.rules(lane))
    return lane.id
  }

  private var nextLane: LaneID { LaneID(rawValue: Int32(lanes.count + asked.count + 1)) }

  /// The group's settings; nil if it has none.
  func settings(of group: GroupName?) -> GroupSettings? {
    guard let group, let lane = lanes[group], lane.hasSettings else { return nil }
    return lane.settings
  }

  /// What is wrong with the group's settings; nil: nothing.
  func problem(of group: GroupName, tell room: WaitingRoom) -> Refusal? {
    lane(of: group, tell: room)
    return lanes[group]?.problem
  }

  /// The priority that a job waits with.
  func priority(of job: Job, _ settings: Settings) -> Int16 {
    let group = self.settings(of: job.group)
    return Int16(clamping: job.filledPriority(for: job.chosenRuntime, group: group, settings: settings))
  }

  /// Whether a `process` job may run in the group: it is a host group, or a lane and nothing more. A group with settings
  /// that do not say `"host": true`, or with a folder, is one whose folder containers may write.
  func mayRunOnHost(_ group: GroupName?) -> Bool {
    guard let group, let lane = lanes[group] else { return true }
    return lane.hasSettings ? lane.settings.host : !lane.hasFolder
  }

  /// Reads all groups again if anything in `groups/` changed.
  func refresh(always: Bool, tell room: WaitingRoom) {
    guard let folder = try? folders[.groups], let status = try? folder.descriptor.status() else { return }
    // Editors write in place, which does not touch the folder's times: a scan reads known groups each time anyway, and
    // there are few.
    seen = status
    for (group, lane) in lanes {
      let next = read(group, lane)
      if next.problem != lane.problem || next.isPaused != lane.isPaused || next.settings != lane.settings
        || next.hasSettings != lane.hasSettings
      {
        if let problem = next.problem, problem != lane.problem {
          log.write(.warn, "group-settings-invalid", "groups/\(group.text).json: \(problem.reason)")
        }
        room.setLane(next.id, Self.rules(next))
        if let id = asked[group] { room.setLane(id, Self.askedRules(next)) }
      }
      lanes[group] = next
    }
  }

  private func read(_ group: GroupName, _ known: Lane) -> Lane {
    var lane = known
    guard let folder = try? folders[.groups] else { return lane }
    lane.problem = nil
    lane.hasSettings = false
    lane.settings = GroupSettings()
    let name = group.text + ".json"
    do {
      lane.isPaused = try folder.has(group.text + ".paused")
      lane.hasFolder = try folder.has(group.text)
      guard try folder.status(name) != nil else { return lane }
      lane.hasSettings = true
      lane.settings = try GroupSettings.read(folder.open(name).readAll(limit: 1 << 20))
    } catch let refusal as Refusal {
      lane.problem = refusal
    } catch {
      lane.problem = Refusal(code: .unreadable, reason: "the group's settings cannot be read: \(error)")
    }
    return lane
  }

  private static func askedRules(_ lane: Lane) -> LaneRules {
    var rules = rules(lane)
    rules.slots = lane.settings.maxParallel
    rules.ordered = false
    return rules
  }

  private static func rules(_ lane: Lane) -> LaneRules {
    LaneRules(
      slots: lane.settings.slots, ordered: lane.settings.ordered, paused: lane.isPaused,
      blockedReason: lane.problem == nil ? nil : "group-settings-invalid")
  }
}
