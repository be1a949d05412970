import Platform

/// The folders jobs run in when they name none: `processing/.scratch/N/work`, with the places of `BOBBIN_RESULT` and
/// `BOBBIN_AFTER` beside it. One that was left empty is used again, so a job costs no mkdir.
final class ScratchPool {
  /// One job's place while it runs.
  final class Scratch {
    let name: String
    let outer: Folder
    let work: Folder
    /// Absolute paths for the job's environment.
    let workPath: String
    let resultPath: String
    let afterPath: String
    /// There may be more than the work folder in it: a result, `after.json`.
    var usedBeside = false
    /// Both folders as they were when nothing had been put there, if any later change is sure to show in their times.
    private var untouched: (outer: FileStatus, work: FileStatus)?

    init(name: String, outer: Folder, work: Folder, base: String) {
      self.name = name
      self.outer = outer
      self.work = work
      workPath = base + ScratchPool.workName
      resultPath = base + ScratchPool.resultName
      afterPath = base + ScratchPool.afterName
    }

    /// Whether nobody put anything there, as far as two stats can tell: they save a listing and an open for every job that
    /// leaves nothing. The change time counts, which nobody can set.
    var isUntouched: Bool {
      guard let untouched, let outer = try? outer.descriptor.status(), let work = try? work.descriptor.status() else {
        return false  // not known: looked at in full
      }
      return outer.isSame(as: untouched.outer) && work.isSame(as: untouched.work)
    }

    /// Looks whether it is empty, and remembers that.
    func lookUntouched(at wall: Int64) {
      guard let statuses = try? (outer.descriptor.status(), work.descriptor.status()),
        statuses.0.isSettled(at: wall), statuses.1.isSettled(at: wall), (try? Tree.isEmpty(work)) ?? false,
        !outer.has(ScratchPool.resultName), !outer.has(ScratchPool.afterName)
      else { return }
      untouched = statuses
    }
  }

  static let folderName = ".scratch"
  static let resultName = "result"
  static let afterName = "after.json"
  private static let workName = "work"

  private let folder: Folder
  private let path: String
  private var free: [Scratch] = []
  private var made = 0
  private let prefix: String

  /// - Parameters:
  ///   - processing: where it lies; - path: the same without links, for jobs.
  ///   - isClean: nothing of an earlier runner lives, so what it left can go.
  init(processing: Folder, path: String, isClean: Bool) throws(SystemError) {
    // What an earlier run left in its scratch folder is not wanted: the job runs again from the start.
    if isClean { try? Tree.remove(Self.folderName, in: processing) }  // what cannot be removed is not used either
    try processing.makeFolder(Self.folderName)
    folder = try processing.folder(Self.folderName)
    self.path = path + "/" + Self.folderName
    prefix = "\(Machine.processID)-"
  }

  /// An empty one.
  func take() throws(SystemError) -> Scratch {
    if let scratch = free.popLast() {
      if !scratch.isUntouched { scratch.lookUntouched(at: Clock.wall()) }
      return scratch
    }
    made += 1
    let name = prefix + String(made)
    try? Tree.remove(name, in: folder)  // of an earlier runner with our process id
    try folder.makeFolder(name)
    let outer = try folder.folder(name)
    try outer.makeFolder(Self.workName)
    let base = path + "/" + name + "/"
    return Scratch(name: name, outer: outer, work: try outer.folder(Self.workName), base: base)
  }

  /// Gives one back after its run. If the job left files and `keeping` is wanted, they are moved to that name first.
  ///
  /// - Returns: whether files were moved.
  func giveBack(_ scratch: Scratch, keeping target: (folder: Folder, name: String)?) -> Bool {
    if scratch.isUntouched {
      free.append(scratch)
      return false
    }
    do throws(SystemError) {
      var kept = false
      var isClean = true
      if try !Tree.isEmpty(scratch.work) {
        isClean = false
        if let target {
          try scratch.outer.move(Self.workName, to: target.folder, as: target.name)
          kept = true
        }
      }
      if scratch.usedBeside {
        for name in [Self.resultName, Self.afterName] { try Tree.remove(name, in: scratch.outer) }
        scratch.usedBeside = false
      }
      if isClean {
        free.append(scratch)
      } else {
        try Tree.remove(scratch.name, in: folder)
      }
      return kept
    } catch {
      // It is not used again; the next start clears it away.
      return false
    }
  }
}
