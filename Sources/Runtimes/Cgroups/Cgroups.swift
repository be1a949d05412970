import Jobs
import Platform

/// What holds the limits of one run, and finds its processes.
public enum Hold {
  case nothing
  case cgroup(JobCgroup)
  /// systemd made the cgroup and removes it.
  case scope(Launch.Wrapper)

  public var cgroup: JobCgroup? { if case .cgroup(let cgroup) = self { cgroup } else { nil } }
  public var isScope: Bool { if case .scope = self { true } else { false } }
}

/// The cgroups of a runner: made for its runs, removed when they settle, those of an earlier runner found and cleared.
///
/// Everything of it lies in folders named `bobbin-SPOOL`, so another spool's are never touched. Belongs to the loop.
public final class Cgroups {
  private let tree: CgroupTree
  private let finder: CgroupFinder
  private let hierarchies: [CgroupHierarchy]
  private let name: String
  private let earlier: EarlierCgroups
  private let find: () -> SystemdScope.Presence
  private lazy var scope: SystemdScope.Presence = find()
  private var number = 0
  /// Where runs with a timeout and no limits are found; nil: by their marks alone.
  private var tracker: CgroupHierarchy?
  /// Ended, and not yet let go by the kernel: tried again.
  private var dying: [JobCgroup] = []
  private var hasEarlier = true
  private var lookAt: Int64?
  private var lookAfter = shortestLook

  /// Between two tries to remove, ns.
  private static let shortestLook: Int64 = 2_000_000
  private static let longestLook: Int64 = 10_000_000_000
  /// How long the end of a runner waits for the last to go, ns.
  private static let patience: Int64 = 2_000_000_000

  /// Looks at the machine; makes and moves nothing.
  ///
  /// - Parameters:
  ///   - spool: names the spool; - noted: folders that earlier runners of it wrote down, as `folders` gives them.
  public convenience init(spool: String, noted: [String]) {
    let tree = CgroupTree()
    self.init(spool: spool, noted: noted, finder: CgroupFinder.find(tree), tree: tree) {
      SystemdScope.probe(SystemdScope.presence())
    }
  }

  init(
    spool: String, noted: [String], finder: CgroupFinder, tree: CgroupTree, scope: @escaping () -> SystemdScope.Presence
  ) {
    self.tree = tree
    self.finder = finder
    find = scope
    let name = "bobbin-" + spool
    self.name = name
    hierarchies = finder.hierarchies.compactMap { found in
      guard let own = found.own, found.verdict.tracks else { return nil }
      return CgroupHierarchy(found.place, found.verdict, own: own, name: name, tree: tree)
    }
    let folders = Self.folders(finder, name)
    earlier = EarlierCgroups(paths: Set(folders + noted), own: Set(folders), name: name, tree: tree)
    let place = finder.tracker?.place
    tracker = hierarchies.first { $0.place == place }
  }

  /// Where this runner's cgroups lie or would lie, and what earlier ones left: for the next runner to find, which may
  /// stand elsewhere.
  public var folders: [String] { Array(Set(Self.folders(finder, name) + earlier.paths)).sorted() }

  private static func folders(_ finder: CgroupFinder, _ name: String) -> [String] {
    finder.hierarchies.filter(\.verdict.tracks).map { $0.place.path + "/" + name }
  }

  /// What this runner can hold. Asks systemd if that was not done yet.
  public var support: CgroupSupport { finder.support(scope: scope) }

  // MARK: earlier runners

  /// What earlier runners left running in their cgroups.
  public func earlierLiving() -> [ProcessFacts] { earlier.living() }
  /// Lets nothing new start there, before SIGKILL.
  public func stopEarlierForks() { earlier.stopForks() }

  /// Begins, when what earlier runners left has been ended: clears it away and takes over what was handed to the runner.
  public func begin() {
    hasEarlier = !earlier.clear()
    if hasEarlier { lookSoon() }
    for hierarchy in hierarchies {
      // What it cannot give on it does not hold: `make` says so of the job that asks.
      try? hierarchy.takeOver()
    }
  }

  // MARK: runs

  /// What holds a run's limits. One with a timeout and no limits has a cgroup for its processes to be found, if one can be
  /// had; others do without (the README has the figures).
  ///
  /// - Parameter ownProcesses: the runtime's, on top of `pids`.
  /// - Throws: `limitRefused` with the cure, or `exhausted`.
  public func hold(_ limits: Limits, ownProcesses: Int, hasTimeout: Bool, slot: Int) throws(StartFailure) -> Hold {
    guard limits.needCgroup else {
      guard hasTimeout, let tracker else { return .nothing }
      // One that cannot be had is no reason not to run: the run is then found by its marks.
      return (try? make(slot: slot, isLimited: false, in: [tracker])).map { .cgroup($0) } ?? .nothing
    }
    let needed = CgroupSetting.controllers(for: limits)
    if let missing = needed.sorted().first(where: { controller in
      !hierarchies.contains { $0.usable.contains(controller) }
    }) {
      return .scope(try scope(limits, ownProcesses: ownProcesses, without: missing, slot: slot))
    }
    if limits.swap != nil, limits.memory == nil,
      hierarchies.first(where: { $0.usable.contains("memory") })?.place.version == .one
    {
      throw .limitRefused(reason: "cgroup v1 counts swap together with memory: set 'memory' beside 'swap'")
    }
    let cgroup = try make(slot: slot, isLimited: true, in: hierarchies.filter { !$0.usable.isEmpty })
    do throws(StartFailure) {
      for part in cgroup.parts {
        for controller in part.hierarchy.usable.sorted() {
          let version = part.hierarchy.place.version
          for setting in CgroupSetting.list(
            limits, ownProcesses: ownProcesses, controller: controller, version: version)
          { try write(setting, part.folder) }
        }
      }
    } catch {
      retire(cgroup)
      throw error
    }
    return .cgroup(cgroup)
  }

  /// A run is over and nothing of it is alive, or it never began.
  public func letGo(_ hold: Hold) {
    guard case .cgroup(let cgroup) = hold else { return }
    retire(cgroup)
  }

  /// A run's process could not join. Without limits nothing depends on it: the next are found by their marks.
  public func couldNotJoin(_ hold: Hold) {
    if let cgroup = hold.cgroup, !cgroup.isLimited { tracker = nil }
  }

  private func make(slot: Int, isLimited: Bool, in places: [CgroupHierarchy]) throws(StartFailure) -> JobCgroup {
    number += 1
    let name = "\(slot)-\(number)"
    var parts: [JobCgroup.Part] = []
    do throws(SystemError) {
      for place in places { parts.append(JobCgroup.Part(hierarchy: place, folder: try place.make(name))) }
      return try JobCgroup(name: name, parts: parts, isLimited: isLimited, tree: tree)
    } catch {
      for part in parts { try? part.hierarchy.remove(name) }  // new and empty
      // What an earlier runner could not be rid of has the name: the next number.
      if error.isTaken { return try make(slot: slot, isLimited: isLimited, in: places) }
      if error.isExhausted || error.isFull || error.isBusy { throw .exhausted(error) }
      throw .limitRefused(reason: "a cgroup cannot be made: \(error)")
    }
  }

  private func write(_ setting: CgroupSetting, _ folder: Folder) throws(StartFailure) {
    do throws(SystemError) { try folder.set(setting.file, to: setting.value) } catch {
      switch setting.refused {
      case .passes: return
      case .passesIfHeldAbove where error.isInvalid: return
      case .fails(let cure?) where error.isMissing: throw .limitRefused(reason: cure)
      case .fails, .passesIfHeldAbove:
        if error.isExhausted { throw .exhausted(error) }
        throw .limitRefused(reason: "\(setting.file) does not take \(setting.value): \(error.reason)")
      }
    }
  }

  private func scope(
    _ limits: Limits, ownProcesses: Int, without controller: String, slot: Int
  ) throws(StartFailure) -> Launch.Wrapper {
    switch scope {
    case .absent(let why): throw .limitRefused(reason: finder.reason(without: controller) + ". " + why)
    case .answers(let program, let env, let variables):
      number += 1
      return SystemdScope.wrapper(
        program, env: env, variables: variables, limits: limits, ownProcesses: ownProcesses,
        unit: "\(name)-\(slot)-\(number)-\(Machine.processID)")
    }
  }

  // MARK: removing

  /// When `proceed` is to be called, continuous clock; nil: nothing is left to remove.
  public var nextDue: Int64? { lookAt }

  private func retire(_ cgroup: JobCgroup) {
    dying.append(cgroup)
    removeDying()
    if !dying.isEmpty { lookSoon() }
  }

  /// Removes what could not be removed at once.
  public func proceed(now: Int64) {
    guard let due = lookAt, now >= due else { return }
    lookAt = nil
    removeDying()
    if hasEarlier { hasEarlier = !earlier.clear() }
    guard !dying.isEmpty || hasEarlier else {
      lookAfter = Self.shortestLook
      return
    }
    lookAfter = min(lookAfter * 2, Self.longestLook)
    lookAt = now + lookAfter
  }

  private func lookSoon() {
    if lookAt == nil { lookAt = Clock.continuous() + lookAfter }
  }

  private func removeDying() {
    dying = dying.filter { cgroup in
      do throws(SystemError) {
        try cgroup.remove()
        return false
      } catch { return !error.isMissing }
    }
  }

  /// Removes everything of this runner's; the last call.
  public func close() {
    let end = Clock.continuous() + Self.patience
    while true {
      removeDying()
      let left = hierarchies.filter { hierarchy in
        do throws(SystemError) {
          try hierarchy.close()
          return false
        } catch { return !error.isMissing }
      }
      if left.isEmpty || Clock.continuous() >= end { return }
      // The loop has ended: nobody waits.
      Clock.wait(nanoseconds: Self.shortestLook)
    }
  }
}
