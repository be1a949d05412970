import Platform

/// The one type that writes state files: records, results, settings of ours. A file appears whole or not at all, and
/// nothing a person dropped is ever written to: `renew` puts the same bytes under its name as a new file.
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
  ///
  /// - Parameter mode: rights other than the owner's alone, for what containers read; nil: 0600.
  public func write(
    _ bytes: [UInt8], as name: String, in folder: Folder, mode: UInt32? = nil
  ) throws(SystemError) -> Descriptor {
    let temporary = ".\(name).new"
    try clear(temporary, in: folder)
    let file = try writeNew(bytes, as: temporary, in: folder)
    if let mode { try file.setMode(mode) }
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

  /// Writes a file that `publish` is to show once it is synced.
  public func prepare(_ bytes: [UInt8], as name: String, in folder: Folder) throws(SystemError) -> Descriptor {
    let temporary = ".\(name).new"
    try clear(temporary, in: folder)
    return try writeNew(bytes, as: temporary, in: folder)
  }

  /// Shows what was prepared. False if that was done before; nothing is overwritten (`isTaken`).
  public func publish(_ name: String, in folder: Folder) throws(SystemError) -> Bool {
    do throws(SystemError) {
      try disk.move(".\(name).new", from: folder, to: folder, as: name)
      return true
    } catch {
      if error.isMissing { return false }
      throw error
    }
  }

  /// Shows what was prepared in place of a file of ours. Nothing if that was done before.
  public func publishOver(_ name: String, in folder: Folder) throws(SystemError) {
    let temporary = ".\(name).new"
    guard try folder.has(temporary) else { return }
    try put(temporary, as: name, in: folder)
  }

  /// Takes away what was prepared and is not to be shown.
  public func discard(_ name: String, in folder: Folder) throws(SystemError) { try clear(".\(name).new", in: folder) }

  /// Puts a new file with the same bytes in place of one whose sync failed, with its owner, rights and content time; its bytes
  /// are on the disk, its name is not yet.
  ///
  /// - Parameter status: of the file that it replaces.
  public func renew(
    _ name: String, in folder: Folder, like status: FileStatus, with bytes: [UInt8]
  ) throws(SystemError) -> Descriptor? {
    try renew(name, in: folder, like: status) { file throws(SystemError) in
      try disk.write(bytes, to: file)
      return true
    }
  }

  /// The same for a long file, which is read back from `source`. Nil, and nothing changed: what is read has another
  /// checksum, or cannot be read at all.
  public func renew(
    _ name: String, in folder: Folder, from source: Descriptor, checksum: Checksum
  ) throws(SystemError) -> Descriptor? {
    try renew(name, in: folder, like: try source.status()) { file throws(SystemError) in
      var found = Checksum()
      var failure: SystemError?
      while found.count < checksum.count {
        let room = Int(min(1 << 20, checksum.count - found.count))
        let piece = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
          do throws(SystemError) {
            count = try source.read(into: UnsafeMutableRawBufferPointer(buffer), at: found.count)
          } catch { failure = error }
        }
        if failure != nil || piece.isEmpty { return false }
        piece.withUnsafeBytes { found.add($0) }
        try disk.write(piece, to: file)
      }
      return found == checksum
    }
  }

  private func renew(
    _ name: String, in folder: Folder, like status: FileStatus, fill: (Descriptor) throws(SystemError) -> Bool
  ) throws(SystemError) -> Descriptor? {
    let temporary = ".\(name).new"
    try clear(temporary, in: folder)
    let file = try disk.create(temporary, in: folder)
    do throws(SystemError) {
      guard try fill(file) else {
        try? disk.remove(temporary, in: folder)  // one that stays is swept by the next start
        return nil
      }
      let own = try file.status()
      if own.owner != status.owner || own.group != status.group {
        try? file.setOwner(status.owner, group: status.group)  // of a shared inbox; root alone may give a file away
      }
      try file.setMode(status.mode)
      try disk.setModified(temporary, in: folder, to: status.modified)
      // Before it has the name: the bytes of the old one may be on the disk by an earlier sync, of who dropped it.
      try disk.sync(file)
      try disk.replace(name, with: temporary, in: folder)
      return file
    } catch {
      try? disk.remove(temporary, in: folder)
      throw error
    }
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
    guard try folder.has(temporary) else { return }
    do throws(SystemError) { try disk.remove(temporary, in: folder) } catch {
      guard error.isFolder else { throw error }
      try setAside(temporary, in: folder)
    }
  }

  private func setAside(_ name: String, in folder: Folder) throws(SystemError) {
    var number = 1
    while try folder.has("\(name).displaced-\(number)") { number += 1 }
    try disk.move(name, from: folder, to: folder, as: "\(name).displaced-\(number)")
  }
}
