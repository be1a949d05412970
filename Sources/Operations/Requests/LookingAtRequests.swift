import Jobs
import Platform
import Spool

extension SpoolAccess {
  /// How long what is no request may lie about until the runner sweeps it away.
  private static let staleAfter = Duration.seconds(3600)

  /// The folders of requests of all groups, or of one; nothing is changed, and nothing followed.
  ///
  /// - Parameters:
  ///   - limit: files a folder; nil: all.
  ///   - answered: how many that were filed away.
  public func requestTrees(
    _ only: GroupName? = nil, limit: Int? = 20, answered: Int = 10, zones: TaskZones
  ) throws(SystemError) -> [RequestTree] {
    let names = if let only { [only] } else { try groups().entries.map(\.name) }
    var trees: [RequestTree] = []
    for name in names {
      let tree = try requestTree(name, limit: limit, answered: answered, zones: zones)
      // A lane has no such folder, and nobody asked for it.
      if only != nil || tree != RequestTree(group: name) { trees.append(tree) }
    }
    return trees
  }

  private func requestTree(
    _ name: GroupName, limit: Int?, answered: Int, zones: TaskZones
  ) throws(SystemError) -> RequestTree {
    var tree = RequestTree(group: name)
    if let folder = try requestFolder(.processingRequests, of: name) {
      tree.processing = try files(in: folder, limit: limit, isRead: RequestName.isRequest) { _, _ in }
    }
    tree.answered = try answeredRequests(of: name, limit: answered)
    if let refused = try requestFolder(.failedRequests, of: name) {
      try Self.inner(RequestFiles.stale, of: refused)?.forEachName { _, _ in tree.swept += 1 }
    }
    guard let status = try readable(.ipc)?.status(name.text) else { return tree }
    guard let own = try requestFolder(.ipc, of: name) else {
      tree.problem = status.kind == .link ? "it is a symbolic link" : "it is no folder"
      return tree
    }
    let settings = try settingsOrDefaults()
    for kind in Request.Kind.allCases {
      guard let folder = try Self.inner(kind.rawValue, of: own) else { continue }
      let judge = try judge(of: name, settings, zones)
      let files = try files(in: folder, limit: limit, isRead: RequestName.isAnyJSON) {
        (file, bytes) throws(SystemError) in
        try judge.judge(bytes, kind, in: folder, &file)
      }
      tree.waiting.append((kind, files))
    }
    guard let input = try Self.inner("input", of: own) else { return tree }
    var taken: Set<[UInt8]> = []
    try Self.inner("taken", of: own)?.forEachName { bytes, _ in taken.insert(Array(bytes)) }
    tree.input = try files(in: input, limit: limit, isRead: RequestName.isAnyJSON) { file, bytes in
      file.isTaken = taken.contains(Array(bytes.dropLast(5))) || taken.contains(bytes)
    }
    return tree
  }

  private func judge(
    of name: GroupName, _ settings: Settings, _ zones: TaskZones
  ) throws(SystemError) -> RequestJudge {
    var groups: [GroupName: GroupSettings] = [:]
    for other in try readable(.groups)?.names() ?? [] where other.hasSuffix(".json") {
      guard let group = try? GroupName(validating: String(other.dropLast(5))) else { continue }  // no group's
      if case .success(let settings)? = try groupSettings(group) { groups[group] = settings }
    }
    return RequestJudge(group: name, spool: settings, groups: groups, zones: zones)
  }

  /// The files of a folder, the oldest of them looked into.
  private func files(
    in folder: Folder, limit: Int?, isRead: (ArraySlice<UInt8>) -> Bool,
    _ look: (inout RequestTree.File, [UInt8]) throws(SystemError) -> Void
  ) throws(SystemError) -> RequestTree.Files {
    var found: [(name: [UInt8], status: FileStatus)] = []
    var files = RequestTree.Files()
    var names: [[UInt8]] = []
    try folder.forEachName { name, _ in names.append(Array(name)) }
    let now = now()
    for name in names {
      guard let status = try folder.status(name) else { continue }  // gone meanwhile
      guard isRead(name[...]) else {
        files.ignored += 1
        if isStale(status, now) { files.stale += 1 }
        continue
      }
      found.append((name, status))
    }
    found.sort {
      $0.status.changed != $1.status.changed
        ? $0.status.changed < $1.status.changed : $0.name.lexicographicallyPrecedes($1.name)
    }
    for (name, status) in found.prefix(limit ?? .max) {
      var file = RequestTree.File(
        name: String(decoding: name, as: UTF8.self), since: Timestamp(nanoseconds: status.changed), size: status.size)
      file.isStale = isStale(status, now)
      try look(&file, name)
      files.files.append(file)
    }
    files.more = max(0, found.count - files.files.count)
    return files
  }

  private func isStale(_ status: FileStatus, _ now: Timestamp) -> Bool {
    now.duration(since: Timestamp(nanoseconds: status.changed)) > Self.staleAfter
  }

  /// The last that were filed away, newest last, with what was said of the refused ones.
  func answeredRequests(of name: GroupName, limit: Int) throws(SystemError) -> [RequestTree.Answered] {
    var all: [(name: String, changed: Int64, folder: Folder, isDone: Bool)] = []
    for place in [SpoolPlace.doneRequests, .failedRequests] {
      guard let folder = try requestFolder(place, of: name) else { continue }
      for file in try folder.names() where RequestName.isRequest(Array(file.utf8)) {
        guard let status = try folder.status(file), status.kind != .folder else { continue }
        all.append((file, status.changed, folder, place == .doneRequests))
      }
    }
    all.sort { ($0.changed, $0.name) < ($1.changed, $1.name) }
    var answered: [RequestTree.Answered] = []
    for request in all.suffix(limit) {
      var told = RequestTree.Answered(
        name: request.name, at: Timestamp(nanoseconds: request.changed), isDone: request.isDone)
      if !request.isDone,
        let bytes = try bytes(of: JobFile.result(String(request.name.dropLast(5))), in: request.folder, limit: 1 << 20),
        let node = try? JSONReader.read(bytes)  // half written: its verdict is the folder's to say
      {
        if case .string(let code)? = node.member("code")?.value { told.code = code }
        if case .string(let reason)? = node.member("reason")?.value { told.reason = reason }
      }
      answered.append(told)
    }
    return answered
  }
}
