import Testing

@testable import Jobs

@Suite("What a job says about its container")
struct ContainerReadingTests {
  @Test(
    "the name of an image is never an option, a path or a shell's word",
    arguments: [
      ("busybox", true), ("busybox:1.36", true), ("registry.example:5000/team/app:1", true),
      ("app@sha256:" + String(repeating: "a", count: 64), true), (String(repeating: "a", count: 255), true),
      ("--privileged", false), ("-v", false), ("/etc", false), ("a b", false), ("a\nb", false), ("", false),
      ("$(id)", false), ("a;b", false), ("ä", false), (String(repeating: "a", count: 256), false), (".hidden", false),
    ])
  func names(_ name: String, _ isGood: Bool) {
    let refused = refusal { () throws(Refusal) in
      try Job.read(utf8(#"{"run": "a", "image": "\#(name.replacing("\n", with: "\\n"))"}"#))
    }
    #expect((refused == nil) == isGood)
  }

  @Test("what an engine alone can do is read, and written as it is read")
  func engineLimits() throws {
    let text = #"""
      {"run": "a", "image": "i", "runtime": "docker", "user": 1000, "network": "lab", "limits": {"ulimits":
      {"nofile": {"soft": 10, "hard": 20}, "core": 0}, "dns": ["10.0.0.2", "fd00::2"], "extraHosts": {"db.local": "10.0.0.5"},
      "tmpfs": {"/cache": "1m"}, "shm": "8m", "gpus": 2, "devices": ["/dev/kvm"]}}
      """#
    let job = try Job.read(utf8(text))
    #expect(job.image == "i" && job.user == 1000 && job.network == "lab" && !job.isPrivileged)
    let engine = job.limits.engine
    #expect(engine.ulimits.map(\.name) == ["nofile", "core"] && engine.ulimits[0].hard == 20)
    #expect(engine.dns == ["10.0.0.2", "fd00::2"] && engine.extraHosts == [EnvEntry("db.local", "10.0.0.5")])
    #expect(engine.tmpfs.first?.path == "/cache" && engine.shm == .mebibytes(8) && engine.gpus == "2")
    #expect(engine.devices == ["/dev/kvm"])
    #expect(try Job.read(job.encode()) == job)
    #expect(try Job.read(utf8(#"{"run": "a", "image": "i"}"#)).work != Job.read(utf8(#"{"run": "a"}"#)).work)
  }

  @Test(
    "what cannot be meant is refused, with its place",
    arguments: [
      (#""limits": {"memory": 0}"#, .outOfRange), (#""limits": {"memory": -1}"#, .outOfRange),
      (#""limits": {"pids": 0}"#, .outOfRange), (#""limits": {"cpus": 0}"#, .outOfRange),
      (#""limits": {"cpus": 1000000000000000000}"#, .outOfRange),
      (#""limits": {"pids": 1000000000000000000}"#, .outOfRange),
      (#""limits": {"dns": ["a.b"]}"#, .badValue), (#""limits": {"dns": ["--add-host"]}"#, .badValue),
      (#""limits": {"extraHosts": {"-x": "10.0.0.1"}}"#, .badValue),
      (#""limits": {"tmpfs": {"/bobbin/job": "1m"}}"#, .badValue),
      (#""limits": {"tmpfs": {"/a,exec": "1m"}}"#, .badValue), (#""limits": {"gpus": 0}"#, .outOfRange),
      (#""limits": {"gpus": "some"}"#, .badValue), (#""limits": {"devices": ["/etc/passwd"]}"#, .badValue),
      (#""limits": {"devices": ["/dev/../etc"]}"#, .badValue), (#""limits": {"ulimits": {"nofiles": 1}}"#, .unknownKey),
      (#""limits": {"ulimits": {"core": {"soft": 2, "hard": 1}}}"#, .badValue),
      (#""network": "container:x""#, .badValue), (#""network": "--net""#, .badValue), (#""user": "root""#, .wrongType),
      (#""runtime": "process""#, .conflictingKeys),
      (#""mounts": [{"host": "/a", "container": "/bobbin/job"}]"#, .badValue),
    ] as [(String, RefusalCode)])
  func refused(_ text: String, _ code: RefusalCode) {
    let refused = refusal { () throws(Refusal) in try Job.read(utf8(#"{"run": "a", "image": "i", \#(text)}"#)) }
    #expect(refused?.code == code)
  }

  @Test("less memory than a container starts in is refused by its key, and a sandbox may have less")
  func small() throws {
    let job = try Job.read(utf8(#"{"run": "a", "image": "i", "limits": {"memory": "5m"}}"#))
    #expect(job.refusal(in: .docker)?.key == "limits.memory" && job.refusal(in: .podman)?.key == "limits.memory")
    #expect(job.refusal(in: .sandbox) == nil)
  }

  @Test("an engine needs an image, and a job with one and no word about where asks the machine for an engine")
  func choice() throws {
    for runtime in ["podman", "docker", "container"] {
      let refused = refusal { () throws(Refusal) in try Job.read(utf8(#"{"run": "a", "runtime": "\#(runtime)"}"#)) }
      #expect(refused?.code == .missingKey)
    }
    #expect(try Job.read(utf8(#"{"run": "a", "image": "i"}"#)).wantsEngine)
    #expect(try !Job.read(utf8(#"{"run": "a", "image": "i", "runtime": "sandbox"}"#)).wantsEngine)
  }

  @Test(
    "weakening needs a word in the settings",
    arguments: [
      (#""network": "host""#, #""allowNetworks": ["host"]"#, "network"),
      (#""user": 0"#, #""allowUsers": [0]"#, "user"),
      (#""privileged": true"#, #""allowPrivileged": true"#, "privileged"),
      (#""limits": {"devices": ["/dev/kvm"]}"#, #""allowDevices": ["/dev/kvm"]"#, "limits.devices"),
      (#""limits": {"gpus": "all"}"#, #""allowDevices": ["gpus"]"#, "limits.gpus"),
    ])
  func allowed(_ wish: String, _ setting: String, _ key: String) throws {
    let job = try Job.read(utf8(#"{"run": "a", "image": "i", "runtime": "docker", \#(wish)}"#))
    #expect(job.refusal(by: Settings(), group: nil, in: .docker)?.key == key)
    #expect(job.refusal(by: try Settings.read(utf8("{\(setting)}")), group: nil, in: .docker) == nil)
  }

  @Test("a container has limits where nobody says any, and none of a sandbox's")
  func defaults() throws {
    let job = try Job.read(utf8(#"{"run": "a", "image": "i", "limits": {"pids": 9}}"#))
    let filled = job.filled(for: .podman, group: nil, settings: Settings())
    #expect(filled.limits.memory == .mebibytes(1024) && filled.limits.pids == 9 && filled.limits.cpus == 1)
    #expect(filled.limits.openFiles == 1024 && filled.timeout == .seconds(300))
    #expect(job.filled(for: .sandbox, group: nil, settings: Settings()).limits.memory == nil)
  }

  @Test("what a container asked for has no more than a container has by itself, where its group says no more")
  func origin() throws {
    let job = try Job.read(
      utf8(#"{"run": "a", "group": "g", "origin": "ipc", "limits": {"memory": "64g", "pids": 9000, "cpus": 64}}"#))
    let group = try GroupSettings.read(utf8(#"{"image": "i"}"#))
    let held = job.filled(for: .docker, group: group, settings: Settings())
    #expect(held.limits.memory == .mebibytes(1024) && held.limits.pids == 256 && held.limits.cpus == 1)
    let more = try GroupSettings.read(utf8(#"{"image": "i", "limits": {"memory": "4g"}}"#))
    #expect(job.filled(for: .docker, group: more, settings: Settings()).limits.memory == .gibibytes(4))
    #expect(held.image == "i")
  }
}
