import Jobs
import Platform
import Spool
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct GuardTests {
  private let stage: Stage
  init() throws { stage = try Stage() }

  private func refusal(shared: Bool = false) -> SpoolError? {
    do throws(SpoolError) {
      try SpoolGuard.checkOwners(stage.folders, shared: shared)
      return nil
    } catch { return error }
  }

  private func isRefused(_ line: String, shared: Bool = false) -> Bool {
    Command.shell("cd '\(stage.place.path)' && \(line)")
    if case .notOwnOrWritable? = refusal(shared: shared) { return true }
    return false
  }

  @Test(
    "what others may write to is refused",
    arguments: [
      ("true", false), ("chmod 770 spool", true), ("chmod 702 spool", true), ("chmod 755 spool", false),
      ("chmod 777 spool/tasks", true), ("chmod 1777 spool/done", true),
      ("echo '{}' > spool/settings.json; chmod 666 spool/settings.json", true),
      ("echo '{}' > spool/groups/g.json; chmod 660 spool/groups/g.json", true),
      ("echo '{}' > spool/groups/g.json; chmod 644 spool/groups/g.json", false), ("chmod 777 .", true),
      ("chmod 1777 .", false),
    ])
  func modes(line: String, refused: Bool) { #expect(isRefused(line) == refused) }

  @Test("a shared spool's inbox alone may be open")
  func shared() {
    #expect(isRefused("chmod 1733 spool/inbox"))
    #expect(!isRefused("true", shared: true))
    #expect(isRefused("chmod 777 spool/held", shared: true))
  }

  @Test(
    "a spool, or a file in it, of somebody else is refused", .enabled(if: Need.root, "\(Need.rootSays)"),
    arguments: [
      "chown 65534 spool", "chown 65534 spool/processing", "chown 65534 .",
      "echo '{}' > spool/settings.json; chown 65534 spool/settings.json",
    ])
  func owner(line: String) { #expect(isRefused(line)) }

  @Test("a path with links is checked where it really lies")
  func links() throws {
    Command.shell("cd '\(stage.place.path)' && mkdir -m 777 open && mv spool open/spool && ln -s open/spool spool")
    let folders = try SpoolFolders(path: stage.place.path + "/spool", makingMissing: false)
    #expect(throws: SpoolError.self) { try SpoolGuard.checkOwners(folders, shared: false) }
  }

  @Test("the spool that a clone brings has every folder, kept there for git", arguments: SpoolPlace.allCases)
  func skeleton(place: SpoolPlace) throws {
    let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    #expect(try Folder(path: "\(root)/spool").folder(place.rawValue).has(".gitkeep"))
  }

  @Test("one runner has a spool; the next may when it is gone")
  func lock() throws {
    var first: SpoolFolders? = try SpoolFolders(path: stage.path, makingMissing: false)
    if let first { try SpoolGuard.lock(first, holderIsGone: { false }) }
    let second = try SpoolFolders(path: stage.path, makingMissing: false)
    #expect(throws: SpoolError.busy(stage.path)) { try SpoolGuard.lock(second, holderIsGone: { false }) }
    var asked = 0
    try SpoolGuard.lock(second) {
      asked += 1
      if asked == 30 { first = nil }
      return true
    }
    #expect(asked == 30, "that of a dead one is waited for")
  }

  @Test(
    "all state folders must lie on one device, and the check leaves nothing behind",
    .enabled(if: Need.mounting, "\(Need.mountingSays)"),
    arguments: [SpoolPlace.held, .processing, .errors])
  func device(place: SpoolPlace) throws {
    try SpoolGuard.checkDevice(stage.folders)
    let mount = try MountedFolder(size: "1m", at: "\(stage.path)/\(place.rawValue)")
    let folders = try SpoolFolders(path: stage.path, makingMissing: false)
    #expect(throws: SpoolError.otherDevice(place.rawValue)) { try SpoolGuard.checkDevice(folders) }
    for place in SpoolPlace.jobStates { #expect(try stage.names(of: folders, place) == []) }
    withExtendedLifetime((mount, folders)) {}
  }

  @Test("a check that a kill left behind does not refuse the next start")
  func leftCheck() throws {
    for place in SpoolPlace.jobStates {
      try stage.write(".device-check", in: place)
      try SpoolGuard.checkDevice(stage.folders)
      #expect(try !stage.has(".device-check", in: place))
    }
  }

  @Test("a local file system needs no permission")
  func local() throws { #expect(try SpoolGuard.checkFileSystem(stage.folders, accepted: false) == nil) }

  @Test("what is no spool is refused, and one without some of its folders is completed")
  func noSpool() throws {
    #expect(throws: SpoolError.notASpool(stage.place.path)) {
      try SpoolFolders(path: stage.place.path, makingMissing: true)
    }
    #expect(throws: SpoolError.self) { try SpoolFolders(path: stage.place.path + "/none", makingMissing: true) }
    Command.shell("rm -r '\(stage.path)/done' '\(stage.path)/logs'")
    let folders = try SpoolFolders(path: stage.path, makingMissing: true)
    #expect(try stage.names(of: folders, .done) == [] && stage.names(of: folders, .jobLogs) == [])
  }

  @Test("a folder that is replaced is noticed and opened anew")
  func stale() throws {
    #expect(!stage.folders.isStale(.inbox))
    Command.shell("cd '\(stage.path)' && mv inbox old && mkdir -m 700 inbox && touch inbox/new.json")
    #expect(stage.folders.isStale(.inbox))
    try stage.folders.reopen(.inbox)
    #expect(!stage.folders.isStale(.inbox))
    #expect(try stage.names(.inbox) == ["new.json"])
    Command.shell("rm -r '\(stage.path)/logs'")
    #expect(stage.folders.isStale(.jobLogs))
    try stage.folders.reopen(.jobLogs)
    #expect(try stage.names(.jobLogs) == [])
  }

  @Test("a spool is made with 0700 throughout, whatever the umask")
  func made() throws {
    for place in SpoolPlace.allCases { #expect(try stage.folders[place].descriptor.status().mode == 0o700, "\(place)") }
    try SpoolFolders.make(path: stage.path)
    #expect(try stage.folders.root.descriptor.status().mode == 0o700)
  }
}
