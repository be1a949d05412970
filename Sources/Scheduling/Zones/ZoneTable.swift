import Platform

/// The zones by name, each file read once.
public struct ZoneTable: Sendable {
  private let read: @Sendable (String) -> [UInt8]?
  private let machine: @Sendable () -> MachineZone
  private var zones: [String: Zone] = [:]
  private var own: (name: String?, zone: Zone)?

  /// An empty table.
  ///
  /// - Parameters:
  ///   - read: the bytes of a zone's file; nil where there is none. Asked only for names that `isName` takes.
  ///   - machine: what the machine's own zone is.
  public init(read: @escaping @Sendable (String) -> [UInt8]?, machine: @escaping @Sendable () -> MachineZone) {
    self.read = read
    self.machine = machine
  }

  /// The zone of a name such as `Europe/Berlin`, upper and lower case as there.
  ///
  /// UTC, Etc/UTC, GMT and Z need no file. What could not be read is asked for again the next time.
  /// - Throws: `unknown`, `notAZoneFile`, `damaged`, `countsLeapSeconds`.
  public mutating func zone(named name: String) throws(ZoneProblem) -> Zone {
    if let zone = zones[name] { return zone }
    guard let zone = try load(name) else { throw .unknown(name) }
    return zone
  }

  /// The machine's own zone: that of TZ, else of /etc/localtime, else UTC. The name is nil where it has none.
  ///
  /// - Throws: what `zone(named:)` throws, and `badRule`.
  public mutating func machineZone() throws(ZoneProblem) -> (name: String?, zone: Zone) {
    if let own { return own }
    let found: (name: String?, zone: Zone)
    switch machine() {
    case .utc: found = ("UTC", .utc)
    case .named(let name): found = (name, try zone(named: name))
    case .file(let name, let bytes):
      found = (name.flatMap { ZoneTable.isName($0) ? $0 : nil }, try TZif.zone(bytes, name: name ?? "/etc/localtime"))
    case .missing(let path): throw .unknown(path)
    case .variable(let text):
      // A name first: EST5EDT is both, and in its file are the rules of earlier years.
      if let zone = try load(text) {
        found = (text, zone)
      } else if let rule = PosixZone(text.utf8) {
        found = (nil, Zone(rule))
      } else {
        throw .badRule(text)
      }
    }
    own = found
    return found
  }

  /// Forgets what was read: zone files are replaced while programs run, and so is the machine's zone.
  public mutating func forget() {
    zones = [:]
    own = nil
  }

  /// Whether a text could be a zone's name: 1 to 64 bytes of letters, digits and `_ + - /`, parts neither empty nor `.`
  /// or `..`.
  public static func isName(_ text: String) -> Bool {
    let bytes = text.utf8
    guard (1...64).contains(bytes.count), bytes.first != UInt8(ascii: "/"), bytes.last != UInt8(ascii: "/") else {
      return false
    }
    var before: UInt8 = 0
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): break
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"): break
      case UInt8(ascii: "/") where before != UInt8(ascii: "/"): break
      default: return false
      }
      before = byte
    }
    return true
  }

  private static let withoutFile: Set = ["UTC", "Etc/UTC", "GMT", "Z"]

  private mutating func load(_ name: String) throws(ZoneProblem) -> Zone? {
    if ZoneTable.withoutFile.contains(name) { return .utc }
    guard ZoneTable.isName(name), let bytes = read(name) else { return nil }
    let zone = try TZif.zone(bytes, name: name)
    zones[name] = zone
    return zone
  }
}
