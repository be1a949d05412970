import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// What a job finds in its environment, and where else nothing of it is found.
@Suite(.timeLimit(.minutes(60))) struct ContainerEnvironmentTests {
  private static let runner = [
    "LANG=C.UTF-8", "LET_THROUGH=from the runner", "KEPT_BACK=never seen", "LD_LIBRARY_PATH=/nowhere",
    "http_proxy=http://never.seen:1", "HTTPS_PROXY=http://never.seen:2",
  ]

  @Test(
    "a job sees PATH, HOME, LANG, what the settings let through, BOBBIN_, its own, its image's, and nothing else",
    arguments: JobGround.all)
  func exact(ground: JobGround) throws {
    let stage = try GroundSpool(
      ground, ["env": #"["LET_THROUGH"]"#], group: ["env": #"{"FROM_GROUP": "g"}"#, "host": "\(!ground.isIsolated)"],
      environment: Self.runner)
    let result = try stage.run(
      "", ["run": #"["env"]"#, "env": #"{"OWN": "a b=\"c\"", "EMPTY": "", "TZ": "UTC"}"#, "group": "\"g\""], id: "x")
    var expected = [
      "BOBBIN_ATTEMPT=1", "BOBBIN_GROUP=g", "BOBBIN_JOB_ID=x", "EMPTY=", "FROM_GROUP=g", "LANG=C.UTF-8",
      "LET_THROUGH=from the runner", "OWN=a b=\"c\"", "TZ=UTC",
    ]
    if ground.isIsolated {
      expected += ["BOBBIN_IPC=/bobbin/ipc", "BOBBIN_RESULT=/bobbin/out/result", "HOME=/bobbin/job"]
      expected +=
        ground.hasImage
        ? ["IMAGE_SAYS=hello", "PATH=/bin"]
        : ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
    } else {
      expected += ["BOBBIN_SPOOL=\(stage.spool.path)", "BOBBIN_SPOOL_ID=\(stage.identity)", "HOME=\(Machine.home)"]
      expected.append("PATH=\(Machine.environment("PATH") ?? "")")
    }
    let got = result.text.split(separator: "\n").map(String.init).filter {
      ground.isIsolated || !$0.hasPrefix("BOBBIN_RESULT=\(stage.spool.path)/processing/")
    }
    #expect(got.sorted() == expected.sorted(), "\(result.story)")
    stage.finish()
  }

  @Test("a job of its own says more than its image", arguments: JobGround.all.filter(\.hasImage))
  func overImage(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let result = try stage.run("echo $IMAGE_SAYS $PATH", ["env": #"{"IMAGE_SAYS": "no", "PATH": "/bin:/else"}"#])
    #expect(result.text == "no /bin:/else\n", "\(result.story)")
    stage.finish()
  }

  @Test(
    "no secret, value or command of a job is in an argument list, in what the engine tells, or in what is written about it",
    arguments: JobGround.all)
  func nowhere(ground: JobGround) throws {
    let stage = try GroundSpool(
      ground, ["secrets": #"["TOKEN"]"#], mounts: "{}", environment: ["LOG_LEVEL=trace"])
    let word = "z\(UInt64.random(in: 0 ... .max))"
    let secrets = stage.spool.place.path + "/config/bobbin/secrets"
    Command.shell("umask 077; mkdir '\(secrets)'; echo secret-\(word) > '\(secrets)/TOKEN'")
    let keys = ["secrets": #"["TOKEN"]"#, "env": "{\"VALUE\": \"value-\(word)\"}", "stdin": "\"stdin-\(word)\""]
    try stage.warm()
    try stage.drop("x", "[ -n \"$TOKEN\" ] && [ -n \"$VALUE\" ] && echo $TOKEN && touch up && sleep 1000", keys)
    #expect(eventually { ((try? stage.spool.record(.processing, "x")) ?? nil) != nil && isUp(stage) })
    let lists = Command.shell("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\000' ' '").text
    #expect(lists.contains("sleep 1000") && !lists.contains(word))
    // Whoever the engine has between us and the job inherits nothing of it: only the job has it in its environment.
    let owners = Command.shell("grep -lz -- '\(word)' /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3").text
    for pid in owners.split(separator: "\n").compactMap({ Int32($0) }) {
      let line = Command.shell("tr '\\000' ' ' < /proc/\(pid)/cmdline").text
      #expect(line.hasPrefix("/bin/sh -c") || line.hasPrefix("sleep 1000"), "\(line)")
    }
    #expect(!owners.isEmpty, "or nothing is tested")
    if ground.isEngine {
      let containers = stage.containers
      #expect(containers.count == 1)
      let told = stage.engine("inspect \(containers.joined(separator: " "))").text
      #expect(told.contains(stage.identity) && !told.contains(word) && !told.contains("TOKEN"), "\(told)")
    }
    stage.spool.shell("touch processing/x.cancel")
    #expect(try stage.spool.ended("x").code == "cancelled")
    let written = stage.spool.shell("grep -rl -- 'secret-\(word)' logs state processing errors/x.result.json").text
    #expect(written == "", "the secret is in \(written)")
    let values = stage.spool.shell("grep -rl -- 'value-\(word)' logs state processing errors/x.result.json").text
    #expect(values == "", "the value is in \(values)")
    stage.finish()
  }

  /// Its `touch up` is done: the file lies in its folder.
  private func isUp(_ stage: GroundSpool) -> Bool {
    !Command.shell("find '\(stage.spool.path)/processing' -name up").text.isEmpty
  }
}
