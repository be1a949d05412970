import Jobs
import Platform

/// Which runs are alive, noted by each child itself before its first instruction: `processing/.runs`, a small mapped file
/// with a fixed entry a slot. It is what lets a short job do without a run record of its own: a runner that was killed
/// leaves here who ran, and it costs no system call.
public final class RunTable {
  /// A run of an earlier runner.
  public struct Earlier: Equatable, Sendable {
    public let id: JobID
    public let attempt: Int
    /// The first process of the run, and so its session.
    public let pid: Int32
    /// Continuous clock when it began, ns: a process under that pid which started later is another one.
    public let startedBefore: Int64
  }

  /// The whole of an earlier runner's table.
  public struct Contents: Equatable, Sendable {
    public let machineID: String
    public let bootID: String
    public let runs: [Earlier]
  }

  private static let name = ".runs"
  private static let headerSize = 256
  private static let entrySize = 512
  private static let idOffset = 32
  /// Of the file's layout; another one is read as empty.
  private static let magic: UInt64 = 0x31_6E_75_72_62_6F_62_21

  /// Fewest slots a table has room for: settings may ask for more later.
  private static let fewest = 64

  private let page: SharedPage
  /// Runs that can be noted at a time.
  public let slots: Int

  /// Makes a new table. The file is a fresh one: an earlier runner's children may still hold a mapping of the old.
  public convenience init(folder: Folder, slots: Int) throws(SystemError) {
    try self.init(in: folder, slots: max(slots, Self.fewest)) { bytes in
      bytes.initializeMemory(as: UInt8.self, repeating: 0)
      bytes.storeBytes(of: Self.magic, as: UInt64.self)
      Self.store(Machine.id, at: 8, limit: 120, in: bytes)
      Self.store(Machine.bootID, at: 128, limit: 120, in: bytes)
    }
  }

  /// Goes on with a table whose folder was deleted or moved away: the same runs, in a new file.
  public convenience init(continuing old: RunTable, in folder: Folder) throws(SystemError) {
    try self.init(in: folder, slots: old.slots) { $0.copyMemory(from: UnsafeRawBufferPointer(old.page.bytes)) }
  }

  private init(
    in folder: Folder, slots: Int, fill: (UnsafeMutableRawBufferPointer) -> Void
  ) throws(SystemError) {
    let temporary = Self.name + ".new"
    if try folder.has(temporary) { try folder.remove(temporary) }
    self.slots = slots
    page = try SharedPage(folder.create(temporary), size: Self.headerSize + slots * Self.entrySize)
    fill(page.bytes)
    try folder.replace(Self.name, with: temporary)
  }

  /// Prepares a slot and answers where the child notes its pid.
  public func begin(slot: Int, id: JobID, attempt: Int) -> BirthNote? {
    let start = Self.headerSize + slot * Self.entrySize
    guard start + Self.entrySize <= page.bytes.count, let base = page.bytes.baseAddress else { return nil }
    page.bytes.storeBytes(of: 0, toByteOffset: start, as: Int64.self)
    page.bytes.storeBytes(of: Int32(clamping: attempt), toByteOffset: start + 16, as: Int32.self)
    Self.store(id.text, at: start + Self.idOffset - 2, limit: 256, in: page.bytes)
    return BirthNote(base + start)
  }

  /// The run of a slot is over, all its processes known dead.
  public func end(slot: Int) {
    page.bytes.storeBytes(of: 0, toByteOffset: Self.headerSize + slot * Self.entrySize, as: Int64.self)
  }

  /// What an earlier runner left; nil if there is none that can be read.
  ///
  /// - Throws: it cannot be read now.
  public static func read(folder: Folder) throws(SystemError) -> Contents? {
    do throws(SystemError) { return contents(of: try folder.open(name).readAll(limit: 4 << 20)) } catch {
      if error.isNoFile { return nil }
      throw error
    }
  }

  /// What a table's bytes say; nil if they are of no table, or of another layout's.
  static func contents(of bytes: [UInt8]) -> Contents? {
    bytes.withUnsafeBytes { raw in
      guard raw.count >= headerSize, raw.loadUnaligned(as: UInt64.self) == magic else { return nil }
      var runs: [Earlier] = []
      var start = headerSize
      while start + entrySize <= raw.count {
        // Whatever else stands there is no process: cut to 32 bits it could be 0 or less, which kill(2) takes for many.
        let pid = Int32(exactly: raw.loadUnaligned(fromByteOffset: start, as: Int64.self))
        if let pid, pid > 0, let text = load(at: start + idOffset - 2, limit: 256, in: raw) {
          runs.append(
            Earlier(
              id: JobID(unchecked: text), attempt: Int(raw.loadUnaligned(fromByteOffset: start + 16, as: Int32.self)),
              pid: pid,
              startedBefore: raw.loadUnaligned(fromByteOffset: start + 8, as: Int64.self)))
        }
        start += entrySize
      }
      return Contents(
        machineID: load(at: 8, limit: 120, in: raw) ?? "", bootID: load(at: 128, limit: 120, in: raw) ?? "", runs: runs)
    }
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
