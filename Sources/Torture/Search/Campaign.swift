import Platform

/// Records histories and searches them until enough was looked at.
public final class Campaign {
  private let options: TortureOptions

  public init(_ options: TortureOptions) { self.options = options }

  /// Answers whether nothing was found.
  func run() throws -> Bool {
    let place = try options.makePlace()
    var isClean = true
    defer {
      // Otherwise it is evidence.
      if isClean { place.clear() }
    }
    var seed = options.seed
    var states = 0
    var recovered = 0
    let begin = Clock.continuous()
    while states < options.states {
      let report = try search(seed, in: place.folder)
      states += report.states
      recovered += report.recovered
      isClean = isClean && report.isClean
      let seconds = (Clock.continuous() - begin) / 1_000_000_000
      Terminal.output("history \(seed): \(report.text)\n")
      Terminal.output("= \(states) states so far, \(recovered) recovered, \(seconds) s\n")
      seed += 1
    }
    return isClean
  }

  /// One history, under each of the rules.
  public func search(_ seed: UInt64, in place: Folder) throws -> PowerReport {
    let name = "history-\(seed)"
    try place.makeFolder(name)
    let history = History(seed: seed, ground: try FileSystem.realPath(place.path) + "/" + name, size: options.size)
    let bobbin = options.program()
    let recording = try Recorder(player: options.player(), bobbin: bobbin).record(history, size: options.size)
    try Self.makeFast(history)
    try place.makeFolder(name + ".states")
    let search = PowerSearch(history, size: options.size, bobbin: bobbin, place: try place.folder(name + ".states"))
    for rules in options.rules {
      try search.search(recording, rules, perCut: options.perCut, recoveriesPerCut: options.recoveries)
    }
    try Tree.remove(name + ".states", in: place)
    if search.report.isClean {
      try Tree.remove(name, in: place)
      try place.remove(name + ".trace")
    }
    return search.report
  }

  /// From now on no job takes its time.
  static func makeFast(_ history: History) throws {
    let ground = try Folder(path: history.ground)
    if try !ground.has("fast") { _ = try ground.create("fast") }
    if try !ground.has("odd") { _ = try ground.create("odd") }
  }
}
