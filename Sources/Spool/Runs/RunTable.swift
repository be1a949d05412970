import Jobs
import Platform

/// Which runs are alive, noted by each child itself before its first instruction: `processing/.runs`, a small mapped file
/// with a fixed entry a slot. It is what lets a short job do without a run record of its own: a runner that was killed
/// leaves here who ran, and it costs no system call.
///
/// Behind the slots it has what the next runner has to know as well, should this one die before it is on the disk: which
/// runs ended, and what the earlier table told of jobs that are not in order yet.
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

  /// How far a run had come when its runner ended.
  public enum State: Equatable, Sendable {
    /// It is not known to have begun: its job was claimed there, and may have run.
    case claimed
    /// It had begun. `pid` is the first process of the run, and so its session; `before` is the continuous clock then, ns: a
    /// process under that pid which started later is another one.
    case begun(pid: Int32, before: Int64)
    /// Nothing of it was alive any more, and what became of its job was not on the disk.
    case ended
    /// As `ended`, and the runner ended as planned: its disk did not take more.
    case stopped
  }

  /// A run of an earlier runner.
  public struct Earlier: Equatable, Sendable {
    public let id: JobID
    /// Its number; .max: not known.
    public let attempt: Int
    public let state: State
    /// Where it was claimed.
    public let origin: Origin

    public init(id: JobID, attempt: Int, _ state: State, origin: Origin) {
      (self.id, self.attempt, self.state, self.origin) = (id, attempt, state, origin)
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
  /// In the place of a pid, of an entry that has none.
  private static let (claimedMark, endedMark, stoppedMark): (Int64, Int64, Int64) = (1 << 32, 2 << 32, 3 << 32)
  /// Of the file's layout; another one is read as empty.
  private static let magic: UInt64 = 0x31_6E_75_72_62_6F_62_21

  /// Results, beside those of the slots, that may be on their way to the disk: of a run that ends when there are more it is
  /// not told that it did.
  public static let mostResults = 256
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
  /// Where the entries behind the slots are that tell of a job, and where there are free ones.
  private var kept: [JobID: Int]
  private var free: [Int]

  /// Makes a new table. The file is a fresh one: an earlier runner's children may still hold a mapping of the old.
  ///
  /// - Parameter earlier: what it is to tell of jobs that are not in order yet, one of each; of more than 4096 the rest, first
  ///   those that are not known to have run, is left out.
  public convenience init(folder: Folder, slots: Int, carrying earlier: [Earlier] = []) throws(SystemError) {
    let slots = max(slots, Self.fewest)
    let earlier = (earlier.filter { $0.state != .claimed } + earlier.filter { $0.state == .claimed })
      .prefix(Self.mostCarried)
    let places = (slots..<2 * slots + Self.mostResults + earlier.count).map(Self.start)
    let kept = Dictionary(zip(earlier.map(\.id), places)) { first, _ in first }
    try self.init(
      in: folder, slots: slots, kept: kept, free: places.dropFirst(earlier.count).reversed(),
      size: Self.headerSize + (slots + places.count) * Self.entrySize
    ) { bytes in
      bytes.initializeMemory(as: UInt8.self, repeating: 0)
      bytes.storeBytes(of: Self.magic, as: UInt64.self)
      Self.store(Machine.id, at: 8, limit: 120, in: bytes)
      Self.store(Machine.bootID, at: 128, limit: 120, in: bytes)
      for run in earlier { if let start = kept[run.id] { Self.store(run, at: start, in: bytes) } }
    }
  }

  /// Goes on with a table whose folder was deleted or moved away: the same runs, in a new file.
  public convenience init(continuing old: RunTable, in folder: Folder) throws(SystemError) {
    try self.init(in: folder, slots: old.slots, kept: old.kept, free: old.free, size: old.page.bytes.count) {
      $0.copyMemory(from: UnsafeRawBufferPointer(old.page.bytes))
    }
  }

  private init(
    in folder: Folder, slots: Int, kept: [JobID: Int], free: [Int], size: Int,
    fill: (UnsafeMutableRawBufferPointer) -> Void
  ) throws(SystemError) {
    let temporary = Self.name + ".new"
    if try folder.has(temporary) { try folder.remove(temporary) }
    (self.slots, self.kept, self.free) = (slots, kept, free)
    page = try SharedPage(folder.create(temporary), size: size)
    fill(page.bytes)
    try folder.replace(Self.name, with: temporary)
  }

  private static func start(of entry: Int) -> Int { headerSize + entry * entrySize }

  /// What stands behind the slots of a job is on the disk, or true no more.
  public func forget(_ id: JobID) {
    guard let start = kept.removeValue(forKey: id) else { return }
    page.bytes.storeBytes(of: 0, toByteOffset: start, as: Int64.self)
    free.append(start)
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

  /// The run of a slot is over, and there is nothing to tell of it.
  public func end(slot: Int) {
    guard slot < slots else { return }
    page.bytes.storeBytes(of: 0, toByteOffset: Self.start(of: slot), as: Int64.self)
  }

  /// The run of a slot is over, all its processes known dead. What becomes of its job is yet to come to the disk: the next
  /// runner is told that it ran until `forget`.
  public func end(slot: Int, of id: JobID) {
    let slotStart = Self.start(of: slot)
    if slot < slots, kept[id] == nil, let start = free.popLast() {
      kept[id] = start
      let rest = (slotStart + 8)..<(slotStart + Self.entrySize)
      UnsafeMutableRawBufferPointer(rebasing: page.bytes[(start + 8)...])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: page.bytes[rest]))
      page.bytes.storeBytes(of: Self.endedMark, toByteOffset: start, as: Int64.self)
    }
    end(slot: slot)
  }

  /// The runner ends as planned. What of the runs that ended is not on the disk by now does not get there.
  public func stop() {
    for start in kept.values where page.bytes.load(fromByteOffset: start, as: Int64.self) == Self.endedMark {
      page.bytes.storeBytes(of: Self.stoppedMark, toByteOffset: start, as: Int64.self)
    }
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
    guard let state = state(at: start, in: raw), let text = load(at: start + idOffset - 2, limit: 256, in: raw) else {
      return nil
    }
    let attempt = raw.loadUnaligned(fromByteOffset: start + 16, as: Int32.self)
    let boot = load(at: start + bootOffset, limit: originLimit, in: raw)
    let machine = load(at: start + machineOffset, limit: originLimit, in: raw)
    return Earlier(
      id: JobID(unchecked: text), attempt: attempt == .max ? .max : Int(attempt), state,
      origin: boot == nil && machine == nil ? origin : Origin(machine: machine ?? "", boot: boot ?? ""))
  }

  private static func state(at start: Int, in raw: UnsafeRawBufferPointer) -> State? {
    switch raw.loadUnaligned(fromByteOffset: start, as: Int64.self) {
    case claimedMark: .claimed
    case endedMark: .ended
    case stoppedMark: .stopped
    // Whatever else stands there is no process: cut to 32 bits it could be 0 or less, which kill(2) takes for many.
    case let process:
      Int32(exactly: process).flatMap { $0 > 0 ? $0 : nil }
        .map { .begun(pid: $0, before: raw.loadUnaligned(fromByteOffset: start + 8, as: Int64.self)) }
    }
  }

  private static func store(_ run: Earlier, at start: Int, in bytes: UnsafeMutableRawBufferPointer) {
    let (mark, before): (Int64, Int64) =
      switch run.state {
      case .claimed: (claimedMark, 0)
      case .begun(let pid, let before): (Int64(pid), before)
      case .ended: (endedMark, 0)
      case .stopped: (stoppedMark, 0)
      }
    bytes.storeBytes(of: mark, toByteOffset: start, as: Int64.self)
    bytes.storeBytes(of: before, toByteOffset: start + 8, as: Int64.self)
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
