import Jobs
import Platform

/// Which limits on all of a job's processes this machine can hold for this user, by what, and why not more.
public struct CgroupSupport: Equatable, Sendable {
  /// What holds a limit.
  public enum Means: String, Sendable {
    case cgroup1 = "cgroup v1"
    case cgroup2 = "cgroup v2"
    case systemdScope = "systemd user scope"
  }

  /// One limit of a job.
  public struct Line: Equatable, Sendable {
    /// As a job says it: `memory`, `swap`, `cpus`, `pids`.
    public let limit: String
    /// Nil: a job that asks for it is refused as `limit-unavailable`.
    public let means: Means?
    /// Why there is no better means, with the cure, as one or two sentences; nil where nothing is missing.
    public let reason: String?
  }

  /// In the order in which jobs list them.
  public let lines: [Line]

  /// Of this machine as it is now. Looks only: makes nothing, moves nothing, starts nothing; so a user manager that would
  /// be asked for scopes is told by its socket alone.
  public static func look() -> CgroupSupport {
    CgroupFinder.find(CgroupTree()).support(scope: SystemdScope.presence())
  }

  static let controllers = [("memory", "memory"), ("swap", "memory"), ("cpus", "cpu"), ("pids", "pids")]

  public subscript(limit: String) -> Line? { lines.first { $0.limit == limit } }
}

/// What was found of the machine's cgroups.
struct CgroupFinder {
  struct Found {
    let place: CgroupPlace
    let verdict: CgroupVerdict
    /// Nil where it cannot be opened.
    let own: Folder?
  }

  let hierarchies: [Found]

  static func find(_ tree: CgroupTree) -> CgroupFinder {
    func text(_ path: String) -> String {
      // Absent where there is no /proc or no cgroups: then nothing is found.
      guard let folder = try? Folder(path: "/proc/self"), let text = try? folder.text(of: path) else { return "" }
      return text
    }
    return CgroupFinder(CgroupPlace.all(cgroup: text("cgroup"), mountinfo: text("mountinfo")), tree)
  }

  init(_ places: [CgroupPlace], _ tree: CgroupTree) {
    // Hierarchies that neither limit nor count anything of a job are left alone.
    let useful = places.filter { $0.version == .two || !$0.controllers.isDisjoint(with: CgroupVerdict.wanted) }
    hierarchies = useful.map { place in
      let own = try? Folder(path: place.path)  // nil says it
      return Found(place: place, verdict: CgroupVerdict(Self.facts(place, own, tree)), own: own)
    }
  }

  private static func facts(_ place: CgroupPlace, _ own: Folder?, _ tree: CgroupTree) -> CgroupVerdict.Facts {
    var facts = CgroupVerdict.Facts(place: place)
    facts.user = Machine.userName(Machine.user)
    facts.isRootUser = Machine.user == 0
    guard let own, tree.isCgroup(own), own.mayMakeNames else {
      facts.mayMake = false
      return facts
    }
    guard place.version == .two else { return facts }
    func words(_ file: String) -> Set<String> {
      Set(((try? own.text(of: file)) ?? "").split { $0 == " " || $0 == "\n" }.map(String.init))
    }
    facts.available = words("cgroup.controllers")
    facts.enabled = words("cgroup.subtree_control")
    facts.isRoot = (try? own.has("cgroup.events")) == false  // one that cannot be looked at is no root
    facts.isDelegated = tree.isHandedOver(own)
    facts.others = tree.ownProcesses(of: own).count { $0 != Machine.processID }
    return facts
  }

  /// The hierarchy that holds limits of a controller.
  func holder(of controller: String) -> Found? { hierarchies.first { $0.verdict.usable.contains(controller) } }

  /// Why no hierarchy holds limits of a controller, with the cure.
  func reason(without controller: String) -> String {
    let candidates = hierarchies.filter { $0.place.version == .two || $0.place.controllers.contains(controller) }
    // A hierarchy of version 1 that has the controller is the one that would hold it.
    let first = candidates.first { $0.place.version == .one } ?? candidates.first
    return first.map { $0.verdict.reason ?? "\($0.place.path) has no controller for \(controller)" }
      ?? "no cgroup file system with the controller '\(controller)' is mounted; one is expected at /sys/fs/cgroup"
  }

  /// Where a run without limits is found. First version 1, where joining costs least (`JobCgroup.joinFile`), and there
  /// `pids`: with it new processes can be stopped before all are killed.
  var tracker: Found? {
    let able = hierarchies.filter(\.verdict.tracks)
    return able.first { $0.place.version == .one && $0.place.controllers.contains("pids") }
      ?? able.first { $0.place.version == .one } ?? able.first
  }

  func support(scope: SystemdScope.Presence) -> CgroupSupport {
    let lines = CgroupSupport.controllers.map { limit, controller in
      if let found = holder(of: controller) {
        return CgroupSupport.Line(
          limit: limit, means: found.place.version == .one ? .cgroup1 : .cgroup2, reason: nil)
      }
      let reason = reason(without: controller)
      switch scope {
      case .answers: return CgroupSupport.Line(limit: limit, means: .systemdScope, reason: reason)
      case .absent(let why): return CgroupSupport.Line(limit: limit, means: nil, reason: reason + ". " + why)
      }
    }
    return CgroupSupport(lines: lines)
  }
}
