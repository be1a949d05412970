import Platform
import Runtimes

/// What the poller tells of the runs that hold a slot: what their streams and boxes say, and that a first process ended.
final class RunEvents {
  enum Kind: Poller.Tag, CaseIterable { case output, error, box, end }

  /// The tags from here on are the runs': as many as there are kinds for each.
  private static let firstTag: Poller.Tag = 1 << 16
  private static let kinds = Poller.Tag(Kind.allCases.count)

  private let poller: Poller
  /// Slots with a run whose end nobody tells: no descriptor was to be had.
  private var untold: Set<Int> = []
  private var count: Poller.Tag = 0
  /// Whether ends are told by descriptors, and not only by SIGCHLD.
  private var tellsEnds = false

  init(_ poller: Poller) { self.poller = poller }

  /// Gives a run the number that its tags have: between the poller's word and the turn in which it counts another thread
  /// may have begun the slot's next run.
  func number(_ run: ActiveRun) {
    count += 1
    run.number = count
  }

  static func meaning(of tag: Poller.Tag) -> (run: Poller.Tag, kind: Kind)? {
    guard tag >= firstTag, let kind = Kind(rawValue: (tag - firstTag) % kinds) else { return nil }
    return ((tag - firstTag) / kinds, kind)
  }

  private func tag(_ run: ActiveRun, _ kind: Kind) -> Poller.Tag {
    Self.firstTag + run.number * Self.kinds + kind.rawValue
  }

  /// Whether the loop has to look by itself which children ended.
  var mustLook: Bool { !untold.isEmpty }

  /// From now on SIGCHLD may come to nobody. Not before: with a descriptor for each end a job took 70 µs more of the
  /// processors with one slot (2026-11-27).
  ///
  /// - Parameter runs: those that there are.
  func tellEnds(of runs: some Sequence<ActiveRun>) {
    guard !tellsEnds else { return }
    tellsEnds = true
    for run in runs where run.end == nil { tellEnd(of: run) }
  }

  /// The end of its first process ends the loop's wait.
  func tellEnd(of run: ActiveRun) {
    guard tellsEnds else { return }
    run.endWatch = Children.end(of: run.run.pid)
    let isTold = run.endWatch.map { (try? poller.add($0, tag: tag(run, .end))) != nil } ?? false  // nil says it
    if !isTold { untold.insert(run.slot) }
  }

  /// Its first process was reaped, or is of no more interest.
  func forgetEnd(of run: ActiveRun) {
    if let watch = run.endWatch { poller.remove(watch) }
    run.endWatch = nil
    untold.remove(run.slot)
  }

  /// False: there is one that cannot be watched now. It has to be looked at, for a full pipe holds up the job.
  func listenToStreams(of run: ActiveRun) -> Bool {
    let hasOutput = listen(to: run.output, tag(run, .output))
    return listen(to: run.error, tag(run, .error)) && hasOutput
  }

  private func listen(to stream: StreamCapture, _ tag: Poller.Tag) -> Bool {
    if !stream.isWatched, !stream.isOver { stream.isWatched = (try? poller.add(stream.pipe, tag: tag)) != nil }
    return stream.isWatched || stream.isOver
  }

  /// What a box says is listened to from now on.
  func listenToBox(of run: ActiveRun) {
    guard let box = run.run.box, let channel = box.channel else { return }
    do throws(SystemError) { try poller.add(channel, tag: tag(run, .box)) } catch {
      // Never to be heard: it ends, and the attempt with it.
      box.end()
    }
  }

  func forget(_ stream: StreamCapture) {
    guard stream.isWatched else { return }
    stream.isWatched = false
    poller.remove(stream.pipe)
  }

  /// Nothing of it is told of any more. Closing its streams is not enough: a child that was just born has a copy of each until it
  /// has its program, and what they say would be taken for that of the slot's next run.
  func forget(_ run: ActiveRun) {
    forgetEnd(of: run)
    for stream in [run.output, run.error] { forget(stream) }
    if let channel = run.run.box?.channel { poller.remove(channel) }
  }
}
