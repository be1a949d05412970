import Platform

/// Drops files as people do, well and badly, and moves what lies there. All that it did well is in the ledger.
struct SoakProducer {
  private let spool: Folder
  private let beside: Folder
  private let ground: String
  /// Members of a job that let it run in isolation; empty: this machine has none.
  private let isolation: [String]
  private var random: Seeded
  private var number = 0
  private(set) var ledger = SoakLedger()
  /// A file that is written in pieces: its number, and what is still to come.
  private var slow: (file: Descriptor, rest: [UInt8], number: Int)?

  init(_ spool: Folder, beside: Folder, ground: String, isolation: [String], seed: UInt64) {
    (self.spool, self.beside, self.ground, random) = (spool, beside, ground, Seeded(seed, 7))
    self.isolation = isolation
  }

  mutating func noteKill() { ledger.kills.append(Clock.wall()) }

  /// One thing that somebody does. What a full disk does not let be done is not done, and no drop.
  mutating func act() {
    do throws(SystemError) {
      switch Int.random(in: 0..<20, using: &random) {
      case 0..<11: try drop(good: true)
      case 11: try drop(good: false)
      case 12: try dropSlowly()
      case 13: try hostile()
      case 14: try burst()
      case 15: try moveOne(from: "inbox", to: "held")
      case 16: try moveOne(from: "held", to: "inbox")
      case 17: try moveOne(from: "errors", to: "inbox")
      case 18: try removeOne()
      default: try cancelOne()
      }
    } catch {}  // gone meanwhile, taken meanwhile, no room: a person would shrug
  }

  /// Lets what was begun be finished and what was put aside be run.
  mutating func finish() throws {
    if let slow {
      self.slow = nil
      try slow.file.write(slow.rest)
    }
    for name in try spool.folder("held").names() where name.hasSuffix(".json") {
      // It may be claimed as another.
      try? spool.folder("held").move(name, to: spool.folder("inbox"), as: "held-\(name)")
    }
  }

  private mutating func isolatedJob(_ members: String) -> (bytes: [UInt8], name: String) {
    number += 1
    let line = "echo \(SoakLedger.word(number)); sleep 0.0\(Int.random(in: 1...9, using: &random))"
    return (
      Array((#"{"description": "\#(number)", "run": "\#(line)", \#(members)}"# + "\n").utf8), "j\(number).json"
    )
  }

  private mutating func job() -> (bytes: [UInt8], name: String) {
    number += 1
    let note =
      "echo \(number) $(date +%s%N) >> \(ground)/trace; exec 9> \(ground)/lock.\(number); flock -n 9 || echo \(number) >> \(ground)/overlap"
    let kinds = [
      #""run": "\#(note)""#, #""run": "\#(note); sleep 0.0\#(Int.random(in: 1...9, using: &random))""#,
      #""run": "\#(note); exit 3""#, #""run": "\#(note); sleep 0.2", "timeout": "100ms", "grace": "50ms""#,
      #""run": "\#(note); yes | head -c 100000; touch left""#,
      #""run": "\#(note); (setsid sleep 0.3 &)", "group": "g\#(number % 3)""#,
      #""run": "\#(note)", "key": "k\#(number)", "priority": \#(number % 7)"#,
    ]
    let kind = kinds[Int.random(in: 0..<kinds.count, using: &random)]
    return (Array((#"{"description": "\#(number)", \#(kind)}"# + "\n").utf8), "j\(number).json")
  }

  private mutating func publish(
    _ bytes: [UInt8], _ name: String, isGood: Bool, isIsolated: Bool = false
  ) throws(SystemError) {
    try beside.create(name).write(bytes)
    try beside.move(name, to: spool.folder("inbox"), as: name)
    ledger.drops[number] = SoakLedger.Drop(bytes: bytes, isGood: isGood, isIsolated: isIsolated)
  }

  private mutating func drop(good: Bool) throws(SystemError) {
    if good, random.once(in: 12), let members = isolation.randomElement(using: &random) {
      let (bytes, name) = isolatedJob(members)
      return try publish(bytes, name, isGood: true, isIsolated: true)
    }
    var (bytes, name) = job()
    if !good {
      // Large ones are few: they stay, and the disk is small.
      switch Int.random(in: random.once(in: 12) ? 1..<2 : 2..<5, using: &random) {
      case 1: bytes += [UInt8](repeating: UInt8(ascii: " "), count: (1 << 20) + 1)
      case 2: bytes.removeLast(3)
      case 3: bytes.insert(0xFF, at: bytes.count / 2)
      default: bytes += Array("{}".utf8)
      }
    } else if random.once(in: 10), number > 3 {
      name = "j\(number - 2).json"  // in use, very likely: it gets a number
    }
    try publish(bytes, name, isGood: good)
  }

  /// `cat > inbox/x.json`, which somebody holds open for a while.
  private mutating func dropSlowly() throws(SystemError) {
    if let slow {
      self.slow = nil
      try slow.file.write(slow.rest)
      return
    }
    let (bytes, name) = job()
    let file = try spool.folder("inbox").create(name)
    try file.write(Array(bytes.prefix(bytes.count / 2)))
    ledger.drops[number] = SoakLedger.Drop(bytes: bytes, isGood: true)
    slow = (file, Array(bytes.dropFirst(bytes.count / 2)), number)
  }

  /// Names that are none; the bytes have to be somewhere all the same.
  private mutating func hostile() throws(SystemError) {
    let (bytes, _) = job()
    let names = [
      "-\(number).json", "a\nb\(number).json", "x\(number).result.json",
      String(repeating: "n", count: 200) + "\(number).json",
    ]
    try publish(bytes, names[Int.random(in: 0..<names.count, using: &random)], isGood: false)
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

  private mutating func one(in place: String) throws(SystemError) -> (name: String, number: Int)? {
    let folder = try spool.folder(place)
    let names = try folder.names().filter {
      $0.hasPrefix("j") && $0.hasSuffix(".json") && !$0.hasSuffix(".result.json") && !$0.hasSuffix(".run.json")
    }
    guard let name = names.randomElement(using: &random) else { return nil }
    let bytes = try folder.open(name).readAll(limit: 1 << 22)
    guard let number = ledger.drops.first(where: { $0.value.bytes == bytes })?.key else { return nil }
    return (name, number)
  }

  private mutating func moveOne(from: String, to: String) throws(SystemError) {
    guard let one = try one(in: from) else { return }
    if from == "errors", try !spool.folder(from).has(String(one.name.dropLast(5)) + ".result.json") { return }
    ledger.drops[one.number]?.touched.append(Clock.wall())
    try spool.folder(from).move(one.name, to: spool.folder(to), as: one.name)
  }

  private mutating func removeOne() throws(SystemError) {
    guard let one = try one(in: "inbox"), slow?.number != one.number else { return }
    // Out of everybody's reach first, then looked at: what is removed is what was meant.
    let aside = "removed-\(one.number)-\(Clock.wall())"
    try spool.folder("inbox").move(one.name, to: beside, as: aside)
    let bytes = try beside.open(aside).readAll(limit: 1 << 22)
    if let number = ledger.drops.first(where: { $0.value.bytes == bytes })?.key {
      ledger.drops[number]?.isRemoved = true
    }
  }

  private mutating func cancelOne() throws(SystemError) {
    guard let one = try one(in: "processing") else { return }
    ledger.drops[one.number]?.touched.append(Clock.wall())
    _ = try spool.folder("processing").create(String(one.name.dropLast(5)) + ".cancel")
  }
}
