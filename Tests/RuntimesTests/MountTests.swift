import Jobs
import Platform
import TestSupport
import Testing

@testable import Runtimes

/// A machine in a folder: `home`, its configuration, a spool, and `srv` with things to mount.
struct MountStage {
  let place: TemporaryFolder
  let config: ConfigFolder
  var path: String { place.path }

  /// - Parameter list: `mounts.json`, with `BASE` for the stage's path; nil: none.
  init(list: String? = #"{"roots": [{"path": "BASE/srv"}, {"path": "BASE/srv/rw", "allowReadWrite": true}]}"#) throws {
    place = try TemporaryFolder()
    config = ConfigFolder(path: place.path + "/home/.config/bobbin", home: place.path + "/home")
    shell("umask 077; mkdir -p home/.config/bobbin spool srv/data/sub srv/rw/sub srv/dir; echo data > srv/data/file")
    if let list { try write(list) }
  }

  func write(_ list: String) throws {
    shell("rm -rf home/.config/bobbin/mounts.json")
    let folder = try Folder(path: config.path)
    try folder.create("mounts.json").write(Array(list.replacing("BASE", with: path).utf8))
  }

  @discardableResult
  func shell(_ line: String) -> Command {
    let command = Command.shell("cd '\(path)' && { \(line); }")
    if !command.isSuccess { Issue.record("\(line): \(command.text)") }
    return command
  }

  func check(
    group: [Mount]? = nil, isContainer: Bool = false, writable: [String] = []
  ) -> MountCheck {
    MountCheck(
      config: config,
      for: MountCheck.Asker(
        spool: path + "/spool", group: group, isContainer: isContainer,
        writableByGroups: writable.map { path + "/" + $0 }))
  }

  /// The code for one source, nil if it is mounted.
  func code(
    _ source: String, readOnly: Bool = true, group: [Mount]? = nil, isContainer: Bool = false, writable: [String] = []
  ) -> String? {
    let host = source.hasPrefix("/") ? source : path + "/" + source
    let check = check(group: group, isContainer: isContainer, writable: writable)
    switch check.verdicts([Mount(host: host, container: "/data", isReadOnly: readOnly)])[0] {
    case .success: return nil
    case .failure(let refusal): return refusal.code.rawValue
    }
  }

  func own(_ source: String, readOnly: Bool = true) -> Mount {
    Mount(host: path + "/" + source, container: "/g", isReadOnly: readOnly)
  }
}

@Suite("Mounts are checked against the list outside the spool")
struct MountTests {
  private let stage: MountStage
  init() throws { stage = try MountStage() }

  @Test("without a list nothing is mounted")
  func noList() throws {
    #expect(try MountStage(list: nil).code("srv/data") == "mount-not-allowed")
    #expect(try MountStage(list: "{}").code("srv/data") == "mount-not-allowed")
  }

  @Test("what lies below a root is opened: the folder, the file, by the path without links")
  func allowed() throws {
    stage.shell("ln -s srv/data straight; ln -s ../straight/file srv/crooked")
    for (source, real) in [
      ("srv", "srv"), ("srv/data", "srv/data"), ("srv/data/file", "srv/data/file"), ("srv/data/", "srv/data"),
      ("srv/./data/../data", "srv/data"), ("straight", "srv/data"), ("srv/crooked", "srv/data/file"),
    ] {
      let mounts = try stage.check().check(all: [Mount(host: "\(stage.path)/\(source)", container: "/d")])
      let status = try #require(try FileSystem.status(path: "\(stage.path)/\(real)"))
      #expect(mounts[0].hostPath == "\(stage.path)/\(real)" && mounts[0].container == "/d" && mounts[0].isReadOnly)
      #expect(mounts[0].inode == status.inode && mounts[0].device == status.device)
      #expect(try mounts[0].descriptor.status().inode == status.inode)
    }
  }

  @Test(
    "what lies elsewhere is not, wherever its path seems to lie",
    arguments: ["other", "srvother", "srv/../other", "srv/link", "srv/link/x", "srv/data/up/other"])
  func elsewhere(_ source: String) throws {
    stage.shell("mkdir -m 700 -p other/x srvother; ln -s \(stage.path)/other srv/link; ln -s ../.. srv/data/up")
    #expect(stage.code(source) == "mount-not-allowed")
  }

  @Test("nothing there, a link to nothing, a link to itself, a file as a folder")
  func missing() throws {
    stage.shell("ln -s nothing srv/dangling; ln -s loop srv/loop")
    for source in ["srv/none", "srv/dangling", "srv/data/file/x", "srv/none/x"] {
      #expect(stage.code(source) == "mount-missing", "\(source)")
    }
    #expect(stage.code("srv/loop") == "mount-unsafe")
  }

  @Test("what was checked is mounted, though its path means something else a moment later")
  func swapped() throws {
    let mount = try stage.check().check(all: [Mount(host: stage.path + "/srv/data", container: "/d")])[0]
    stage.shell("mkdir -m 700 other; echo secret > other/file; mv srv/data gone; ln -s \(stage.path)/other srv/data")
    // The attack works on whoever opens the path again.
    #expect(Command.shell("cat '\(stage.path)/srv/data/file'").text == "secret\n")
    let opened = try FileSystem.openForReading(path: "/proc/self/fd/\(mount.descriptor.number)/file")
    #expect(String(decoding: try opened.readAll(limit: 100), as: UTF8.self) == "data\n")
    #expect(stage.code("srv/data") == "mount-not-allowed")
  }

  @Test(
    "what another could turn aside is refused",
    arguments: [
      ("chmod o+w srv/data", "srv/data"), ("chmod g+w srv/data", "srv/data"), ("chmod o+w srv", "srv/data"),
      ("chmod g+w srv", "srv/data/file"), ("chmod o+w srv/data/file", "srv/data/file"), ("chmod 1777 srv", "srv"),
      // The way of a link counts, not only where it ends.
      ("mkdir -m 777 open; ln -s ../srv/data open/link", "open/link"),
    ])
  func unsafe(_ change: String, _ source: String) throws {
    stage.shell(change)
    #expect(stage.code(source) == "mount-unsafe")
  }

  @Test("a sticky folder is passed: what lies in it and is ours nobody else can move")
  func sticky() throws {
    stage.shell("chmod 1777 srv")
    #expect(stage.code("srv/data") == nil)
  }

  @Test(
    "what belongs to another is refused, its folder and a link too",
    .enabled(if: Need.root, "\(Need.rootSays)"),
    arguments: [
      ("chown 65534 srv/data", "srv/data"), ("chown 65534 srv", "srv/data"),
      ("chown 65534 srv/data/file", "srv/data/file"),
      ("ln -s data srv/link; chown -h 65534 srv/link", "srv/link"),
      ("mkdir -m 1777 sticky; ln -s ../srv/data sticky/link; chown -h 65534 sticky/link", "sticky/link"),
    ])
  func foreign(_ change: String, _ source: String) throws {
    stage.shell(change)
    #expect(stage.code(source) == "mount-unsafe")
  }

  @Test(
    "names of keys and tokens are never mounted, in any case of letters",
    arguments: [
      ".ssh", ".SSH", "x/.ssh", ".ssh/config", ".gnupg", ".aws", ".kube/config", ".docker", ".env", ".env.local",
      ".Env",
      "credentials", "credentials.json", ".netrc", ".npmrc", ".pypirc", "id_rsa", "id_rsa.pub", "id_ed25519",
      "private_key",
      "private_key.pem", ".config/bobbin", ".config/bobbin/secrets", ".config/gcloud", "mine", "MINE", "a/B/c",
    ])
  func blocked(_ name: String) throws {
    let stage = try MountStage(list: #"{"roots": [{"path": "BASE/srv"}], "blocked": ["mine", "a/b"]}"#)
    stage.shell("umask 077; mkdir -p 'srv/\(name)'")
    #expect(stage.code("srv/\(name)") == "mount-blocked")
    stage.shell("ln -s '\(name)' srv/link")
    #expect(stage.code("srv/link") == "mount-blocked")
  }

  @Test(
    "names that only look like them are mounted",
    arguments: ["ssh", ".sshd", "environment", ".config", "bobbin", "minefield", "a/x/b", "credentials2", "xid_rsa"])
  func notBlocked(_ name: String) throws {
    let stage = try MountStage(list: #"{"roots": [{"path": "BASE/srv"}], "blocked": ["mine", "a/b"]}"#)
    stage.shell("umask 077; mkdir -p 'srv/\(name)'")
    #expect(stage.code("srv/\(name)") == nil)
  }

  @Test("a socket, a FIFO, a device is refused at once, and nothing waits")
  func wrongKind() throws {
    stage.shell("mkfifo -m 600 srv/fifo")
    stage.shell("python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"srv/sock\")'; chmod 600 srv/sock")
    #expect(stage.code("srv/fifo") == "mount-wrong-kind")
    #expect(stage.code("srv/sock") == "mount-wrong-kind")
    // A device in /dev is others' to write, and /dev is never mounted: whichever is found first.
    #expect(stage.code("/dev/null") != nil)
  }

  @Test(
    "the spool, the configuration, the home, the kernel's folders and what holds them are never mounted",
    arguments: [
      "spool", "spool/x", "home", "home/.config", "home/.config/bobbin", "home/.config/bobbin/mounts.json", "", "/",
      "/proc",
      "/proc/self", "/sys", "/dev", "/run", "link",
    ])
  func never(_ source: String) throws {
    try stage.write(
      #"{"roots": [{"path": "BASE"}, {"path": "/proc"}, {"path": "/sys"}, {"path": "/dev"}, {"path": "/run"}]}"#)
    stage.shell("mkdir -m 700 spool/x; ln -s spool link")
    let code = try #require(stage.code(source))
    #expect(code == "mount-blocked")
  }

  @Test("a folder in the home is mounted when it is a root, also one written with '~'")
  func inHome() throws {
    stage.shell("umask 077; mkdir -p home/projects/x")
    try stage.write(#"{"roots": [{"path": "~/projects", "allowReadWrite": true}]}"#)
    #expect(stage.code("home/projects/x", readOnly: false) == nil)
    #expect(stage.code("home") == "mount-blocked")
  }

  @Test(
    "the spool under another name is still the spool", .enabled(if: Need.mounting, "\(Need.mountingSays)"))
  func boundSpool() throws {
    stage.shell("mkdir -m 700 srv/again; mount --bind spool srv/again")
    defer { stage.shell("umount srv/again") }
    #expect(stage.code("srv/again") == "mount-blocked")
  }

  @Test("to write, the root has to say so, and the group where there is one; the longest root rules")
  func readWrite() throws {
    #expect(stage.code("srv/data", readOnly: false) == "mount-read-only")
    #expect(stage.code("srv/rw", readOnly: false) == nil)
    #expect(stage.code("srv/rw/sub", readOnly: false) == nil)
    #expect(stage.code("srv", readOnly: false) == "mount-read-only")
    #expect(stage.code("srv/rw", readOnly: false, group: []) == "mount-read-only")
    #expect(stage.code("srv/rw", readOnly: false, group: [stage.own("srv/rw")]) == "mount-read-only")
    #expect(stage.code("srv/rw", readOnly: false, group: [stage.own("srv/data", readOnly: false)]) == "mount-read-only")
    #expect(stage.code("srv/rw", readOnly: false, group: [stage.own("srv/rw", readOnly: false)]) == nil)
    #expect(
      stage.code("srv/data", readOnly: false, group: [stage.own("srv/data", readOnly: false)]) == "mount-read-only")
    try stage.write(#"{"roots": [{"path": "BASE/srv", "allowReadWrite": true}, {"path": "BASE/srv/data"}]}"#)
    #expect(stage.code("srv/data/sub", readOnly: false) == "mount-read-only")
    #expect(stage.code("srv/dir", readOnly: false) == nil)
  }

  @Test("what lies below a path that a group may write is refused, also through a link; the path itself is not")
  func belowWritable() throws {
    stage.shell("ln -s \(stage.path)/srv/data srv/rw/link")
    #expect(stage.code("srv/rw/link") == nil && stage.code("srv/rw/sub") == nil)
    #expect(stage.code("srv/rw/sub", writable: ["srv/rw"]) == "mount-unsafe")
    #expect(stage.code("srv/rw/link", writable: ["srv/rw"]) == "mount-unsafe")
    #expect(stage.code("srv/rw", readOnly: false, writable: ["srv/rw"]) == nil)
    #expect(stage.code("srv/data", writable: ["srv/rw"]) == nil)
    #expect(stage.code("srv", writable: ["srv/rw"]) == nil)
  }

  @Test("a root that a container could turn aside is none")
  func turnedRoot() throws {
    stage.shell("ln -s \(stage.path)/srv/dir srv/rw/root")
    try stage.write(#"{"roots": [{"path": "BASE/srv/rw/root"}]}"#)
    #expect(stage.code("srv/dir") == nil)
    #expect(stage.code("srv/dir", writable: ["srv/rw"]) == "mount-not-allowed")
  }

  @Test("a job that a container asked for gets its group's mounts, by where they lead")
  func container() throws {
    let group = [stage.own("srv/data"), stage.own("srv/rw", readOnly: false)]
    stage.shell("ln -s \(stage.path)/srv/dir srv/data/out")
    #expect(stage.code("srv/data/sub", group: group, isContainer: true) == nil)
    #expect(stage.code("srv/rw", readOnly: false, group: group, isContainer: true) == nil)
    #expect(stage.code("srv/data", readOnly: false, group: group, isContainer: true) == "mount-read-only")
    #expect(stage.code("srv/dir", group: group, isContainer: true) == "mount-not-allowed")
    #expect(stage.code("srv/data/out", group: group, isContainer: true) == "mount-not-allowed")
    #expect(stage.code("srv/data/out", group: group) == nil)
    #expect(stage.code("srv/data", group: nil, isContainer: true) == "mount-not-allowed")
  }

  @Test("two places that lie in each other are refused, the second one")
  func conflict() throws {
    let verdicts = stage.check().verdicts([
      Mount(host: stage.path + "/srv/data", container: "/a/b"), Mount(host: stage.path + "/srv/dir", container: "/a"),
      Mount(host: stage.path + "/srv/dir", container: "/c"),
    ])
    #expect(verdicts.map { (try? $0.get()) != nil } == [true, false, true])
    #expect(throws: MountRefusal.self) { try verdicts[1].get() }
  }

  @Test(
    "a list that others could have written, or that is bad, allows nothing and says so",
    arguments: [
      "chmod o+w mounts.json", "chmod g+w mounts.json", "chmod o+w .", "chmod g+w ..",
      "rm mounts.json; mkdir -m 700 mounts.json",
      "rm mounts.json; mkfifo -m 600 mounts.json", "echo x >> mounts.json", "echo '{\"rots\": []}' > mounts.json",
      "echo '{\"roots\": [{\"path\": \"/\"}]}' > mounts.json", "echo '{\"roots\": [{\"path\": \"a\"}]}' > mounts.json",
      "mkdir -m 777 w; mv mounts.json w; ln -s w/mounts.json mounts.json",
    ])
  func badList(_ change: String) throws {
    #expect(stage.code("srv/data") == nil)
    stage.shell("cd home/.config/bobbin; \(change)")
    #expect(stage.code("srv/data") == "mount-list-unusable")
  }

  @Test("a list of another user is none", .enabled(if: Need.root, "\(Need.rootSays)"))
  func foreignList() throws {
    stage.shell("chown 65534 home/.config/bobbin/mounts.json")
    #expect(stage.code("srv/data") == "mount-list-unusable")
  }

  @Test("the configuration lies where XDG_CONFIG_HOME says, if that is an absolute path")
  func place() {
    #expect(ConfigFolder.own().path.hasSuffix("/bobbin"))
    #expect(ConfigFolder.own(variable: { _ in nil }).path == Machine.home + "/.config/bobbin")
    #expect(ConfigFolder.own(variable: { _ in "/x" }).path == "/x/bobbin")
    #expect(ConfigFolder.own(variable: { _ in "x" }).path == Machine.home + "/.config/bobbin")
    #expect(ConfigFolder.own(variable: { _ in "" }).path == Machine.home + "/.config/bobbin")
  }
}
