import Jobs
import Observability
import Platform
import Scheduling
import Spool

/// Takes what containers ask for: finds their requests, a few of each group in turn, so that one that floods its folder
/// keeps no other waiting; and tells them what became of it.
final class RequestDesk {
  /// Requests looked at in one turn, of all groups and of one.
  private static let looksPerTurn = 32
  private static let looksPerGroup = 4
  /// How long a file that is no request may lie in a folder, ns, and how often they are looked for.
  private static let staleAfter: Int64 = 3_600_000_000_000
  private static let sweepInterval: Int64 = 60_000_000_000

  private let core: Core
  private let lanes: Lanes
  private let room: WaitingRoom
  private let files: RequestFiles
  private let clerk: RequestClerk
  private var groups: [GroupName: RequestGroup] = [:]
  /// The groups that have something to be looked at, whose turn it is first.
  private var turns: [GroupName] = []
  private var watch: FolderWatch?
  private var watched: [Int32: (group: GroupName, kind: Request.Kind)] = [:]
  private var nextSweep: Int64 = .min
  /// Tells groups what is theirs, and looks at what was said to them.
  var tellGroups: ([GroupName]) -> Void = { _ in }

  init(_ core: Core, lanes: Lanes, room: WaitingRoom, clerk: RequestClerk) {
    self.core = core
    self.lanes = lanes
    self.room = room
    self.clerk = clerk
    files = RequestFiles(folders: core.folders, disk: core.disk)
  }

  /// There is something to be looked at, and room for what comes of it.
  var mayGoOn: Bool { !turns.isEmpty && clerk.hasRoom }
  var isIdle: Bool { turns.isEmpty && clerk.isIdle }
  /// When a file that is not whole, or a failed write, is to be looked at again, continuous clock.
  var nextDue: Int64? {
    [groups.values.compactMap { $0.nextLook(quiet: core.settings.quiet.wholeNanoseconds) }.min(), clerk.nextDue]
      .compactMap { $0 }.min()
  }

  /// A job came to its end.
  func ended(_ record: JobRecord) { clerk.waits.ended(record) }

  func close() { clerk.close() }

  // MARK: watching

  /// Begins to watch; nil when settings or the machine do not let it.
  func start() -> Descriptor? {
    guard core.settings.notifications else { return nil }
    watch = try? FolderWatch()  // without it the scans find them
    return watch?.descriptor
  }

  func takeHints() {
    guard let watch else { return }
    core.keepGoing { () throws(SystemError) in
      for hint in try watch.hints() {
        guard let place = watched[hint.watch], !hint.isGone, !hint.isOverflow else {
          for group in groups.values { group.doubt() }
          continue
        }
        if groups[place.group]?.hint(hint.name, place.kind) == true { enqueue(place.group) }
      }
    }
  }

  /// Looks for groups and their requests.
  func scan() {
    core.keepGoing { () throws(SystemError) in
      for name in try files.groups() {
        let group: RequestGroup
        if let known = groups[name] {
          group = known
        } else {
          group = RequestGroup(name)
          groups[name] = group
          try files.giveBack(of: name)
          try clerk.waits.remember(name)
        }
        // With settings that cannot be read nothing is granted and nothing refused.
        if lanes.problem(of: name, tell: room) != nil { continue }
        for kind in Request.Kind.allCases { try look(for: kind, of: group) }
        if group.hasWork { enqueue(name) }
      }
    }
    if core.now >= nextSweep {
      nextSweep = core.now + Self.sweepInterval
      for group in groups.values { core.keepGoing { () throws(SystemError) in try sweep(group) } }
    }
    tellGroups(Array(groups.keys))
  }

  private func look(for kind: Request.Kind, of group: RequestGroup) throws(SystemError) {
    guard let folder = try files.folder(kind.rawValue, of: group.name) else { return }
    let status = try folder.descriptor.status()
    if group.isOther(status, kind) {
      if let watch, let number = try? watch.watch(folder, for: .arrivals) { watched[number] = (group.name, kind) }
    }
    let limit = limits(of: group.name).waiting
    let start = core.now
    guard group.shouldList(kind, status, continuous: start, wall: core.wall) else { return }
    var count = 0
    try folder.forEachName { bytes, _ in
      guard RequestGroup.isRequest(bytes) else { return }
      count += 1
      // What is over the number is looked at too, and refused: a file that nobody answers is worse than a no.
      if count <= limit + RequestGroup.mostRefused { group.add(Array(bytes), kind) }
    }
    group.listed(kind, status, count: count, at: core.now, took: core.now - start)
  }

  private func enqueue(_ group: GroupName) { if !turns.contains(group) { turns.append(group) } }

  private func limits(of group: GroupName) -> RequestLimits { lanes.settings(of: group)?.requests ?? RequestLimits() }

  // MARK: taking them in

  /// Looks at some of what waits, and tells what is on the disk.
  func proceed() {
    clerk.proceed()
    let quiet = core.settings.quiet.wholeNanoseconds
    for group in groups.values where group.lookAgain(now: core.now, quiet: quiet) { enqueue(group.name) }
    var looks = 0
    while looks < Self.looksPerTurn, !turns.isEmpty, clerk.hasRoom {
      let name = turns.removeFirst()
      guard let group = groups[name] else { continue }
      for _ in 0..<Self.looksPerGroup {
        guard let next = group.next() else { break }
        looks += 1
        core.keepGoing { () throws(SystemError) in try look(at: next.name, next.kind, of: group) }
      }
      if group.hasWork { turns.append(name) }
    }
    clerk.flush()
  }

  private func look(at file: [UInt8], _ kind: Request.Kind, of group: RequestGroup) throws(SystemError) {
    guard let folder = try files.folder(kind.rawValue, of: group.name), let before = try folder.status(file) else {
      return group.forget(file, kind)
    }
    let stem = Array(file.dropLast(5))
    let limits = limits(of: group.name)
    var envelope = RequestClerk.Envelope(group: group.name, kind: kind, file: file)
    guard Request.isName(stem) else {
      return try clerk.refuse(
        envelope,
        Refusal(
          code: .badName, reason: "the name of the file is no id: expected 1 to 64 of A-Z a-z 0-9 . _ - and .json"))
    }
    envelope.id = String(decoding: stem, as: UTF8.self)
    if group.waiting(kind) > limits.waiting {
      group.gone(kind)
      return try clerk.refuse(
        envelope, Self.tooMany("\(limits.waiting) requests wait already"), retryAfter: .seconds(10))
    }
    if let wait = group.takeToken(perMinute: limits.perMinute, now: core.now) {
      group.gone(kind)
      return try clerk.refuse(
        envelope, Self.tooMany("a group may ask \(limits.perMinute) times a minute"), retryAfter: wait)
    }
    let isQuiet = group.isQuiet(file, kind, before, now: core.now, quiet: core.settings.quiet.wholeNanoseconds)
    let reader = DropReader(maxBytes: Int(limits.bytes.bytes))
    var bytes: [UInt8] = []
    let (reading, status) = try reader.look(at: file, in: folder, isQuiet: isQuiet) { (content) throws(Refusal) in
      bytes = content
      return try Request.read(content, kind: kind, zoneProblem: clerk.zoneProblem)
    }
    switch reading {
    case .ready(let request):
      group.forget(file, kind)
      envelope.id = request.id ?? envelope.id
      try clerk.carryOut(request, envelope, bytes)
    case .refused(let refusal):
      group.forget(file, kind)
      try clerk.refuse(envelope, refusal)
    case .beingWritten, .unsettled:
      group.giveTokenBack()
      group.wait(for: file, kind, status ?? before, now: core.now)
    case .gone: group.forget(file, kind)
    }
  }

  private static func tooMany(_ reason: String) -> Refusal { Refusal(code: .tooManyRequests, reason: reason) }

  /// What is no request, or never became whole, goes out of the way after an hour.
  private func sweep(_ group: RequestGroup) throws(SystemError) {
    for kind in Request.Kind.allCases {
      guard let folder = try files.folder(kind.rawValue, of: group.name) else { continue }
      var old: [[UInt8]] = []
      var names: [[UInt8]] = []
      try folder.forEachName { bytes, _ in if names.count < 1000 { names.append(Array(bytes)) } }
      for name in names {
        guard let status = try folder.status(name), core.wall - status.changed > Self.staleAfter else { continue }
        old.append(name)
      }
      for name in old {
        group.forget(name, kind)
        try files.sweep(name, from: folder, of: group.name)
        core.log.write(.warn, "request-stale", "a file of group '\(group.name)' lay in \(kind.rawValue)/ for an hour")
      }
    }
  }
}

extension RefusalCode {
  /// More requests than the group's `requests` allow.
  static let tooManyRequests = RefusalCode(rawValue: "too-many-requests")
  /// The id stands for another request, or its job's name for another job.
  static let idReused = RefusalCode(rawValue: "id-reused")
}
