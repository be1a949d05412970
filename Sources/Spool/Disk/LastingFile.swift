import Platform

/// A file that was there before the record that tells of it, and has to be on the disk before that record shows: the job
/// file as it was read, a long output log.
///
/// **After a failed sync** the kernel has told its error once, to every file that was open then, and holds the pages for
/// clean: a second sync answers that all is well, and so does one through a new open of the same inode, which knows of no
/// error before it. Whether the bytes can still be read is the file system's affair: ext4 and xfs leave them in the page
/// cache until memory is short, btrfs goes back to what the disk has. So only new pages help: the bytes go to a new file
/// (another inode), that one is synced, and has the name by rename.
/// - Of a job file the bytes that were read at the claim are held in memory. The new file has the same bytes, rights and
///   content time; what a user dropped is not altered by it, only its inode is another.
/// - Of a log, which may be long, they are read back, and count only if their checksum is that of what was written.
///   Otherwise they are gone: the log stays as it is, `isDamaged` says so, and it is never synced again. A result does not
///   wait for ever for a log that no disk can give back.
public final class LastingFile: Sendable {
  private struct State {
    var file: Descriptor
    var isDamaged = false
  }

  private let name: String
  private let place: SpoolPlace
  /// Where the bytes come from, also after a second failure: the copies' own pages are as doubtful as they were.
  private let source: Descriptor
  private let checksum: Checksum?
  private let state: Locked<State>

  /// - Parameters:
  ///   - file: as it is open; - name, place: where it lies.
  ///   - checksum: of all that was written to it, to read it back; nil: `file.contents` has its bytes.
  public init(_ file: Descriptor, name: String, in place: SpoolPlace, checksum: Checksum? = nil) {
    (source, self.name, self.place, self.checksum) = (file, name, place, checksum)
    state = Locked(State(file: file))
  }

  /// The folder whose entries it is among.
  public var folder: SpoolPlace { place }

  /// Bytes of it were lost and nobody has them.
  public var isDamaged: Bool { state.withLock { $0.isDamaged } }

  /// The open file to be synced: the one it was made with, or a new one when a sync failed. Nil when there is none to be
  /// synced: a person took it away, or its bytes are nowhere any more.
  public func toSync(in folders: SpoolFolders, by writer: RecordWriter) throws(SystemError) -> Descriptor? {
    let (file, isDamaged) = state.withLock { ($0.file, $0.isDamaged) }
    guard file.isDoubtful else { return file }
    guard !isDamaged else { return nil }
    let folder = try folders[place]
    let own = try file.status()
    // A person who moved it away has it; a new one must not stand in its place.
    guard let named = try folder.status(name), named.inode == own.inode, named.device == own.device else { return nil }
    let copy: Descriptor?
    if let checksum {
      copy = try writer.renew(name, in: folder, from: source, checksum: checksum)
    } else if let bytes = source.contents {
      copy = try writer.renew(name, in: folder, like: own, with: bytes)
    } else {
      copy = nil  // too large to have been read, and refused for it
    }
    state.withLock { state in
      if let copy { state.file = copy } else { state.isDamaged = true }
    }
    return copy
  }
}
