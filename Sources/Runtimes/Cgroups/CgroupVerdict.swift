/// What the runner may use of one hierarchy of cgroups, and why not more. Pure; the table is in the tests.
struct CgroupVerdict: Equatable {
  /// What a look at the hierarchy gave.
  struct Facts: Equatable {
    var place: CgroupPlace
    /// The folder is there and this user may make others in it.
    var mayMake = true
    /// Version 2: `cgroup.controllers`, what may be given on.
    var available: Set<String> = []
    /// Version 2: `cgroup.subtree_control`, what is given on.
    var enabled: Set<String> = []
    /// Version 2: the hierarchy's own root, which has no `cgroup.events`.
    var isRoot = false
    /// The folder is this user's, and whoever manages the machine's cgroups has handed it over: systemd's mark
    /// `user.delegate`, or there is no systemd.
    var isDelegated = false
    /// Processes in it that are not this one.
    var others = 0
    /// A user's name, for sentences.
    var user = "this user"
    /// The user is root, whose systemd is the machine's.
    var isRootUser = false
  }

  /// What limits a job, and what counts it.
  static let wanted: Set<String> = ["memory", "pids", "cpu", "cpuacct"]

  /// Folders of ours can be made, so that processes are found.
  var tracks = false
  /// The controllers that hold limits.
  var usable: Set<String> = []
  /// Version 2: the runner has to move into a folder of its own first, for a cgroup that gives controllers on may hold no
  /// processes (cgroups(7), "no internal processes").
  var movesRunner = false
  /// Why not more, with the cure; one or two sentences. Nil: nothing is missing.
  var reason: String?

  init(_ facts: Facts) {
    let place = facts.place
    let manager = facts.isRootUser ? "" : "--user "
    let start =
      "start the runner with 'systemd-run \(manager)--scope -p Delegate=yes bobbin run …', or as a service with "
      + "'Delegate=yes'"
    guard !place.isReadOnly else {
      reason = "\(place.path) is mounted read-only; run where it can be written"
      return
    }
    guard facts.mayMake else {
      reason = "\(facts.user) may not make cgroups in \(place.path); \(start)"
      return
    }
    tracks = true
    if place.version == .one {
      usable = place.controllers.intersection(Self.wanted)
      return
    }
    usable = facts.enabled.intersection(Self.wanted)
    // What version 2 has: processor time is counted without a controller.
    let wanted = Self.wanted.subtracting(["cpuacct"])
    let more = facts.available.intersection(wanted).subtracting(usable)
    let missing = wanted.subtracting(facts.available).subtracting(usable).sorted().joined(separator: ", ")
    if !missing.isEmpty {
      reason = "\(place.path) has no controller for \(missing); the cgroup above has to give it on"
    }
    guard !more.isEmpty else { return }
    let names = more.sorted().map { "+" + $0 }.joined(separator: " ")
    if facts.isRoot {
      // Whatever runs on the machine would be under them: that is for its administrator to decide.
      reason =
        "the root cgroup does not give its controllers on; write '\(names)' to \(place.path)/cgroup.subtree_control"
    } else if !facts.isDelegated {
      reason = "\(place.path) was not handed over to \(facts.user); \(start)"
    } else if facts.others > 0 {
      // Moving them is not ours to do.
      reason =
        "\(place.path) holds \(facts.others) other processes, so it cannot give controllers on; \(start), or alone in its container"
    } else {
      usable.formUnion(more)
      movesRunner = true
    }
  }
}
