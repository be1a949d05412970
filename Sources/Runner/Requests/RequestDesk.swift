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
  private static let looksPerSweep = 1000
  /// How long an answer is kept, ns: a day; and how often old ones are looked for.
  private static let answerAge: Int64 = 86_400_000_000_000
  private static let answerInterval: Int64 = 3_600_000_000_000

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
  private var nextAnswerSweep: Int64 = .min
  /// Tells groups what is theirs, and looks at what was said to them.
  var tellGroups: ([GroupName]) -> Void = { _ in }

  init(_ core: Core, lanes: Lanes, room: WaitingRoom, clerk: RequestClerk) {
    self.core = core
    self.lanes = lanes
    self.room = room
    self.clerk = clerk
    files = RequestFiles(folders: core.folders, disk: core.disk)
    clerk.released = { [unowned self] group, word in
      if groups[group]?.release(word) == true { enqueue(group) }
    }
    clerk.hasRoomAgain = { [unowned self] group in
      if groups[group]?.hasWork == true { enqueue(group) }
    }
  }

  /// There is something to be looked at, and room for what comes of it.
  var mayGoOn: Bool { !turns.isEmpty && clerk.hasRoom }
  var isIdle: Bool { turns.isEmpty && clerk.isIdle && !groups.values.contains { !$0.isBlocked && $0.hasUnsettled } }
  /// When a file that is not whole, or a failed write, is to be looked at again, continuous clock.
  var nextDue: Int64? {
    // Without room nothing is looked at, and it is the clerk who knows when there is some.
    var due = clerk.nextDue
    for group in groups.values where !group.isBlocked && clerk.hasRoom(for: group.name) {
      due = earlier(due, group.nextLook)
    }
    return due
  }

  /// A job came to its end.
  func ended(_ record: JobRecord) { clerk.waits.ended(record) }

  /// A job that waited was moved to `errors`, and has its result there.
  func cancelled(_ id: JobID) { clerk.waits.cancelled(id) }

  func settingsChanged() { clerk.settingsChanged() }

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
        // Of what was lost the folders' times tell: to list them all for it would let one group keep the runner busy.
        guard let place = watched[hint.watch], !hint.isOverflow else { continue }
        if hint.isGone {
          groups[place.group]?.doubt()
          continue
        }
        if groups[place.group]?.hint(hint.name, place.kind) == true { enqueue(place.group) }
      }
    }
  }

  /// What was asked for by now is found by the next scan.
  func lookOnceMore() {
    takeHints()
    if watch == nil { for group in groups.values { group.doubt() } }
  }

  /// Looks for groups and their requests.
  func scan() {
    core.keepGoing { () throws(SystemError) in
      // What keeps one group from being looked at keeps no other.
      for name in try files.groups() { core.keepGoing { () throws(SystemError) in try scan(name) } }
    }
    if core.now >= nextSweep {
      nextSweep = core.now + Self.sweepInterval
      for group in groups.values { core.keepGoing { () throws(SystemError) in try sweep(group) } }
    }
    if core.now >= nextAnswerSweep {
      nextAnswerSweep = core.now + Self.answerInterval
      for name in groups.keys {
        core.keepGoing { () throws(SystemError) in
          try files.removeAnswers(of: name, before: core.wall - Self.answerAge, keeping: RequestWaits.prefix)
        }
      }
    }
    tellGroups(Array(groups.keys))
  }

  private func scan(_ name: GroupName) throws(SystemError) {
    let group = groups[name] ?? RequestGroup(name)
    if groups[name] == nil {
      group.gaveBack(try files.giveBack(of: name))
      try clerk.waits.remember(name)
      groups[name] = group
    }
    if lookAtSettings(of: group) { return }
    for kind in Request.Kind.allCases { try look(for: kind, of: group) }
    if group.hasWork { enqueue(name) }
  }

  /// With settings that cannot be read nothing is granted and nothing refused: a group's requests wait. True: they do.
  private func lookAtSettings(of group: RequestGroup) -> Bool {
    group.isBlocked = lanes.problem(of: group.name, tell: room) != nil
    return group.isBlocked
  }

  private func look(for kind: Request.Kind, of group: RequestGroup) throws(SystemError) {
    guard let folder = try files.open(kind, of: group.name) else { return }
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
    for group in groups.values
    where !group.isBlocked && clerk.hasRoom(for: group.name) && group.lookAgain(now: core.now) {
      enqueue(group.name)
    }
    var looks = 0
    while looks < Self.looksPerTurn, !turns.isEmpty, clerk.hasRoom {
      let name = turns.removeFirst()
      guard let group = groups[name], !lookAtSettings(of: group) else { continue }
      for _ in 0..<Self.looksPerGroup {
        guard clerk.hasRoom(for: name), let next = group.next() else { break }
        looks += 1
        let call = group.answerCall(next.name, next.kind)
        do throws(SystemError) { try look(at: next.name, next.kind, of: group, call) } catch {
          // The machine's fault, not the file's: the next scan finds it again.
          core.log.write(.warn, "look-failed", "a request of group '\(name)' cannot be looked at now: \(error)")
          group.lose(next.name, next.kind)
        }
        // It may be gone, or another by now.
        if let call, !clerk.isHeld(call, in: name) { group.release(call) }
      }
      // One that has as much under way as it may comes back when something of it is done.
      if group.hasWork, clerk.hasRoom(for: name) { turns.append(name) }
    }
    clerk.flush()
  }

  /// - Parameter call: what it waited for until now.
  private func look(
    at file: [UInt8], _ kind: Request.Kind, of group: RequestGroup, _ call: String?
  ) throws(SystemError) {
    guard let folder = try files.folder(kind.rawValue, of: group.name), let before = try folder.status(file) else {
      return group.forget(file, kind)
    }
    let word = RequestClerk.word(file, kind)
    if clerk.isHeld(word, in: group.name) { return group.park(file, kind, for: word) }
    let stem = Array(file.dropLast(5))
    let limits = limits(of: group.name)
    var envelope = RequestClerk.Envelope(group: group.name, kind: kind, file: file)
    if Request.isName(stem) { envelope.id = String(decoding: stem, as: UTF8.self) }
    envelope.isAgain = group.wasTaken(file, kind)
    if group.waiting(kind) > limits.waiting {
      try clerk.refuse(envelope, Self.tooMany("\(limits.waiting) requests wait already"), retryAfter: .seconds(10))
      return group.forget(file, kind)
    }
    if let wait = group.pay(for: file, kind, perMinute: limits.perMinute, now: core.now) {
      if group.hasStayed(file, kind) {
        return group.putOff(file, kind, before, until: core.now + wait.wholeNanoseconds, now: core.now)
      }
      try clerk.refuse(
        envelope, Self.tooMany("a group may ask \(limits.perMinute) times a minute"), retryAfter: wait)
      return group.forget(file, kind)
    }
    guard envelope.id != nil else {
      try clerk.refuse(
        envelope,
        Refusal(code: .badName, reason: "the name of the file is no id: expected \(Request.nameRule), and .json"))
      return group.forget(file, kind)
    }
    let quiet = core.settings.quiet.wholeNanoseconds
    let isQuiet = group.isQuiet(file, kind, before, now: core.now, quiet: quiet)
    let reader = DropReader(maxBytes: Int(limits.bytes.bytes), refusesLinks: true)
    var bytes: [UInt8] = []
    let (reading, status) = try reader.look(at: file, in: folder, isQuiet: isQuiet) { (content) throws(Refusal) in
      bytes = content
      return try Request.read(content, kind: kind, zoneProblem: clerk.zoneProblem)
    }
    func wait(isHeldOpen: Bool) {
      group.wait(for: file, kind, status ?? before, isHeldOpen: isHeldOpen, now: core.now, quiet: quiet)
    }
    switch reading {
    case .ready(let request):
      envelope.id = request.id ?? envelope.id
      if let id = envelope.id, clerk.isHeld(id, in: group.name) || (id != call && group.isAwaited(id)) {
        return group.park(file, kind, for: id)
      }
      try clerk.carryOut(request, envelope, bytes)
      group.forget(file, kind)
    case .refused(let refusal):
      try clerk.refuse(envelope, refusal)
      group.forget(file, kind)
    case .beingWritten: wait(isHeldOpen: true)
    case .unsettled: wait(isHeldOpen: false)
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
      // A request that waits is none of them: the runner may have been away, or the group's settings be bad.
      try folder.forEachName { bytes, _ in
        if names.count < Self.looksPerSweep, group.isLitter(bytes, kind) { names.append(Array(bytes)) }
      }
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
