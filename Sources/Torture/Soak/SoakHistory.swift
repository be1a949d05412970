/// A journal, read: who did what, in which order. An event's place is the number of its line.
struct SoakHistory {
  struct Run: Equatable {
    let name: String
    let life: Int
    let began: Int
    var ended: Int?
  }

  struct Life: Equatable {
    let started: Int
    var killed: Int?
    var stopped: Int?
    var gone: Int?
  }

  struct Event: Equatable {
    let act: SoakJournal.Act
    let place: Int
  }

  private(set) var lives: [Int: Life] = [:]
  /// By the number of the drop, in their order.
  private(set) var acts: [Int: [Event]] = [:]
  private(set) var runs: [Int: [Run]] = [:]
  /// Drops of which two runs were alive at the same time.
  private(set) var overlaps: [Int] = []
  /// From when to when the disk was full.
  private var full: [Range<Int>] = []
  /// Lines that make no sense.
  private(set) var unreadable: [String] = []

  init(_ journal: [UInt8]) {
    for (place, line) in journal.split(separator: UInt8(ascii: "\n")).enumerated() {
      let line = String(decoding: line, as: UTF8.self)
      if !read(line.split(separator: " ").map(String.init), at: place) { unreadable.append(line) }
    }
  }

  private mutating func read(_ words: [String], at place: Int) -> Bool {
    if words.count == 3, words[0] == "undone" {
      guard let act = SoakJournal.Act(rawValue: words[1]), let number = Int(words[2]),
        let index = acts[number]?.lastIndex(where: { $0.act == act })
      else { return false }
      acts[number]?.remove(at: index)
      return true
    }
    if words.count == 2, words[0] == "disk" {
      switch SoakJournal.Room(rawValue: words[1]) {
      case .full: full.append(place..<Int.max)
      case .room: if let last = full.last, last.upperBound == .max { full[full.count - 1] = last.lowerBound..<place }
      case nil: return false
      }
      return true
    }
    guard words.count == 2 || words.count == 4, let number = Int(words[1]) else { return false }
    if words.count == 4 {
      guard let note = SoakJournal.Note(rawValue: words[0]), let life = Int(words[2]) else { return false }
      return read(note, number, life: life, name: words[3], at: place)
    }
    if let act = SoakJournal.Act(rawValue: words[0]) {
      acts[number, default: []].append(Event(act: act, place: place))
    } else if let word = SoakJournal.Life(rawValue: words[0]) {
      switch word {
      case .start: lives[number] = Life(started: place)
      case .kill: lives[number]?.killed = place
      case .stop: lives[number]?.stopped = place
      case .gone: lives[number]?.gone = place
      }
      return lives[number] != nil
    } else {
      return false
    }
    return true
  }

  private mutating func read(
    _ note: SoakJournal.Note, _ number: Int, life: Int, name: String, at place: Int
  ) -> Bool {
    // A run of a runner that nobody had started is no run.
    guard lives[life] != nil else { return false }
    switch note {
    case .begin: runs[number, default: []].append(Run(name: name, life: life, began: place))
    case .overlap: overlaps.append(number)
    case .end:
      guard let index = runs[number]?.lastIndex(where: { $0.name == name && $0.life == life && $0.ended == nil })
      else { return false }
      runs[number]?[index].ended = place
    }
    return true
  }

  /// Whether what it came to may never have got to the disk: its runner was killed after it, or was stopped, ended it perhaps,
  /// and had a full disk. When a kill came is not known: after it was noted, and before the runner was gone.
  func mayBeUnwritten(_ run: Run) -> Bool {
    guard let life = lives[run.life], let gone = life.gone else { return false }
    if let ended = run.ended, ended < gone, life.killed != nil { return true }
    guard let stopped = life.stopped else { return false }
    let end = run.ended ?? stopped
    return end < gone && full.contains { $0.overlaps(end..<gone) }
  }

  /// The life of a runner at a place; nil: none was alive.
  func life(at place: Int) -> Life? {
    lives.values.first { $0.started < place && place < $0.gone ?? .max }
  }

  /// Kills, or all ends, of runners in a range of places.
  func kills(in places: Range<Int>) -> Int {
    lives.values.count { life in life.killed.map { places.contains($0) } ?? false }
  }

  func ends(in places: Range<Int>) -> Int {
    lives.values.count { life in (life.killed ?? life.stopped).map { places.contains($0) } ?? false }
  }

  /// The lives of a drop: from its dropping, or a retry by hand, to the next one. What was done and what ran in it.
  func budgets(of number: Int) -> [Budget] {
    let acts = acts[number] ?? []
    let starts = [-1] + acts.filter { $0.act == .retry }.map(\.place)
    return starts.indices.map { index in
      let places = starts[index]..<(index + 1 < starts.count ? starts[index + 1] : Int.max)
      return Budget(
        places: places, acts: acts.filter { places.contains($0.place) },
        runs: (runs[number] ?? []).filter { places.contains($0.began) })
    }
  }

  struct Budget {
    let places: Range<Int>
    let acts: [Event]
    let runs: [Run]

    func has(_ act: SoakJournal.Act) -> Bool { acts.contains { $0.act == act } }
  }
}
