import Platform

/// The folders jobs run in when they name none: `processing/.scratch/N/work`, with the places of `BOBBIN_RESULT` and
/// `BOBBIN_AFTER` beside it. One that was left empty is used again, so a job costs no mkdir.
///
/// A sandbox gets one of its own kind: the work folder and one for the result belong to the user its jobs run as, and it
/// sees these two and nothing around them. Neither kind is used for the other.
final class ScratchPool {
  /// Who runs in it.
  enum Kind: Hashable {
    case process
    /// A sandbox, whose user is this one; nil: the runner's own.
    case sandbox(user: UInt32?)
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
    /// Absolute paths for the job's environment.
    let workPath: String
    let resultPath: String
    let afterPath: String
    /// There may be more than the work folder in it: a result, `after.json`.
    var usedBeside = false

    init(name: String, outer: Folder, work: Folder, result: Folder, kind: Kind, base: String) {
      self.name = name
      self.outer = outer
      self.work = work
      self.result = result
      self.kind = kind
      workPath = base + ScratchPool.workName
      resultPath = base + ScratchPool.resultName
      afterPath = base + ScratchPool.afterName
    }
  }

  static let folderName = ".scratch"
  static let resultName = "result"
  static let afterName = "after.json"
  private static let workName = "work"
  private static let outName = "out"

  private let folder: Folder
  private let path: String
  private var free: [Kind: [Scratch]] = [:]
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
  func take(_ kind: Kind) throws(SystemError) -> Scratch {
    if let scratch = free[kind]?.popLast() { return scratch }
    made += 1
    let name = prefix + String(made)
    try? Tree.remove(name, in: folder)  // of an earlier runner with our process id
    try folder.makeFolder(name)
    let outer = try folder.folder(name)
    try outer.makeFolder(Self.workName)
    let work = try outer.folder(Self.workName)
    var result = outer
    if case .sandbox(let user) = kind {
      try outer.makeFolder(Self.outName)
      result = try outer.folder(Self.outName)
      if let user { for folder in [work, result] { try folder.setOwner(user) } }
    }
    let base = path + "/" + name + "/"
    return Scratch(name: name, outer: outer, work: work, result: result, kind: kind, base: base)
  }

  /// Gives one back after its run. If the job left files and `keeping` is wanted, they are moved to that name first.
  ///
  /// - Returns: whether files were moved.
  func giveBack(_ scratch: Scratch, keeping target: (folder: Folder, name: String)?) -> Bool {
    do throws(SystemError) {
      var kept = false
      var isClean = true
      if try !Tree.isEmpty(scratch.work) {
        isClean = false
        if let target {
          try scratch.outer.move(Self.workName, to: target.folder, as: target.name)
          kept = true
          // The files stay their maker's, as far as anybody can reach them: nobody but us enters the folder.
          if case .sandbox(.some) = scratch.kind { try scratch.work.setOwner(Machine.user) }
          if scratch.kind != .process { try scratch.work.setMode(0o700) }
        }
      }
      if scratch.kind != .process {
        isClean = try takeBack(scratch) && isClean
      } else if scratch.usedBeside {
        for name in [Self.resultName, Self.afterName] { try Tree.remove(name, in: scratch.outer) }
      }
      scratch.usedBeside = false
      if isClean {
        free[scratch.kind, default: []].append(scratch)
      } else {
        try Tree.remove(scratch.name, in: folder)
      }
      return kept
    } catch {
      // It is not used again; the next start clears it away.
      return false
    }
  }

  /// Clears a sandbox's folders of what the next job there must not find: what lies in them, their rights as the job may
  /// have set them, and attributes. False: they are not to be used again.
  private func takeBack(_ scratch: Scratch) throws(SystemError) -> Bool {
    for folder in [scratch.work, scratch.result] { try folder.setMode(0o700) }
    try Tree.empty(scratch.result)
    return !scratch.work.hasAttributes && !scratch.result.hasAttributes
  }
}
