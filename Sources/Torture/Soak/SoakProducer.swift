import Platform

/// Drops files as people do, well and badly, and moves what lies there. Each act is in the journal before it is done.
struct SoakProducer {
  private let spool: Folder
  private let beside: Folder
  private let journal: SoakJournal
  private let jobs: SoakJobs
  /// Members of a job that let it run in isolation; empty: this machine has none.
  private let isolation: [String]
  private var random: Seeded
  private var number = 0
  private(set) var ledger = SoakLedger()
  private(set) var figures = SoakFigures()
  /// Names of jobs whose results may lie alone: taken back, and then taken away or given another name.
  private(set) var widows: Set<String> = []
  /// Names of jobs that were taken back: what an earlier run left stays where it was.
  private(set) var retried: Set<String> = []
  private var witness: SoakWitness
  /// A file that is written in pieces: its number, and what is still to come.
  private var slow: (file: Descriptor, rest: [UInt8], number: Int)?

  init(_ spool: Folder, beside: Folder, ground: Folder, journal: SoakJournal, isolation: [String], seed: UInt64) {
    (self.spool, self.beside, self.journal, random) = (spool, beside, journal, Seeded(seed, 7))
    self.isolation = isolation
    jobs = SoakJobs(ground: ground.path)
    witness = SoakWitness(spool)
  }

  /// One thing that somebody does. What a full disk does not let be done is not done, and no drop.
  mutating func act() {
    do throws(SystemError) {
      switch Int.random(in: 0..<20, using: &random) {
      case 0..<10: for _ in 0..<Int.random(in: 1...3, using: &random) { try drop() }
      case 10: try dropBad()
      case 11: try dropSlowly()
      case 12: try hostile()
      case 13: if random.once(in: 3) { try burst() }
      case 14: try moveOne(from: "inbox", to: "held", .hold)
      case 15: try moveOne(from: "held", to: "inbox", .release)
      case 16: try moveOne(from: "errors", to: "inbox", .retry)
      case 17: try random.once(in: 2) ? moveOne(from: "inbox", to: "errors", .discard) : removeOne()
      default: try cancelOne()
      }
    } catch {}  // gone meanwhile, taken meanwhile, no room: a person would shrug
  }

  /// No runner is alive: what shows now has ended.
  mutating func witnessEnds() throws {
    try witness.look(journal) { ledger.number(of: $0) }
    // One that is not to be run again is interrupted once, and not given up.
    figures.givenUp = witness.givenUp.count { ledger.drops[$0]?.isOnce == false }
  }

  /// Lets what was begun be finished and what was put aside be run.
  mutating func finish() throws {
    try writeRest()
    let (held, inbox) = (try spool.folder("held"), try spool.folder("inbox"))
    for name in try held.names() where name.hasSuffix(".json") {
      guard let number = ledger.number(of: try held.open(name).readAll(limit: 1 << 22)) else { continue }
      try journal.note(.release, number)
      do throws(SystemError) { try held.move(name, to: inbox, as: name) } catch {
        guard error.isTaken else { throw error }
        // Another one waits under its name; under a new one it has no history.
        ledger.shareName(number)
        widows.insert(String(name.dropLast(5)))
        try held.move(name, to: inbox, as: "held-\(name)")
      }
    }
  }

  // MARK: drops

  private mutating func drop() throws(SystemError) {
    number += 1
    let members = random.once(in: 10) ? isolation.randomElement(using: &random) : nil
    let drop = jobs.job(number, isolation: members, using: &random)
    if members != nil { figures.isolated += 1 }
    guard members == nil, random.once(in: 10), number > 3 else { return try publish(drop, "j\(number).json") }
    figures.namesInUse += 1
    try publish(drop, "j\(number - 2).json")  // very likely: it gets a number
    ledger.shareName(number)
    ledger.shareName(number - 2)
  }

  private mutating func dropBad() throws(SystemError) {
    number += 1
    try publish(jobs.bad(number, using: &random), "j\(number).json")
    figures.badFiles += 1
  }

  private mutating func publish(_ drop: SoakDrop, _ name: String) throws(SystemError) {
    try beside.create(name).write(drop.bytes)
    try journal.note(.drop, number)
    ledger.drop(drop, number)
    do throws(SystemError) { try beside.move(name, to: spool.folder("inbox"), as: name) } catch {
      try journal.undo(.drop, number)
      ledger.undrop(number)
      try? beside.remove(name)  // nobody's
      throw error
    }
  }

  /// `cat > inbox/x.json`, which somebody holds open for a while.
  private mutating func dropSlowly() throws(SystemError) {
    guard slow == nil else { return try writeRest() }
    number += 1
    let drop = jobs.job(number, isolation: nil, using: &random)
    let file = try spool.folder("inbox").create("j\(number).json")
    try journal.note(.drop, number)
    ledger.drop(drop, number)
    figures.slowDrops += 1
    let half = drop.bytes.count / 2
    slow = (file, Array(drop.bytes.dropFirst(half)), number)
    do throws(SystemError) { try file.write(Array(drop.bytes.prefix(half))) } catch { try leaveTorn() }
  }

  private mutating func writeRest() throws(SystemError) {
    guard let slow else { return }
    do throws(SystemError) { try slow.file.write(slow.rest) } catch { return try leaveTorn() }
    self.slow = nil
  }

  /// The disk is full: what came to it is all there will ever be.
  private mutating func leaveTorn() throws(SystemError) {
    guard let slow, let drop = ledger.drops[slow.number] else { return }
    self.slow = nil
    let size = Int(try slow.file.status().size)
    let bytes = Array(drop.bytes.prefix(size))
    if bytes.isEmpty {
      // Nothing came of it, and it is as all others of which nothing did: gone as long as it is held open.
      try spool.folder("inbox").remove("j\(slow.number).json")
      try journal.undo(.drop, slow.number)
      return ledger.undrop(slow.number)
    }
    // But for its line break it is whole.
    guard size < drop.bytes.count - 1 else { return }
    ledger.drop(.refused(bytes, "bad-json"), slow.number)
  }

  /// Names that are none; the bytes have to be somewhere all the same.
  private mutating func hostile() throws(SystemError) {
    number += 1
    let job = jobs.job(number, isolation: nil, using: &random)
    let names = [
      "-\(number).json", "a\nb\(number).json", "x\(number).result.json",
      String(repeating: "n", count: 200) + "\(number).json",
    ]
    try publish(.refused(job.bytes, "bad-name"), names[Int.random(in: 0..<names.count, using: &random)])
    figures.badNames += 1
  }

  /// Very many notices at once.
  private func burst() throws(SystemError) {
    let inbox = try spool.folder("inbox")
    for index in 0..<2000 {
      let name = ".burst-\(index)"
      _ = try inbox.create(name)
      try inbox.remove(name)
    }
  }

  // MARK: what a person does to one

  private mutating func one(in place: String) throws(SystemError) -> (name: String, number: Int)? {
    let folder = try spool.folder(place)
    let names = try folder.names().filter {
      $0.hasPrefix("j") && $0.hasSuffix(".json") && !$0.hasSuffix(".result.json") && !$0.hasSuffix(".run.json")
    }
    guard let name = names.randomElement(using: &random) else { return nil }
    guard let number = ledger.number(of: try folder.open(name).readAll(limit: 1 << 22)) else { return nil }
    return (name, number)
  }

  private mutating func moveOne(from: String, to: String, _ act: SoakJournal.Act) throws(SystemError) {
    guard let one = try one(in: from), slow?.number != one.number else { return }
    let stem = String(one.name.dropLast(5))
    if act == .retry, try !spool.folder(from).has(stem + ".result.json") { return }
    try move(one, from: spool.folder(from), to: spool.folder(to), as: one.name, act)
    if act == .retry {
      witness.forget(stem, in: from)
      retried.insert(stem)
    }
  }

  private mutating func removeOne() throws(SystemError) {
    guard let one = try one(in: "inbox"), slow?.number != one.number else { return }
    try move(one, from: spool.folder("inbox"), to: beside, as: "removed-\(one.number)", .remove)
    widows.insert(String(one.name.dropLast(5)))
  }

  private func move(
    _ one: (name: String, number: Int), from: Folder, to: Folder, as name: String, _ act: SoakJournal.Act
  ) throws(SystemError) {
    try journal.note(act, one.number)
    do throws(SystemError) { try from.move(one.name, to: to, as: name) } catch {
      try journal.undo(act, one.number)
      throw error
    }
  }

  private mutating func cancelOne() throws(SystemError) {
    guard let one = try one(in: "processing") else { return }
    let processing = try spool.folder("processing")
    try journal.note(.cancel, one.number)
    do throws(SystemError) { _ = try processing.create(String(one.name.dropLast(5)) + ".cancel") } catch {
      try journal.undo(.cancel, one.number)
      throw error
    }
    if try processing.has(one.name) { try journal.note(.cancelStood, one.number) }
  }
}
