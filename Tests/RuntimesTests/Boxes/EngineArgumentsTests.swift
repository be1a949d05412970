@testable import Jobs
import Platform
import TestSupport
import Testing

@testable import Runtimes

@Suite("How an engine is told to make a container")
struct EngineArgumentsTests {
  private func words(
    _ kind: RuntimeChoice, binds: [EngineArguments.Bind] = [],
    _ change: (inout EngineArguments.Request) -> Void = { _ in }
  ) throws -> [String] {
    let place = try TemporaryFolder()
    let plan = BoxPlan(
      rendezvous: try Rendezvous(place.folder, path: "/spool/meet"), workPath: "/w", resultPath: "/r",
      name: "bobbin-s-1-x",
      labels: [Label("bobbin.job", "x y"), Label("bobbin.attempt", "1")], isKept: false)
    var request = EngineArguments.Request(user: 1000)
    request.limits = kind.defaultLimits
    change(&request)
    var arguments = EngineArguments(kind, request, plan, binds: binds, spool: "s")
    arguments.run(["/bobbin/bobbin-init", "/bobbin/meet"], on: "sha256:aa")
    return arguments.words
  }

  /// Whether an option stands there with that value.
  private func has(_ words: [String], _ option: String, _ value: String) -> Bool {
    zip(words, words.dropFirst()).contains { $0 == option && $1 == value }
  }

  @Test("every right is taken away by a word of its own", arguments: [RuntimeChoice.podman, .docker])
  func rights(_ kind: RuntimeChoice) throws {
    let words = try words(kind)
    for (option, value) in [
      ("--network", "none"), ("--cap-drop", "ALL"), ("--security-opt", "no-new-privileges"), ("--user", "1000:1000"),
      ("--pids-limit", "258"), ("--memory", "1073741824"), ("--memory-swap", "1073741824"), ("--cpus", "1.000"),
      ("--ulimit", "nofile=1024:2048"), ("--pull", "never"), ("--log-driver", "none"), ("--ipc", "private"),
      ("--tmpfs", "/tmp:rw,nosuid,nodev,size=268435456,mode=1777"), ("--label", "bobbin.spool=s"),
      ("--label", "bobbin.job=x y"), ("--name", "bobbin-s-1-x"),
    ] { #expect(has(words, option, value), "\(option) \(value)") }
    #expect(words.contains("--read-only") && words.contains("--rm") && words.contains("--no-healthcheck"))
    #expect(!words.contains("--privileged"))
    #expect(words.suffix(4) == ["--entrypoint", "/bobbin/bobbin-init", "sha256:aa", "/bobbin/meet"])
  }

  @Test("podman's own kindnesses are switched off")
  func podman() throws {
    let words = try words(.podman)
    for word in ["--http-proxy=false", "--read-only-tmpfs=false", "--systemd=false"] { #expect(words.contains(word)) }
    #expect(has(words, "--image-volume", "ignore"))
    #expect(try !self.words(.docker).contains("--systemd=false"))
  }

  @Test("nothing goes beyond what the runner itself may give", arguments: [RuntimeChoice.podman, .docker])
  func ceilings(_ kind: RuntimeChoice) throws {
    let words = try words(kind) {
      $0.limits.openFiles = 5000
      $0.ceilings = EngineArguments.Ceilings(openFiles: 500, processes: 70)
    }
    #expect(has(words, "--ulimit", "nofile=500:500") && has(words, "--ulimit", "nproc=70:70"))
    #expect(try has(self.words(kind) { $0.limits.cpus = 5000 }, "--cpus", "\(Machine.processors).000"))
    let huge = try self.words(kind) {
      $0.limits.memory = ByteCount(.max)
      $0.limits.swap = ByteCount(.max)
    }
    #expect(has(huge, "--memory-swap", "-1"))
  }

  @Test("what a job asks for of an engine becomes its words")
  func engine() throws {
    let words = try words(.docker) { request in
      request.network = "lab"
      request.isPrivileged = true
      request.limits.swap = .mebibytes(1)
      request.limits.engine.dns = ["10.0.0.2"]
      request.limits.engine.extraHosts = [EnvEntry("db", "10.0.0.5")]
      request.limits.engine.gpus = "2"
      request.limits.engine.devices = ["/dev/kvm"]
      request.limits.engine.shm = .mebibytes(8)
      request.limits.engine.tmpfs = [EngineLimits.Tmpfs(path: "/cache", size: .mebibytes(1))]
      request.limits.engine.ulimits = [EngineLimits.Ulimit(name: "core", soft: 0, hard: 0)]
    }
    for (option, value) in [
      ("--network", "lab"), ("--dns", "10.0.0.2"), ("--add-host", "db:10.0.0.5"), ("--gpus", "2"),
      ("--device", "/dev/kvm"),
      ("--shm-size", "8388608"), ("--ulimit", "core=0:0"), ("--memory-swap", "1074790400"),
      ("--tmpfs", "/cache:rw,nosuid,nodev,size=1048576,mode=1777"),
    ] { #expect(has(words, option, value), "\(option) \(value)") }
    #expect(words.contains("--privileged") && !words.contains("--cap-drop"))
  }

  @Test(
    "a path with what separates fields is one field",
    arguments: [
      ("/a b/ü", "source=/a b/ü"), ("/a,b", "\"source=/a,b\""), ("/a\"b", "\"source=/a\"\"b\""),
      ("/a:b", "source=/a:b"),
    ])
  func paths(_ path: String, _ field: String) throws {
    let bind = EngineArguments.Bind(source: path, place: "/data", isReadOnly: true)
    #expect(
      try has(
        words(.docker, binds: [bind]), "--mount", "type=bind,\(field),target=/data,readonly,bind-nonrecursive=true"))
  }

  @Test("Apple's container gets the words that it knows and no others")
  func apple() throws {
    let words = try words(
      .container, binds: [EngineArguments.Bind(source: "/w", place: "/bobbin/job", isReadOnly: false)]
    ) {
      $0.limits.cpus = 2.5
    }
    #expect(
      words == [
        "run", "--rm", "--name", "bobbin-s-1-x", "--label", "bobbin.spool=s", "--label", "bobbin.job=x y", "--label",
        "bobbin.attempt=1", "--user", "1000", "--workdir", "/bobbin/job", "--no-dns", "--memory", "1024M", "--cpus",
        "2",
        "--tmpfs", "/tmp", "--mount", "type=bind,source=/w,target=/bobbin/job", "--entrypoint", "/bobbin/bobbin-init",
        "sha256:aa", "/bobbin/meet",
      ])
  }

  @Test("processors are written without an exponent", arguments: [(0.01, "0.010"), (1.5, "1.500"), (1024, "1024.000")])
  func processors(_ number: Double, _ text: String) { #expect(EngineArguments.decimal(number) == text) }

  @Test("docker gets something empty and read-only where an image wants a volume, and nothing is mounted anyway")
  func volumes() throws {
    let binds = [EngineArguments.Bind(source: "/h", place: "/in", isReadOnly: true)]
    let change = { (request: inout EngineArguments.Request) in request.volumes = ["/data/", "/in", "/tmp/", #"/v,"x"#] }
    let words = try words(.docker, binds: binds, change)
    #expect(
      words.filter { $0.hasPrefix("type=tmpfs") } == [
        "type=tmpfs,target=/data,readonly", #"type=tmpfs,"target=/v,""x",readonly"#,
      ])
    #expect(try !self.words(.podman, binds: binds, change).contains { $0.hasPrefix("type=tmpfs") })
  }

  @Test("what 'image inspect' says is read, whatever engine says it")
  func inspect() {
    let podman = EngineImages.read(#"["2a29", "sha256:bb", ["PATH=/bin","A=b c"], null]"# + "\n")
    #expect(podman == EngineImage(id: "2a29", digest: "sha256:bb", environment: ["PATH=/bin", "A=b c"]))
    let docker = EngineImages.read(#"["sha256:cc", ["busybox@sha256:dd"], null, {"/v": {}, "/data": {}}]"#)
    #expect(docker?.digest == "sha256:dd" && docker?.volumes == ["/data", "/v"])
    #expect(EngineImages.read(#"["sha256:cc", [], [], null]"#)?.digest == "sha256:cc")
    for text in ["", "null", "[1,2,3,4]", #"["a"]"#, "Error: no such image"] {
      #expect(EngineImages.read(text) == nil)
    }
  }

  @Test("an engine that hangs is not asked again at once, for whatever image", .timeLimit(.minutes(60)))
  func silence() throws {
    let place = try TemporaryFolder()
    try place.folder.create("docker").write(Array("#!/bin/sh\nexec sleep 100\n".utf8))
    Command.shell("chmod 755 '\(place.path)/docker'")
    let images = EngineImages(Engine(kind: .docker, program: place.path + "/docker", version: "1"))
    #expect(throws: StartFailure.self) { try images.find("a") }
    let asked = Clock.continuous()
    #expect(throws: StartFailure.self) { try images.find("b") }
    // One question waits for longer.
    #expect(Clock.continuous() - asked < 2_000_000_000)
  }
}
