import Platform

/// Somebody outside of what is cut, who looks at the folders again and again and remembers what was seen and told.
struct Witness {
  /// All that was seen and told before a moment.
  struct Account {
    /// Files of `done/` and `errors/`, those of messages too, by path.
    fileprivate(set) var seen: [String: [UInt8]] = [:]
    /// When each of them was seen first, and when the last look began; continuous clock.
    fileprivate(set) var times: [String: Int64] = [:]
    fileprivate(set) var looked: Int64 = 0
    /// Numbers of drops: `submit` had returned, or file and folder had been synced.
    fileprivate(set) var accepted: Set<Int> = []
    /// Lines `NUMBER ATTEMPT` of jobs that are not to be run again, by themselves, when they ran.
    fileprivate(set) var ran: Set<String> = []
    /// Jobs that had lain in `processing/` for longer than `claimLasts` under one runner, as they were read there.
    fileprivate(set) var claimed: Set<[UInt8]> = []

    var count: Int { seen.count + accepted.count + ran.count }
    /// All of it for a person, the newest last: ms before the last look, and the path.
    var text: String {
      let lines = times.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map { path, time in
        "\((looked - time) / 1_000_000) \(path) \(seen[path].map { Content($0).facts.status ?? "" } ?? "gone")\n"
      }
      return lines.joined() + "accepted \(accepted.sorted())\n"
    }
    var results: Int { seen.keys.count { $0.hasSuffix(".result.json") } }
  }

  private static let places = SpoolView.Family.allCases.flatMap(\.ends)
  /// A claim is on the disk after a second (DESIGN §1.3); three, for a busy machine.
  private static let claimLasts: Int64 = 3_000_000_000

  private let spool: String
  private let notes: Folder
  private(set) var account = Account()
  /// Of the jobs among what was seen.
  private var inodes: [String: UInt64] = [:]
  /// What lies in `processing/` by its name, since when, and how many runners had been stopped by then.
  private var claims: [String: (bytes: [UInt8], since: Int64, stops: Int)] = [:]

  /// - Parameters:
  ///   - spool: may not be there yet; - notes: of the actor and the jobs.
  init(spool: String, notes: Folder) { (self.spool, self.notes) = (spool, notes) }

  /// What came since it was looked last.
  mutating func look() throws {
    account.looked = Clock.continuous()
    try lookForClaims()
    for place in Self.places {
      guard let folder = try? Folder(path: spool + "/" + place) else { continue }  // not yet
      for name in try folder.names() where name.hasSuffix(".json") && !name.hasPrefix(".") {
        let path = place + "/" + name
        // A person's job that was moved to errors gives its place to one that ends there.
        let inode = name.hasSuffix(".result.json") ? nil : (try folder.status(name))?.inode
        guard account.seen[path] == nil || inode != inodes[path] else { continue }
        account.seen[path] = try read(name, in: folder)
        account.times[path] = Clock.continuous()
        inodes[path] = inode
      }
    }
    account.ran = Set(try Self.lines("ran", in: notes))
    account.accepted = Set(try words("accepted").compactMap { Int($0) })
  }

  private mutating func lookForClaims() throws {
    guard let folder = try? Folder(path: spool + "/processing") else { return }  // not yet
    let (now, stops) = (Clock.continuous(), try words("stopped").count)
    var left: [String: (bytes: [UInt8], since: Int64, stops: Int)] = [:]
    for name in try folder.names()
    where name.hasSuffix(".json") && !name.hasPrefix(".") && !name.hasSuffix(".run.json") {
      if let claim = claims[name], claim.stops == stops {
        left[name] = claim
        if now - claim.since > Self.claimLasts { account.claimed.insert(claim.bytes) }
      } else if let bytes = try read(name, in: folder) {
        left[name] = (bytes, now, stops)
      }
    }
    claims = left
  }

  /// Nil: somebody took it away before it was opened.
  private func read(_ name: String, in folder: Folder) throws -> [UInt8]? {
    do throws(SystemError) { return try folder.open(name).readAll(limit: 1 << 22) } catch {
      if error.isMissing { return nil }
      throw error
    }
  }

  /// Stems to which the person did something, until now, by which a result may vanish or a job become another.
  func touched() throws -> Set<String> { Set(try words("touched")) }

  private func words(_ kind: String) throws -> [String] {
    try Self.lines("told", in: notes).filter { $0.hasPrefix(kind + " ") }.map {
      String($0.dropFirst(kind.utf8.count + 1))
    }
  }

  /// Whole lines of a file that may not be there.
  static func lines(_ name: String, in folder: Folder) throws -> [String] {
    guard try folder.has(name) else { return [] }
    let text = try folder.open(name).readAll(limit: 1 << 24)
    return text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().map {
      String(decoding: $0, as: UTF8.self)
    }
  }
}
