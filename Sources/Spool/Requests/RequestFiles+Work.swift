import Jobs
import Platform

/// Carrying a request out.
extension RequestFiles {
  /// All that a request comes to, in one go: what it makes is on the disk before it shows, and shows before the answer.
  public func item(_ work: RequestWork, ticket: Int) -> GroupCommit.Item {
    GroupCommit.Item(
      ticket: ticket,
      write: { [self] () throws(SystemError) in
        var files: [Descriptor] = []
        if let bytes = work.bytes {
          let place = try subfolder(of: .processingRequests, work.group)
          files.append(try writer.prepare(bytes, as: work.taken, in: place))
        }
        for creation in work.creations {
          files.append(try writer.prepare(creation.bytes, as: creation.name, in: folders[creation.place]))
        }
        if !work.copies.isEmpty {
          let outbox = try folders[.outbox]
          try disk.makeFolder(work.copiesName, in: outbox)
          let folder = try outbox.folder(work.copiesName)
          for copy in work.copies { files.append(try self.copy(copy, into: folder)) }
          try disk.syncEntries(of: folder)
        }
        if let note = work.note, let answers = try folder("answers", of: work.group) {
          files.append(try writer.write(note.bytes, as: note.name, in: answers))
          try disk.syncEntries(of: answers)
        }
        return .init(files: files, places: Set(work.creations.map(\.place)).union(work.copies.isEmpty ? [] : [.outbox]))
      },
      show: { [self] () throws(SystemError) in
        // First: a container may hold the file open that it wrote, and what is read once more after a crash has to be what
        // was acted on. So has what a later request of that id is compared with.
        if work.bytes != nil {
          try writer.publishOver(work.taken, in: subfolder(of: .processingRequests, work.group))
        }
        for creation in work.creations {
          let folder = try folders[creation.place]
          if creation.replaces {
            try writer.publishOver(creation.name, in: folder)
          } else {
            _ = try writer.publish(creation.name, in: folder)
          }
        }
        let mover = JobMover(folders: folders, disk: disk)
        for move in work.moves { try mover.move(move.name, from: move.from, to: move.to) }
        for name in work.removedTasks { try TaskFiles(folders: folders, disk: disk).finish(name) }
        if let answers = try folder("answers", of: work.group) {
          for answer in work.answers { try tell(answer.bytes, as: answer.name, in: answers) }
        }
        try file(work.taken, of: work.group, in: work.end, as: work.name, reason: work.reason)
      })
  }

  /// A regular file below the group's own folder, opened on the way down without following a link; nil: it is none.
  public func open(_ path: String, of group: GroupName) throws(SystemError) -> Descriptor? {
    var folder = try folders[.groups].folder(group.text)
    let parts = path.split(separator: "/").map(String.init)
    for part in parts.dropLast() { folder = try folder.folder(part) }
    let name = parts.last ?? ""
    // A device is not even opened: some act on it.
    if let status = try folder.status(name), status.kind != .file { return nil }
    return try folder.open(name)
  }

  /// As much of a file as it had when it was looked at: whoever writes on does so for himself.
  private func copy(_ copy: RequestWork.Copy, into folder: Folder) throws(SystemError) -> Descriptor {
    if try folder.has(copy.name) { try disk.remove(copy.name, in: folder) }  // of a try before
    let file = try disk.create(copy.name, in: folder)
    var offset: Int64 = 0
    while offset < copy.size {
      let room = Int(min(1 << 20, copy.size - offset))
      var failure: SystemError?
      let piece = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        do throws(SystemError) {
          count = try copy.source.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
        } catch { failure = error }
      }
      if let failure { throw failure }
      if piece.isEmpty { break }
      try disk.write(piece, to: file)
      offset += Int64(piece.count)
    }
    return file
  }
}
