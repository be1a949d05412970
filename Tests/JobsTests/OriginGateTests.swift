import Testing

@testable import Jobs

@Suite("What a job with 'origin' may do")
struct OriginGateTests {
  static let settings = #"""
    {"secrets": ["TOKEN", "OTHER"], "grace": "4s", "defaults": {"sandbox": {"limits": {"openFiles": 64}}}}
    """#
  static let group = #"""
    {"timeout": "1m", "priority": 3, "secrets": ["TOKEN"], "env": {"MODE": "group"},
     "limits": {"fileSize": "1m", "output": "20m"}, "maxLimits": {"fileSize": "2m", "timeout": "2m"},
     "mounts": [{"host": "/srv/in/", "container": "/in"}, {"host": "/srv/out", "container": "/out", "readOnly": false}]}
    """#

  /// A job of group g with `origin` beside what the text says.
  private func read(_ text: String, origin: Bool = true) throws -> Job {
    try job(#""group": "g"\#(origin ? #", "origin": "ipc""# : "")\#(text.isEmpty ? "" : ", \(text)")"#)
  }

  private func admit(
    _ job: Job, as runtime: RuntimeChoice = .sandbox, group: String? = group
  ) throws -> Result<Job, Refusal> {
    let settings = try Settings.read(utf8(Self.settings))
    let group = try group.map { try GroupSettings.read(utf8($0)) }
    do throws(Refusal) {
      return .success(try OriginGate.admit(job, for: runtime, group: group, settings: settings))
    } catch { return .failure(error) }
  }

  /// Each of these works for a job without `origin`, which the same test sees.
  @Test(
    "it is refused what its group does not have, and the same job without 'origin' is not",
    arguments: [
      (#""runtime": "process""#, "runtime"), (#""directory": "/""#, "directory"),
      (#""stdinFile": "/etc/shadow""#, "stdinFile"), (#""network": "host""#, "network"),
      (#""mounts": [{"host": "/home/me", "container": "/h"}]"#, "mounts"),
      (#""mounts": [{"host": "/srv", "container": "/h"}]"#, "mounts"),
      (#""mounts": [{"host": "/srv/input", "container": "/h"}]"#, "mounts"),
      (#""mounts": [{"host": "/srv/in/../../etc", "container": "/h"}]"#, "mounts"),
      (#""mounts": [{"host": "/srv/in/./x", "container": "/h"}]"#, "mounts"),
      (#""mounts": [{"host": "/srv/in/x", "container": "/h", "readOnly": false}]"#, "mounts"),
      (#""mounts": [{"host": "/srv/in", "container": "/a"}, {"host": "/etc", "container": "/b"}]"#, "mounts"),
      (#""secrets": ["OTHER"]"#, "secrets"), (#""secrets": ["TOKEN", "NONE"]"#, "secrets"),
      (#""image": "other:1""#, "image"), (#""user": 0"#, "user"), (#""privileged": true"#, "privileged"),
      (#""limits": {"devices": ["/dev/kvm"]}"#, "limits.devices"),
      (#""env": {"LD_PRELOAD": "./x.so"}"#, "env.LD_PRELOAD"), (#""env": {"LD_AUDIT": "x"}"#, "env.LD_AUDIT"),
      (#""env": {"GLIBC_TUNABLES": "x"}"#, "env.GLIBC_TUNABLES"),
    ])
  func refused(_ text: String, _ key: String) throws {
    guard case .failure(let refusal) = try admit(read(text)) else {
      Issue.record("it passed: \(text)")
      return
    }
    #expect(refusal.code == .notPermitted && refusal.key == key)
    guard case .success = try admit(read(text, origin: false), as: .process) else {
      Issue.record("without origin it is refused: \(text)")
      return
    }
  }

  @Test(
    "what its group has it may have",
    arguments: [
      "", #""network": "none""#, #""mounts": [{"host": "/srv/in", "container": "/a"}]"#,
      #""mounts": [{"host": "/srv/in/x/y", "container": "/a"}]"#,
      #""mounts": [{"host": "/srv/out/x", "container": "/a", "readOnly": false}]"#, #""secrets": ["TOKEN"]"#,
      #""runtime": "auto", "stdin": "text", "env": {"A": "b"}, "key": "k", "retry": 2"#,
    ])
  func admitted(_ text: String) throws {
    var job = try read(text.replacing(#""network": "none""#, with: #""labels": {}"#))
    if text.contains("none") { job.network = "none" }  // whether this build reads it is another's to test
    guard case .success = try admit(job) else {
      Issue.record("refused: \(text)")
      return
    }
  }

  @Test("without settings of a group it has nothing")
  func noGroup() throws {
    for text in [#""secrets": ["TOKEN"]"#, #""mounts": [{"host": "/srv/in", "container": "/a"}]"#] {
      guard case .failure(let refusal) = try admit(read(text), group: nil) else {
        Issue.record("it passed: \(text)")
        continue
      }
      #expect(refusal.code == .notPermitted)
    }
    let bare = try admit(read(#""priority": 9"#), group: nil).get()
    #expect(bare.mounts.isEmpty && bare.priority == 0)
  }

  @Test("it never passes as a process, nor into a host group")
  func neverProcess() throws {
    #expect(throws: Refusal.self) { try admit(read(""), as: .process).get() }
    guard case .failure(let refusal) = try admit(read(""), group: #"{"host": true}"#) else {
      Issue.record("it passed")
      return
    }
    #expect(refusal.code == .hostGroup)
  }

  @Test("its numbers are held at its group's, at the default's where the group has none")
  func held() throws {
    let asked =
      #""timeout": "9d", "grace": "9d", "priority": 100, "retry": 1000, "limits": {"fileSize": "1g", "output": "1t", "openFiles": 9999, "scratch": "16g"}"#
    let job = try admit(read(asked)).get()
    #expect(job.timeout == .seconds(120))
    #expect(job.grace == .seconds(4))
    #expect(job.priority == 3)
    #expect(job.limits.fileSize == .mebibytes(2))
    #expect(job.limits.output == .mebibytes(20))
    #expect(job.limits.scratch == .mebibytes(256) && job.retry.attempts == 5)
    #expect(job.limits.openFiles == 64)
    let plain = try admit(read("")).get()
    #expect(plain.timeout == .seconds(60) && plain.priority == 3)
    #expect(plain.limits.fileSize == .mebibytes(1) && plain.limits.output == .mebibytes(20))
    let less = try admit(read(#""timeout": "1s", "grace": "1s", "priority": -5, "limits": {"output": "1k"}"#)).get()
    #expect(less.timeout == .seconds(1) && less.grace == .seconds(1) && less.priority == -5)
    #expect(less.limits.output == ByteCount(1024))
    let ungranted = try admit(read(#""timeout": "1d", "limits": {"output": "1t"}"#), group: "{}").get()
    #expect(ungranted.limits.output == Limits.defaultOutput && ungranted.timeout == .seconds(300))
  }

  @Test("its group's variables win over its own, and its group's host network is none")
  func environment() throws {
    let job = try admit(read(#""env": {"MODE": "mine", "A": "b"}"#)).get()
    #expect(job.env.sorted { $0.name < $1.name } == [EnvEntry("A", "b"), EnvEntry("MODE", "group")])
    let networked = try admit(read(""), group: #"{"network": "host"}"#).get()
    #expect(networked.network == "none")
    let free = try admit(read("", origin: false), group: #"{"network": "host"}"#).get()
    #expect(free.network == "host")
  }

  @Test("it gets its group's mounts to read")
  func mounts() throws {
    let job = try admit(read(#""mounts": [{"host": "/srv/out", "container": "/out", "readOnly": false}]"#)).get()
    #expect(
      job.mounts == [
        Mount(host: "/srv/out", container: "/out", isReadOnly: false), Mount(host: "/srv/in/", container: "/in"),
      ])
    #expect(
      try admit(read("")).get().mounts == [
        Mount(host: "/srv/in/", container: "/in"), Mount(host: "/srv/out", container: "/out"),
      ])
  }

  @Test("a request is of the group whose folder it lies in, whatever it says")
  func requests() throws {
    let settings = try Settings.read(utf8(Self.settings))
    let own = try GroupName(validating: "g")
    func check(_ text: String, by asker: GroupName) -> Refusal? {
      refusal { () throws(Refusal) in
        let job = try Job.read(utf8(text))
        try OriginGate.check(job, askedBy: asker, for: .sandbox, group: GroupSettings(), settings: settings)
      }
    }
    #expect(check(#"{"run": "a", "group": "g"}"#, by: own) == nil)
    for text in [#"{"run": "a"}"#, #"{"run": "a", "group": "h"}"#, #"{"run": "a", "group": "G"}"#] {
      #expect(check(text, by: own)?.key == "group")
    }
    // Without 'origin' in it a request is no freer.
    #expect(check(#"{"run": "a", "group": "g", "runtime": "process"}"#, by: own)?.key == "runtime")
    #expect(check(#"{"run": "a", "group": "g", "secrets": ["TOKEN"]}"#, by: own)?.key == "secrets")
  }
}
