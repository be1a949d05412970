import Jobs
import Platform

/// Puts a job into the inbox for good: what `submit` does, and later what a due task and an agent's request do
/// (DESIGN §1.6). On the disk when it returns, never overwriting.
public struct Publisher {
  private let folders: SpoolFolders
  private let disk: any Disk
  private var chooser = PublishNames()

  public init(folders: SpoolFolders, disk: any Disk) {
    self.folders = folders
    self.disk = disk
  }

  /// Publishes under an id that is free in every folder: the stem, else `STEM~n`.
  ///
  /// - Parameter exactly: fail instead of taking a number.
  /// - Returns: the id, or nil if `exactly` and the name is taken.
  public mutating func publish(_ bytes: [UInt8], stem: JobID, exactly: Bool) throws(SystemError) -> JobID? {
    let inbox = try folders[.inbox]
    let temporary = ".\(stem.text.prefix(100)).\(Machine.processID).\(UInt32.random(in: 0 ... .max)).new"
    let file = try disk.create(temporary, in: inbox)
    do throws(SystemError) {
      try disk.write(bytes, to: file)
      try disk.sync(file)
      while true {
        guard let id = try chooser.free(stem, exactly: exactly, in: folders) else {
          try disk.remove(temporary, in: inbox)
          return nil
        }
        do throws(SystemError) {
          try disk.move(temporary, from: inbox, to: inbox, as: JobFile.job(id.text))
          try disk.syncEntries(of: inbox)
          return id
        } catch {
          // Another one took the name between the look and the rename.
          guard error.isTaken else { throw error }
          if exactly {
            try disk.remove(temporary, in: inbox)
            return nil
          }
          chooser.wasTaken(stem)
        }
      }
    } catch {
      try? disk.remove(temporary, in: inbox)  // the caller hears that nothing was accepted
      throw error
    }
  }
}

/// Free names over all folders, with the next number remembered.
private struct PublishNames {
  private var next: [JobID: Int] = [:]

  mutating func free(_ stem: JobID, exactly: Bool, in folders: SpoolFolders) throws(SystemError) -> JobID? {
    var number = next[stem] ?? 1
    while true {
      let id = stem.numbered(number)
      if try isFree(id, in: folders) {
        next[stem] = number
        return id
      }
      if exactly { return nil }
      number += 1
    }
  }

  mutating func wasTaken(_ stem: JobID) { next[stem] = (next[stem] ?? 1) + 1 }

  private func isFree(_ id: JobID, in folders: SpoolFolders) throws(SystemError) -> Bool {
    for place in SpoolPlace.jobStates {
      let folder = try folders[place]
      if folder.has(JobFile.job(id.text)) { return false }
      if let sidecar = JobFile.sidecar(id.text, in: place), folder.has(sidecar) { return false }
    }
    return true
  }
}
