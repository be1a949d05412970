import Jobs
import Platform

/// Which runs are alive, noted by each child itself before its first instruction: `processing/.runs`, a small mapped file
/// with a fixed entry a slot. It is what lets a short job do without a run record of its own: a runner that was killed
/// leaves here who ran, and it costs no system call.
///
/// A new table has behind its slots what the earlier one told of jobs that are not in order yet, for as long as they are not:
/// the next runner has to know it as well, should this one die before.
public final class RunTable {
  /// Which machine, and since when it is up: pids mean nothing elsewhere.
  public struct Origin: Equatable, Sendable {
    /// `/etc/machine-id` (machine-id(5)).
    public let machine: String
    /// `/proc/sys/kernel/random/boot_id` (random(4)); empty: not known, and not this one.
    public let boot: String

    public init(machine: String, boot: String) { (self.machine, self.boot) = (machine, boot) }

    /// This one, now.
    public static let here = Origin(machine: Machine.id, boot: Machine.bootID)
  }

  /// A run of an earlier runner.
  public struct Earlier: Equatable, Sendable {
    public let id: JobID
    /// Its number; .max: not known.
    public let attempt: Int
    /// The first process of the run, and so its session; nil: nothing is known but that the job was claimed there, and may
    /// have run.
    public let pid: Int32?
    /// Continuous clock when it began, ns: a process under that pid which started later is another one.
    public let startedBefore: Int64
    /// Where it was claimed.
    public let origin: Origin

    public init(id: JobID, attempt: Int, pid: Int32? = nil, startedBefore: Int64 = 0, origin: Origin) {
      (self.id, self.attempt, self.pid) = (id, attempt, pid)
      (self.startedBefore, self.origin) = (startedBefore, origin)
    }
  }

  /// The whole of an earlier runner's table.
  public struct Contents: Equatable, Sendable {
    /// Of the runner whose table it is.
    public let origin: Origin
    public let runs: [Earlier]
    private let places: [JobID: Int]

    init(origin: Origin, runs: [Earlier]) {
      (self.origin, self.runs) = (origin, runs)
      places = Dictionary(runs.indices.map { (runs[$0].id, $0) }) { first, _ in first }
    }

    /// What is noted of a job; nil: nothing.
    public func run(of id: JobID) -> Earlier? { places[id].map { runs[$0] } }

    /// Where a job was claimed.
    public func origin(of id: JobID) -> Origin { run(of: id)?.origin ?? origin }
  }

  private static let name = ".runs"
  private static let headerSize = 256
  private static let entrySize = 512
  private static let idOffset = 32
  /// Only of what is carried over: those of the slots are the header's.
  private static let (machineOffset, bootOffset) = (288, 400)
  private static let originLimit = 112
  /// In the place of a pid: there is an entry, and no pid.
  private static let noProcess: Int64 = 1 << 32
  /// Of the file's layout; another one is read as empty.
  private static let magic: UInt64 = 0x31_6E_75_72_62_6F_62_21

  /// Fewest slots a table has room for: settings may ask for more later.
  private static let fewest = 64
  /// Most entries that are carried over. Runs are at most 1024 at a time; more jobs than that lie in `processing` only if a
  /// person put them there.
  private static let mostCarried = 4096
  /// Bytes of a table that are read: more than there ever are.
  private static let mostRead = 4 << 20

  private let page: SharedPage
  /// Runs that can be noted at a time.
  public let slots: Int
  /// Where the entries are that were carried over.
  private var carried: [JobID: Int] = [:]

  /// Makes a new table. The file is a fresh one: an earlier runner's children may still hold a mapping of the old.
  ///
  /// - Parameter earlier: what it is to tell of jobs that are not in order yet, one of each; of more than 4096 the rest, first
  ///   those that are not known to have run, is left out.
  public convenience init(folder: Folder, slots: Int, carrying earlier: [Earlier] = []) throws(SystemError) {
    let slots = max(slots, Self.fewest)
    let earlier = (earlier.filter { $0.pid != nil } + earlier.filter { $0.pid == nil }).prefix(Self.mostCarried)
    var carried: [JobID: Int] = [:]
    for (index, run) in earlier.enumerated() { carried[run.id] = Self.start(of: slots + index) }
    try self.init(in: folder, slots: slots, carried: carried) { bytes in
      bytes.initializeMemory(as: UInt8.self, repeating: 0)
      bytes.storeBytes(of: Self.magic, as: UInt64.self)
      Self.store(Machine.id, at: 8, limit: 120, in: bytes)
      Self.store(Machine.bootID, at: 128, limit: 120, in: bytes)
      for run in earlier { if let start = carried[run.id] { Self.store(run, at: start, in: bytes) } }
    }
  }

  /// Goes on with a table whose folder was deleted or moved away: the same runs, in a new file.
  public convenience init(continuing old: RunTable, in folder: Folder) throws(SystemError) {
    try self.init(in: folder, slots: old.slots, carried: old.carried, size: old.page.bytes.count) {
      $0.copyMemory(from: UnsafeRawBufferPointer(old.page.bytes))
    }
  }

  private init(
    in folder: Folder, slots: Int, carried: [JobID: Int], size: Int? = nil,
    fill: (UnsafeMutableRawBufferPointer) -> Void
  ) throws(SystemError) {
    let temporary = Self.name + ".new"
    if try folder.has(temporary) { try folder.remove(temporary) }
    (self.slots, self.carried) = (slots, carried)
    page = try SharedPage(folder.create(temporary), size: size ?? Self.start(of: slots + carried.count))
    fill(page.bytes)
    try folder.replace(Self.name, with: temporary)
  }

  private static func start(of entry: Int) -> Int { headerSize + entry * entrySize }

  /// What was carried over of a job is true no more.
  public func forget(_ id: JobID) {
    guard let start = carried.removeValue(forKey: id) else { return }
    page.bytes.storeBytes(of: 0, toByteOffset: start, as: Int64.self)
  }

  /// Prepares a slot and answers where the child notes its pid.
  public func begin(slot: Int, id: JobID, attempt: Int) -> BirthNote? {
    let start = Self.start(of: slot)
    guard slot < slots, let base = page.bytes.baseAddress else { return nil }
    forget(id)
    page.bytes.storeBytes(of: 0, toByteOffset: start, as: Int64.self)
    page.bytes.storeBytes(of: Int32(clamping: attempt), toByteOffset: start + 16, as: Int32.self)
    Self.store(id.text, at: start + Self.idOffset - 2, limit: 256, in: page.bytes)
    return BirthNote(base + start)
  }

  /// The run of a slot is over, all its processes known dead.
  public func end(slot: Int) {
    page.bytes.storeBytes(of: 0, toByteOffset: Self.start(of: slot), as: Int64.self)
  }

  /// What an earlier runner left; nil if there is none that can be read.
  ///
  /// - Throws: it cannot be read now.
  public static func read(folder: Folder) throws(SystemError) -> Contents? {
    do throws(SystemError) { return contents(of: try folder.open(name).readAll(limit: mostRead)) } catch {
      if error.isNoFile { return nil }
      throw error
    }
  }

  /// What a table's bytes say; nil if they are of no table, or of another layout's.
  static func contents(of bytes: [UInt8]) -> Contents? {
    bytes.withUnsafeBytes { raw in
      guard raw.count >= headerSize, raw.loadUnaligned(as: UInt64.self) == magic else { return nil }
      let origin = Origin(
        machine: load(at: 8, limit: 120, in: raw) ?? "", boot: load(at: 128, limit: 120, in: raw) ?? "")
      var runs: [Earlier] = []
      var start = headerSize
      while start + entrySize <= raw.count {
        if let run = run(at: start, of: origin, in: raw) { runs.append(run) }
        start += entrySize
      }
      return Contents(origin: origin, runs: runs)
    }
  }

  private static func run(at start: Int, of origin: Origin, in raw: UnsafeRawBufferPointer) -> Earlier? {
    let process = raw.loadUnaligned(fromByteOffset: start, as: Int64.self)
    // Whatever else stands there is no process: cut to 32 bits it could be 0 or less, which kill(2) takes for many.
    let pid = Int32(exactly: process).flatMap { $0 > 0 ? $0 : nil }
    guard pid != nil || process == noProcess, let text = load(at: start + idOffset - 2, limit: 256, in: raw) else {
      return nil
    }
    let attempt = raw.loadUnaligned(fromByteOffset: start + 16, as: Int32.self)
    let boot = load(at: start + bootOffset, limit: originLimit, in: raw)
    let machine = load(at: start + machineOffset, limit: originLimit, in: raw)
    return Earlier(
      id: JobID(unchecked: text), attempt: attempt == .max ? .max : Int(attempt), pid: pid,
      startedBefore: raw.loadUnaligned(fromByteOffset: start + 8, as: Int64.self),
      origin: boot == nil && machine == nil ? origin : Origin(machine: machine ?? "", boot: boot ?? ""))
  }

  private static func store(_ run: Earlier, at start: Int, in bytes: UnsafeMutableRawBufferPointer) {
    bytes.storeBytes(of: run.pid.map { Int64($0) } ?? noProcess, toByteOffset: start, as: Int64.self)
    bytes.storeBytes(of: run.startedBefore, toByteOffset: start + 8, as: Int64.self)
    bytes.storeBytes(of: Int32(clamping: run.attempt), toByteOffset: start + 16, as: Int32.self)
    store(run.id.text, at: start + idOffset - 2, limit: 256, in: bytes)
    store(run.origin.machine, at: start + machineOffset, limit: originLimit, in: bytes)
    store(run.origin.boot, at: start + bootOffset, limit: originLimit, in: bytes)
  }

  private static func store(_ text: String, at offset: Int, limit: Int, in bytes: UnsafeMutableRawBufferPointer) {
    let utf8 = Array(text.utf8.prefix(limit - 2))
    bytes.storeBytes(of: UInt16(utf8.count), toByteOffset: offset, as: UInt16.self)
    UnsafeMutableRawBufferPointer(rebasing: bytes[(offset + 2)...]).copyBytes(from: utf8)
  }

  private static func load(at offset: Int, limit: Int, in bytes: UnsafeRawBufferPointer) -> String? {
    let count = Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    guard count > 0, count <= limit - 2 else { return nil }
    return String(validating: bytes[(offset + 2)..<(offset + 2 + count)], as: UTF8.self)
  }
}
