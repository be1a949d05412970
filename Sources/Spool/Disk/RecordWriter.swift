import Platform

/// The one type that writes state files: records, results, settings of ours. A file appears whole or not at all, and
/// nothing a person dropped is ever written to.
public struct RecordWriter: Sendable {
  private let disk: any Disk

  public init(_ disk: any Disk) { self.disk = disk }

  /// Writes a new file under its final name; not yet synced. Whoever reads it before the write is through sees JSON that
  /// does not end: recovery takes that for no record.
  ///
  /// - Returns: the open file, for a shared sync.
  /// - Throws: `isTaken` if the name is there; what was written of a failed one is removed.
  public func writeNew(_ bytes: [UInt8], as name: String, in folder: Folder) throws(SystemError) -> Descriptor {
    let file = try disk.create(name, in: folder)
    do throws(SystemError) { try disk.write(bytes, to: file) } catch {
      try? disk.remove(name, in: folder)  // a torn record counts as none
      throw error
    }
    return file
  }

  /// Replaces or makes a file: temporary, write, rename; not yet synced. The temporary's name is fixed, so that one left
  /// behind by a crash is overwritten and not collected.
  public func write(_ bytes: [UInt8], as name: String, in folder: Folder) throws(SystemError) -> Descriptor {
    let temporary = ".\(name).new"
    try clear(temporary, in: folder)
    let file = try writeNew(bytes, as: temporary, in: folder)
    do throws(SystemError) { try put(temporary, as: name, in: folder) } catch {
      try? disk.remove(temporary, in: folder)
      throw error
    }
    return file
  }

  /// Like `write`, and on the disk when it returns.
  public func writeDurably(_ bytes: [UInt8], as name: String, in folder: Folder) throws(SystemError) {
    let temporary = ".\(name).new"
    try clear(temporary, in: folder)
    let file = try writeNew(bytes, as: temporary, in: folder)
    do throws(SystemError) {
      try disk.sync(file)
      try put(temporary, as: name, in: folder)
    } catch {
      try? disk.remove(temporary, in: folder)  // nothing of a failed write may be taken for the record
      throw error
    }
    try disk.syncEntries(of: folder)
  }

  /// The rename to the final name. A folder that stands there, of a person's making, is set aside: nothing of ours could
  /// ever be written under that name, and a result that cannot be written holds up every claim.
  private func put(_ temporary: String, as name: String, in folder: Folder) throws(SystemError) {
    do throws(SystemError) { try disk.replace(name, with: temporary, in: folder) } catch {
      guard error.isFolder else { throw error }
      try setAside(name, in: folder)
      try disk.replace(name, with: temporary, in: folder)
    }
  }

  /// Takes away a temporary that a crash left.
  private func clear(_ temporary: String, in folder: Folder) throws(SystemError) {
    guard folder.has(temporary) else { return }
    do throws(SystemError) { try disk.remove(temporary, in: folder) } catch {
      guard error.isFolder else { throw error }
      try setAside(temporary, in: folder)
    }
  }

  private func setAside(_ name: String, in folder: Folder) throws(SystemError) {
    var number = 1
    while folder.has("\(name).displaced-\(number)") { number += 1 }
    try disk.move(name, from: folder, to: folder, as: "\(name).displaced-\(number)")
  }
}
