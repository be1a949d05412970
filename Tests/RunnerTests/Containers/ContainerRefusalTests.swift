import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// Jobs for containers that are asked for wrongly, or cannot be had here.
@Suite(.timeLimit(.minutes(60))) struct ContainerRefusalTests {
  @Test("what is no image's name, no place and no limit is refused by code, and reaches no engine")
  func refused() throws {
    let spool = try TestSpool()
    let bad: [(keys: String, code: String)] = [
      (#""image": "a b""#, "bad-value"), (#""image": "--privileged""#, "bad-value"),
      (#""image": "-v/:/host""#, "bad-value"),
      (#""image": """#, "bad-value"), (#""image": "a\nb""#, "bad-value"), (#""image": "a;reboot""#, "bad-value"),
      (#""image": "../x""#, "bad-value"), (#""image": 5"#, "wrong-type"), (#""image": ["a"]"#, "wrong-type"),
      (#""mounts": [{"host": "/srv", "container": "/bobbin/job"}]"#, "bad-value"),
      (#""mounts": [{"host": "/srv", "container": "/bobbin"}]"#, "bad-value"),
      (#""mounts": [{"host": "/srv", "container": "/a,readonly=false"}]"#, "bad-value"),
      (#""mounts": [{"host": "/srv", "container": "/a/../bobbin/job"}]"#, "bad-value"),
      (#""network": "--privileged""#, "bad-value"), (#""network": "container:other""#, "bad-value"),
      (#""limits": {"memory": 0}"#, "out-of-range"), (#""limits": {"memory": -1}"#, "out-of-range"),
      (#""limits": {"memory": "1023k"}"#, "out-of-range"), (#""limits": {"memory": "99999999999g"}"#, "bad-value"),
      (#""limits": {"cpus": 0}"#, "out-of-range"), (#""limits": {"cpus": -1}"#, "out-of-range"),
      (#""limits": {"cpus": 1000000000000000000}"#, "out-of-range"), (#""limits": {"cpus": 0.0001}"#, "out-of-range"),
      (#""limits": {"pids": 0}"#, "out-of-range"), (#""limits": {"pids": -1}"#, "out-of-range"),
      (#""limits": {"pids": 1000000000000000000}"#, "out-of-range"), (#""limits": {"openFiles": 0}"#, "out-of-range"),
      (#""limits": {"openFiles": 1000000000000000000}"#, "out-of-range"), (#""limits": {"output": 0}"#, "out-of-range"),
      (#""limits": {"swap": -1}"#, "out-of-range"), (#""limits": {"shm": 0}"#, "out-of-range"),
      (#""limits": {"ulimits": {"nofile": -1}}"#, "out-of-range"),
      (#""limits": {"ulimits": {"nofile": {"soft": 9, "hard": 8}}}"#, "bad-value"),
      (#""user": 0"#, "not-permitted"), (#""user": -1"#, "out-of-range"), (#""privileged": true"#, "not-permitted"),
      (#""network": "bridge""#, "not-permitted"), (#""limits": {"devices": ["/dev/kvm"]}"#, "not-permitted"),
      (#""directory": "/srv""#, "conflicting-keys"), (#""stdinFile": "/etc/hosts""#, "conflicting-keys"),
    ]
    // A client that says when it is called.
    let place = spool.place.path
    Command.shell(
      "mkdir '\(place)/bin' && printf '#!/bin/sh\\n: > '\(place)/called'\\nexit 1\\n' > '\(place)/bin/docker' && chmod 755 '\(place)/bin/docker'"
    )
    for (index, bad) in bad.enumerated() {
      var keys = [#""run": "true""#, #""runtime": "docker""#, bad.keys]
      if !bad.keys.hasPrefix(#""image""#) { keys.append(#""image": "x""#) }
      try spool.drop("x\(index)", "{\(keys.joined(separator: ", "))}")
    }
    try spool.start(drain: true, environment: ["PATH=\(place)/bin:/usr/bin:/bin"]).end()
    for (index, bad) in bad.enumerated() {
      let result = try spool.result("x\(index)")
      #expect(result.status == "refused" && result.code == bad.code, "\(bad.keys): \(result.story)")
      #expect(result.outcome?.reason?.isEmpty == false && result.attempts.isEmpty)
    }
    #expect(try !spool.place.folder.has("called"))
  }

  @Test(
    "limits that are valid and that an engine does not take end as its failure, with its words",
    arguments: JobGround.engines)
  func engineLimits(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    // docker's least, and in less runc does not start.
    let least = try stage.run("exit 0", ["limits": #"{"memory": "1m"}"#])
    #expect(least.status == "refused" && least.outcome?.key == "limits.memory", "\(least.story)")
    let small = try stage.run("echo small", ["limits": #"{"memory": "6m"}"#, "retry": "1"])
    #expect(small.text == "small\n" || small.code == "out-of-memory", "\(small.story)")
    let most = try stage.run(
      "echo well", ["limits": #"{"cpus": 1024, "memory": "100000g", "pids": 4194304}"#, "retry": "1"])
    #expect(most.isSuccess || ["engine-failed", "limit-unavailable"].contains(most.code), "\(most.story)")
    stage.finish()
  }

  @Test(
    "a missing image is final and says what would get it",
    arguments: JobGround.isolated.filter { $0.hasImage && !$0.isKept })
  func imageMissing(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let result = try stage.run("true", ["image": "\"no/such:image\"", "retry": #"{"attempts": 5, "delay": 0}"#])
    #expect(result.status == "failed" && result.code == "image-missing" && result.attemptsTotal == 1, "\(result.story)")
    let reason = result.outcome?.reason ?? ""
    #expect(reason.contains("no/such:image") && reason.contains("pull"), "\(reason)")
    stage.finish()
  }

  @Test(
    "an image that is taken away between two jobs is missing for the next, after 5 s at the latest",
    arguments: JobGround.engines.prefix(1))
  func imageRemoved(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let name = "bobbin-test/gone:\(UInt32.random(in: 0 ... .max))"
    try #require(stage.engine("tag \(Engines.image) \(name)").isSuccess)
    let keys = ["image": "\"\(name)\""]
    #expect(try stage.run("echo $IMAGE_SAYS", keys).text == "hello\n")
    try #require(stage.engine("rmi \(name)").isSuccess)
    // An engine is asked again after 5 s at the latest; until then the image itself is there under its id.
    #expect(try eventually { try stage.run("true", keys).code == "image-missing" })
    stage.finish()
  }

  /// Engines that are not there, or can be hidden.
  private static let missing = ["podman", "docker"].filter { Need.mounting || isHidden($0) }

  private static func isHidden(_ engine: String) -> Bool {
    Command.shell("! command -v \(engine) > /dev/null").isSuccess
  }

  @Test(
    "an engine that is not installed is final and named, and other jobs run",
    .enabled(if: !missing.isEmpty, "needs an engine that is not installed, or to hide it: \(Need.mountingSays)"),
    arguments: missing)
  func notInstalled(engine: String) throws {
    let spool = try TestSpool()
    let place = spool.place.path
    // The engine's own folders are looked in as well as PATH: a machine that has it hides it from this runner.
    try spool.drop("x", #"{"run": "true", "runtime": "\#(engine)", "image": "x", "retry": 5}"#)
    try spool.drop("y", #"{"run": ["/bin/echo", "ok"]}"#)
    var program = BobbinProgram.program(
      BobbinProgram.runner(spool.path, drain: true), environment: Engines.environment + ["PATH=/nowhere"])
    if !Self.isHidden(engine) {
      let wrapped =
        "for d in /usr/local/bin /usr/bin /bin; do [ -e $d/\(engine) ] && mount --bind '\(place)/empty' $(readlink -f $d/\(engine)); done; exec \"$@\""
      Command.shell(": > '\(place)/empty'; chmod 644 '\(place)/empty'")
      program = Program(
        paths: ["/usr/bin/unshare"], arguments: ["unshare", "-m", "sh", "-c", wrapped, "sh"] + program.arguments,
        environment: program.environment.filter { !$0.hasPrefix("PATH=") } + ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"])
    }
    try RunnerProcess(program, output: place + "/out").end()
    let result = try spool.result("x")
    #expect(
      result.status == "failed" && result.code == "runtime-missing" && result.attemptsTotal == 1, "\(result.story)")
    #expect(result.outcome?.reason?.contains(engine) == true)
    #expect(try spool.result("y").isSuccess)
  }

  @Test(
    "an engine that does not answer puts its jobs off without counting, and runs them when it does",
    .enabled(if: Need.docker, "\(Need.dockerSays)"))
  func silent() throws {
    let spool = try TestSpool()
    let socket = spool.place.path + "/docker.sock"
    let real = try #require(Machine.environment("DOCKER_HOST")?.dropFirst("unix://".count))
    try spool.drop("x", #"{"run": "echo $IMAGE_SAYS", "runtime": "docker", "image": "\#(Engines.image)", "retry": 1}"#)
    try spool.drop("y", #"{"run": "echo ok"}"#)
    let runner = try spool.start(environment: ["DOCKER_HOST=unix://" + socket])
    #expect(try spool.ended("y").isSuccess)
    #expect(eventually { spool.has("deferred/x.run.json") })
    let record = try spool.record(.deferred, "x")
    guard case .deferred(let deferral) = record.state else {
      Issue.record("\(record.state)")
      return
    }
    #expect(deferral.code == "runtime-unavailable" && deferral.reason?.contains("docker") == true, "\(deferral)")
    #expect(record.attemptsUsed == 0 && record.attempts.isEmpty)
    Command.shell("ln -s '\(real)' '\(socket)'")
    let result = try spool.ended("x")
    #expect(result.text == "hello\n" && result.attemptsTotal == 1, "\(result.story)")
    runner.signal(SignalNumber.terminate)
    #expect(runner.end() == .exited(0))
  }
}
