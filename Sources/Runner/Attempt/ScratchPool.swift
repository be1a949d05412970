import Platform
import Spool

/// The folders jobs run in when they name none: `processing/.scratch/N/work`, with the places of `BOBBIN_RESULT` and
/// `BOBBIN_AFTER` beside it. One that a process left empty is used again, so a job costs no mkdir.
///
/// A sandbox gets a new one: the work folder and one for the result belong to the user its jobs run as, and it sees these
/// two and nothing around them. Nobody gets it afterwards, however empty it looks: an open descriptor of it may have been
/// handed to somebody outside, who would read along with the next job, and flags of its inode show in no stat.
final class ScratchPool {
  /// Who runs in it.
  enum Kind: Hashable {
    case process
    /// A sandbox, whose user is this one; nil: the runner's own.
    case sandbox(user: UInt32?)
    /// A container, or a sandbox that is kept: with a folder more, in which the two meet.
    case box(user: UInt32?)

    /// Whom the folders belong to; nil: nobody but the runner.
    var user: UInt32? {
      switch self {
      case .process: nil
      case .sandbox(let user), .box(let user): user
      }
    }

    var isBox: Bool { if case .box = self { true } else { false } }
  }

  /// One job's place while it runs.
  final class Scratch {
    let name: String
    let outer: Folder
    let work: Folder
    /// Where `BOBBIN_RESULT` is written: a folder of its own for a sandbox, else the outer one.
    let result: Folder
    /// Whose jobs it is for.
    let kind: Kind
    /// Its own absolute path, with a slash at its end.
    fileprivate(set) var base: String
    /// Where a box meets the runner.
    var meeting: (name: String, path: String) { (ScratchPool.meetingName, base + ScratchPool.meetingName) }
    /// Absolute paths of the two folders, for who takes no descriptors.
    var workPath: String { base + ScratchPool.workName }
    var resultFolderPath: String { base + ScratchPool.outName }
    /// Absolute paths for the job's environment.
    var resultPath: String { base + ScratchPool.resultName }
    var afterPath: String { base + ScratchPool.afterName }
    /// A box that stays has its folders mounted: they are emptied and not moved.
    var isHeld = false
    /// There may be more than the work folder in it: a result, `after.json`.
    var usedBeside = false
    /// Both folders as they were when nothing had been put there, if any later change is sure to show in their times.
    private var untouched: Statuses?

    init(name: String, outer: Folder, work: Folder, result: Folder, kind: Kind, base: String) {
      self.name = name
      self.outer = outer
      self.work = work
      self.result = result
      self.kind = kind
      self.base = base
    }

    /// Whether nobody put anything there, as far as two stats can tell: they save a listing and an open for every job that
    /// leaves nothing. The change time counts, which nobody can set.
    var isUntouched: Bool {
      guard let untouched, let now = statuses else { return false }  // not known: looked at in full
      return now.outer.isSame(as: untouched.outer) && now.work.isSame(as: untouched.work)
    }

    private typealias Statuses = (outer: FileStatus, work: FileStatus)

    /// Of the folders that a job may write to.
    private var statuses: Statuses? {
      guard let outer = try? outer.descriptor.status(), let work = try? work.descriptor.status() else { return nil }
      return (outer, work)
    }

    /// Whether the next job may have it, once it is empty. A folder in which many names were made stays large on most file
    /// systems, and everybody who lists it later reads all of it.
    fileprivate var isReusable: Bool {
      guard kind == .process, let statuses else { return false }
      return max(statuses.outer.size, statuses.work.size) <= ScratchPool.largestReused
    }

    /// Undoes what its job did to the rights of the folders it may write to, so that its result can be read and its files
    /// moved: a folder that gets another parent must be open to its own user too (rename(2)).
    func openUp() {
      for folder in kind == .process ? [outer, work] : [work, result] {
        // What cannot be opened up fails where it is used.
        if kind == .process, let mode = try? folder.descriptor.status().mode, mode & 0o700 == 0o700 { continue }
        try? folder.setMode(0o700)
      }
    }

    /// Looks whether it is empty, and remembers that.
    func lookUntouched(at wall: Int64) {
      guard isReusable, let statuses, statuses.outer.isSettled(at: wall), statuses.work.isSettled(at: wall),
        (try? Tree.isEmpty(work)) == true, (try? result.has(ScratchPool.resultName)) == false,
        (try? outer.has(ScratchPool.afterName)) == false
      else { return }
      untouched = statuses
    }
  }

  static let resultName = "result"
  static let afterName = "after.json"
  private static let workName = "work"
  private static let outName = "out"
  private static let meetingName = "meet"
  /// How the name of a place begins that holds what could not be moved from there. A person takes it away.
  private static let stuckPrefix = "kept-"
  /// Most that an empty folder's own list of names may take to be used again, bytes: more than 1,000 names of 40 letters.
  private static let largestReused: Int64 = 64 << 10

  /// Most names that are moved one by one, 12 µs each, out of a folder that has to stay.
  private static let mostMoved = 1000

  private let disposal: Disposal
  private let path: () -> String
  private var folder: Folder
  /// Of processes only.
  private var free: [Scratch] = []
  private var made = 0
  private let prefix: String

  /// - Parameters:
  ///   - path: of the spool without links, for jobs; asked each time, for a spool may be renamed.
  ///   - isClean: nothing of an earlier runner lives, so what it left can go.
  init(_ disposal: Disposal, path: @escaping () -> String, isClean: Bool) throws(SystemError) {
    (self.disposal, self.path) = (disposal, path)
    folder = try disposal.folder()
    prefix = "\(Machine.processID)-"
    // What an earlier run left in its scratch folder is not wanted: the job runs again from the start. Its names are not
    // used again, so that they may go while jobs run.
    guard isClean else { return }
    for name in try folder.names() where !name.hasPrefix(Self.stuckPrefix) { disposal.remove(name, in: folder) }
  }

  /// `processing` is another folder now: what lies in the old one is nobody's any more.
  func processingWasReplaced() throws(SystemError) {
    free.removeAll()
    folder = try disposal.folder()
  }

  /// An empty one.
  func take(_ kind: Kind) throws(SystemError) -> Scratch {
    while kind == .process, let scratch = free.popLast() {
      scratch.base = base(scratch.name)
      if scratch.isUntouched { return scratch }
      // `rm -rf processing` takes them along; the next scan would be too late for the job that starts now.
      guard try scratch.work.descriptor.status().linkCount > 0 else { continue }
      scratch.lookUntouched(at: Clock.wall())
      return scratch
    }
    do throws(SystemError) { return try make(kind) } catch {
      guard error.isMissing else { throw error }
      folder = try disposal.folder()
      return try make(kind)
    }
  }

  private func make(_ kind: Kind) throws(SystemError) -> Scratch {
    var name: String
    repeat {
      made += 1
      name = prefix + String(made)
      // One that is there is of an earlier runner with our process id.
    } while try !folder.makeFolder(name)
    let outer = try folder.folder(name)
    try outer.makeFolder(Self.workName)
    let work = try outer.folder(Self.workName)
    var result = outer
    if kind != .process {
      try outer.makeFolder(Self.outName)
      result = try outer.folder(Self.outName)
      if let user = kind.user { for folder in [work, result] { try folder.setOwner(user) } }
    }
    if kind.isBox { try outer.makeFolder(Self.meetingName) }
    return Scratch(name: name, outer: outer, work: work, result: result, kind: kind, base: base(name))
  }

  private func base(_ name: String) -> String {
    "\(path())/\(SpoolPlace.processing.rawValue)/\(Disposal.folderName)/\(name)/"
  }

  /// What became of the files that a job left.
  struct Left {
    /// They have the wanted name.
    var areMoved = false
    /// They, or some of them, could not be moved: where they stay, and why.
    var stuck: (path: String, error: SystemError)?
  }

  /// Gives one back after its run. If the job left files and `keeping` is wanted, they are moved to that name first. One
  /// that is not as it was, or that a sandbox had, is not used again: whatever the job left in it goes off the loop.
  ///
  /// One whose job ran was opened up before.
  @discardableResult
  func giveBack(_ scratch: Scratch, keeping target: (folder: Folder, name: String)?) -> Left {
    if scratch.isHeld, let left = empty(scratch, keeping: target) { return left }
    var left = Left()
    if scratch.isUntouched {
      free.append(scratch)
      return left
    }
    do throws(SystemError) {
      var isClean = scratch.isReusable
      if isClean || target != nil, try !Tree.isEmpty(scratch.work) {
        isClean = false
        if let target { left = move(scratch, to: target) }
      }
      if isClean, scratch.usedBeside { isClean = try clearBeside(scratch) }
      if isClean {
        scratch.usedBeside = false
        free.append(scratch)
        return left
      }
    } catch {}  // what cannot be looked at is used by nobody again either
    if left.stuck == nil { disposal.remove(scratch.name, in: folder) }
    return left
  }

  /// Moves what a job left. Its own user's folder gets another owner: nobody but us enters the one it comes to.
  private func move(_ scratch: Scratch, to target: (folder: Folder, name: String)) -> Left {
    var left = Left()
    do throws(SystemError) {
      do throws(SystemError) {
        try scratch.outer.move(Self.workName, to: target.folder, as: target.name)
        left.areMoved = true
      } catch {
        guard error.isBusy else { throw error }
        // The job mounted something on it. What it had put there before lies below, and only there.
        try target.folder.makeFolder(target.name)
        left.areMoved = true
        let place = try target.folder.folder(target.name)
        guard try Tree.moveContents(of: scratch.work, to: place, atMost: Self.mostMoved) else { throw error }
      }
      if scratch.kind.user != nil { try scratch.work.setOwner(Machine.user) }
    } catch {
      let name = Self.stuckPrefix + scratch.name
      let isRenamed = (try? folder.move(scratch.name, to: folder, as: name)) != nil
      left.stuck = (isRenamed ? base(name) : scratch.base, error)
    }
    return left
  }

  /// Empties the folders of a box that stays. What the job left goes to the target, if one is wanted, else away.
  ///
  /// - Returns: nil: they cannot be moved, or are too many to be moved one by one; `isHeld` is false then, the folders go as a
  ///   whole and the box is not to be used again.
  private func empty(_ scratch: Scratch, keeping target: (folder: Folder, name: String)?) -> Left? {
    var left = Left()
    do throws(SystemError) {
      if let aside = try moveAside(scratch.work) {
        if let target {
          try folder.move(aside, to: target.folder, as: target.name)
          left.areMoved = true
        } else {
          disposal.remove(aside, in: folder)
        }
      }
      if let aside = try moveAside(scratch.result) { disposal.remove(aside, in: folder) }
      for folder in [scratch.work, scratch.result] {
        try folder.setMode(0o700)
        if let user = scratch.kind.user { try folder.setOwner(user) }
      }
    } catch {
      scratch.isHeld = false
      return left.areMoved ? left : nil
    }
    return left
  }

  /// Moves all that is in a folder to a new one beside the places to run in. Nil: there is nothing.
  ///
  /// - Throws: `isBusy` where it is too much.
  private func moveAside(_ full: Folder) throws(SystemError) -> String? {
    if try Tree.isEmpty(full) { return nil }
    made += 1
    let name = "moved-\(prefix)\(made)"
    try folder.makeFolder(name)
    guard try Tree.moveContents(of: full, to: folder.folder(name), atMost: Self.mostMoved) else {
      try folder.removeFolder(name)
      throw SystemError(call: "rename", code: SystemError.busy)
    }
    return name
  }

  /// Takes away result and `after.json`. False if one of them is a folder, which a job can make as large as it likes.
  private func clearBeside(_ scratch: Scratch) throws(SystemError) -> Bool {
    for (folder, name) in [(scratch.result, Self.resultName), (scratch.outer, Self.afterName)] {
      guard let status = try folder.status(name) else { continue }
      if status.kind == .folder { return false }
      try folder.remove(name)
    }
    return true
  }
}
