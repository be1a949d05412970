import Jobs
import Platform
import Spool

/// What the names in `after` of a drop were found to mean: `inbox/.NAME.after.json`, as long as the drop waits.
struct AfterNotes {
  let folders: SpoolFolders
  let writer: RecordWriter
  let disk: any Disk

  private func name(_ job: WaitingJob) -> String { JobFile.afterNote(job.name.text) }

  func write(_ job: WaitingJob, _ found: [AfterBook.Entry]) {
    let resolved = found.filter { if case .job = $0.node { true } else { false } }
    guard job.origin == .inbox, !resolved.isEmpty else { return }
    var json = JSONWriter()
    json.beginObject()
    json.member("inode", String(job.inode))
    json.key("after")
    json.beginObject()
    for entry in resolved {
      json.key(entry.asked.text)
      json.string(entry.node.text)
    }
    json.endObject()
    json.endObject()
    // Lost by a full disk, the names are looked up again at the next start.
    _ = try? writer.write(json.line(), as: name(job), in: folders[.inbox])
  }

  func read(_ job: WaitingJob) -> [AfterBook.Entry] {
    guard let folder = try? folders[.inbox], let file = try? folder.open(name(job)),
      let bytes = try? file.readAll(limit: 1 << 20), let root = try? JSONReader.read(bytes, dialect: .strict),
      // Of another drop that had the name before: another inode.
      case .string(String(job.inode))? = root.member("inode")?.value,
      case .object(let members)? = root.member("after")?.value
    else { return [] }  // none, or torn
    return members.compactMap { member in
      guard case .string(let id) = member.node.value else { return nil }
      return AfterBook.Entry(asked: JobID(unchecked: member.key), node: .job(JobID(unchecked: id)))
    }
  }

  func remove(_ job: WaitingJob) {
    guard job.origin == .inbox, let folder = try? folders[.inbox], (try? folder.has(name(job))) ?? true else { return }
    try? disk.remove(name(job), in: folder)  // one that stays belongs to an inode that is gone
  }
}
