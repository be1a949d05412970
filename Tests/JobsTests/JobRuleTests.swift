import Testing

@testable import Jobs

@Suite("Rules about jobs")
struct JobRuleTests {
  static let full = #"""
    {"run": ["a", "b c"], "runtime": "process", "group": "g", "stdin": {"a": [1, "\n"]}, "env": {"B": "2", "A": "1"},
     "directory": "/d", "timeout": "90s", "grace": "1.5s", "retry": {"attempts": 3, "factor": 1.5, "maxDelay": "1h"},
     "rerun": false, "priority": 7, "after": {"jobs": ["x", "y~2"], "need": 1, "onFailure": "continue"},
     "notBefore": "2026-11-20T11:02:03.123Z", "expires": "2d", "key": "k", "limits": {"openFiles": 9, "output": "1m"},
     "network": "host", "labels": {"z": "1", "a": ""}, "description": "ü\u001b", "origin": "ipc"}
    """#

  @Test(
    "a written job reads as the same job",
    arguments: [
      full, #"{"run": "a"}"#, #"{"run": "a", "retry": 3, "stdin": "t", "expires": "2027-01-01T00:00:00Z"}"#,
      #"{"run": "a", "mounts": [{"host": "/h", "container": "/c"}, {"host": "/i", "container": "/d", "readOnly": false}]}"#,
      #"{"run": "a", "secrets": ["A", "B"]}"#,
      #"{"run": "a", "limits": {"memory": "9m", "swap": 0, "cpus": 0.25, "pids": 9, "cpuTime": "1.5s", "scratch": "1g"}}"#,
      #"{"run": "a", "retry": {}, "priority": 0, "stdinFile": "/f", "after": {"jobs": ["a"], "need": "any"}}"#,
    ])
  func roundTrip(_ text: String) throws {
    let job = try Job.read(utf8(text))
    #expect(try Job.read(job.encode()) == job)
  }

  @Test("the fingerprint is the same for the same work and does not change between versions")
  func fingerprint() throws {
    let job = try Job.read(utf8(#"{"run": ["a", "b"], "env": {"A": "1", "B": "2"}}"#))
    let turned = try Job.read(
      utf8(#"{"priority": 3, "env": {"B": "2", "A": "1"}, "run": ["a", "b"], "description": "d"}"#))
    #expect(job.work == turned.work)
    #expect(job.work == "0f93713de34810acb6ebe17161f36663")
    let reordered = [#"["A", "B"]"#, #"["B", "A"]"#].map { #"{"run": "a", "secrets": \#($0)}"# }
    #expect(try Set(reordered.map { try Job.read(utf8($0)).work }).count == 1)
    let full = try Job.read(utf8(Self.full)).work
    #expect(full == "5384e021c07d65d520d34a342610f3e2")
  }

  @Test("other work has another fingerprint")
  func otherFingerprints() throws {
    let texts = [
      #"{"run": "a"}"#, #"{"run": "b"}"#, #"{"run": ["a"]}"#, #"{"run": ["a", "b"]}"#, #"{"run": ["ab"]}"#,
      #"{"run": ["a", ""]}"#,
      #"{"run": "a", "stdin": "1"}"#, #"{"run": "a", "stdin": 1}"#, #"{"run": "a", "stdinFile": "/1"}"#,
      #"{"run": "a", "env": {"A": "1"}}"#, #"{"run": "a", "env": {"A1": ""}}"#, #"{"run": "a", "directory": "/d"}"#,
      #"{"run": "a", "group": "g"}"#, #"{"run": "a", "runtime": "process"}"#, #"{"run": "a", "network": "host"}"#,
      #"{"run": "a", "limits": {"openFiles": 9}}"#, #"{"run": "a", "limits": {"fileSize": 9}}"#,
      #"{"run": "a", "mounts": [{"host": "/h", "container": "/c"}]}"#,
      #"{"run": "a", "mounts": [{"host": "/h", "container": "/c", "readOnly": false}]}"#,
      #"{"run": "a", "mounts": [{"host": "/c", "container": "/h"}]}"#,
      #"{"run": "a", "secrets": ["A"]}"#, #"{"run": "a", "secrets": ["B"]}"#,
      #"{"run": "a", "limits": {"cpuTime": 9}}"#, #"{"run": "a", "limits": {"scratch": "9k"}}"#,
    ]
    var works: Set<String> = []
    for text in texts { works.insert(try Job.read(utf8(text)).work) }
    #expect(works.count == texts.count)
  }

  @Test("FNV-1a gives its published value")
  func fnv() {
    // Of no bytes at all the hash is the offset basis.
    #expect(FNV1a128().text == "6c62272e07bb014262b821756295c58d")
    var hash = FNV1a128()
    hash.mix(0x61)
    #expect(hash.text == "d228cb696f1a8caf78912b704e4a8964")
  }

  @Test("retries default to 1 ordinary and 5 temporary attempts, a number is for both")
  func attempts() {
    #expect(RetryPolicy().attempts(temporary: false) == 1)
    #expect(RetryPolicy().attempts(temporary: true) == 5)
    #expect(RetryPolicy(attempts: 3).attempts(temporary: false) == 3)
    #expect(RetryPolicy(attempts: 3).attempts(temporary: true) == 3)
  }

  @Test("the wait doubles up to its cap and swings by the jitter")
  func waits() {
    let policy = RetryPolicy()
    #expect(
      (1...4).map { policy.wait(afterAttempt: $0, chance: 0.5) } == [
        .seconds(5), .seconds(10), .seconds(20), .seconds(40),
      ])
    #expect(policy.wait(afterAttempt: 1_000_000_000, chance: 0.5) == .seconds(600))
    #expect(policy.wait(afterAttempt: 1, chance: 0) == .milliseconds(4500))
    #expect(policy.wait(afterAttempt: 1, chance: 1) == .milliseconds(5500))
    #expect(policy.wait(afterAttempt: -5, chance: 7) == .milliseconds(5500))
    var flat = RetryPolicy()
    flat.factor = 1
    flat.delay = .zero
    #expect(flat.wait(afterAttempt: 1_000_000_000, chance: 0.3) == .zero)
  }

  @Test("each limit is filled from below where it is not stated, and held at the bound")
  func limits() throws {
    let all =
      #"{"memory": "4m", "swap": "4m", "cpus": 4, "pids": 4, "openFiles": 4, "fileSize": "4m", "cpuTime": 4, "scratch": "4m", "output": "4m"}"#
    let large = try limits(all)
    let small = try limits(String(all.map { $0 == "4" ? "3" : $0 }))
    #expect(Limits().filled(from: large) == large && large.filled(from: small) == large)
    #expect(large.held(at: small) == small && small.held(at: large) == small)
    #expect(Limits().held(at: large) == large && large.held(at: Limits()) == large)
  }

  private func limits(_ text: String) throws -> Limits {
    try Job.read(utf8(#"{"run": "a", "limits": \#(text)}"#)).limits
  }

  @Test(
    "the priority that a job waits with is the one that it is filled with",
    arguments: ["", #", "priority": -5"#, #", "priority": 50"#],
    ["", #", "origin": "ipc""#])
  func priorityAlone(stated: String, origin: String) throws {
    let job = try Job.read(utf8(#"{"run": "a", "group": "g"\#(stated)\#(origin)}"#))
    let byDefault = try Settings.read(utf8(#"{"defaults": {"sandbox": {"priority": 3}}}"#))
    for settings in [Settings(), byDefault] {
      for group in [nil, GroupSettings(), try GroupSettings.read(utf8(#"{"priority": 7}"#))] {
        let alone = job.filledPriority(for: .sandbox, group: group, settings: settings)
        #expect(alone == job.filled(for: .sandbox, group: group, settings: settings).priority)
        let given = group?.priority ?? settings.defaults[.sandbox].priority
        let own = stated.isEmpty ? nil : job.priority
        // What a container asks for is held at what its group has.
        let most = origin.isEmpty ? Int.max : given ?? 0
        #expect(alone == own.map { min($0, most) } ?? given ?? 0)
      }
    }
  }

  @Test("what a job does not say comes from its group, then the runtime's defaults, within the bounds")
  func filling() throws {
    let settings = try Settings.read(
      utf8(
        #"""
        {"grace": "3s", "defaults": {"process": {"timeout": "1h", "retry": 2, "priority": 5, "rerun": false,
          "env": {"A": "s", "B": "s"}, "limits": {"openFiles": 100, "output": "2m"}}},
         "maxLimits": {"timeout": "30m", "output": "4m", "openFiles": 90}}
        """#))
    let group = try GroupSettings.read(utf8(#"{"env": {"B": "g", "C": "g"}, "limits": {"output": "8m"}}"#))
    let job = try job(#""env": {"C": "j"}, "priority": 0"#).filled(for: .process, group: group, settings: settings)
    #expect(job.timeout == .seconds(1800))
    #expect(job.grace == .seconds(3))
    #expect(job.retry == RetryPolicy(attempts: 2))
    #expect(job.priority == 0)
    #expect(job.rerun == false)
    #expect(job.env == [EnvEntry("A", "s"), EnvEntry("B", "g"), EnvEntry("C", "j")])
    #expect(job.limits.output == .mebibytes(4))
    #expect(job.limits.openFiles == 90)
    let strict = try GroupSettings.read(
      utf8(#"{"priority": 7, "network": "host", "maxLimits": {"timeout": "5m", "output": "1m"}}"#))
    let held = try Job.read(utf8(#"{"run": "a"}"#)).filled(for: .sandbox, group: strict, settings: settings)
    #expect(held.timeout == .seconds(300) && held.limits.output == .mebibytes(1))
    #expect(held.priority == 7 && held.network == "host")
    let process = try Job.read(utf8(#"{"run": "a"}"#)).filled(for: .process, group: strict, settings: settings)
    #expect(process.network == nil)
    let bare = try Job.read(utf8(#"{"run": "a"}"#)).filled(for: .process, group: nil, settings: Settings())
    #expect(bare.timeout == nil)
    #expect(bare.grace == .seconds(10))
    #expect(bare.priority == 0)
  }

  @Test("a group's mounts are given read-only, and one that the job names stays as it names it")
  func fillingMounts() throws {
    let group = try GroupSettings.read(
      utf8(
        #"{"mounts": [{"host": "/a", "container": "/x", "readOnly": false}, {"host": "/b", "container": "/y"}]}"#))
    let named = try job(#""mounts": [{"host": "/a/1", "container": "/x", "readOnly": false}]"#)
    #expect(
      named.filled(for: .sandbox, group: group, settings: Settings()).mounts == [
        Mount(host: "/a/1", container: "/x", isReadOnly: false), Mount(host: "/b", container: "/y"),
      ])
    let bare = try Job.read(utf8(#"{"run": "a"}"#))
    #expect(
      bare.filled(for: .sandbox, group: group, settings: Settings()).mounts == [
        Mount(host: "/a", container: "/x"), Mount(host: "/b", container: "/y"),
      ])
    #expect(bare.filled(for: .process, group: group, settings: Settings()).mounts.isEmpty)
  }

  @Test("a secret is allowed by the settings, and by the group where it has a list")
  func allowedSecrets() throws {
    let settings = try Settings.read(utf8(#"{"secrets": ["A", "B"]}"#))
    let group = try GroupSettings.read(utf8(#"{"secrets": ["B", "C"]}"#))
    let bare = try Job.read(utf8(#"{"run": "a"}"#))
    #expect(settings.allows(secret: "A", for: bare, group: nil))
    #expect(!settings.allows(secret: "C", for: bare, group: nil))
    #expect(!settings.allows(secret: "A", for: bare, group: group))
    #expect(settings.allows(secret: "B", for: bare, group: group))
    #expect(!settings.allows(secret: "C", for: bare, group: group))
    #expect(settings.allows(secret: "A", for: bare, group: GroupSettings()))
    #expect(!Settings().allows(secret: "A", for: bare, group: nil))
  }

  @Test("a secret takes the place of the same variable of the group or the settings")
  func secretOverEnv() throws {
    let group = try GroupSettings.read(utf8(#"{"env": {"A": "g", "B": "g"}}"#))
    let filled = try job(#""secrets": ["A"]"#).filled(for: .process, group: group, settings: Settings())
    #expect(filled.env == [EnvEntry("B", "g")])
  }
}
