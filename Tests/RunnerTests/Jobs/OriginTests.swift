import Jobs
import Platform
import TestSupport
import Testing

/// Jobs that a container asked for (DESIGN §1, 7), as they lie in the inbox.
@Suite(.timeLimit(.minutes(60))) struct OriginTests {
  private let spool: TestSpool
  init() throws { spool = try TestSpool() }

  /// What each wants is harmless to a job of the owner's; `MARK` becomes a file that the job would make.
  private static let attacks: [(asks: String, key: String)] = [
    (#""run": "touch MARK", "runtime": "process""#, "runtime"),
    (#""run": "touch MARK", "directory": "/""#, "directory"),
    (#""run": "cat > MARK", "stdinFile": "/etc/hostname""#, "stdinFile"),
    (#""run": "touch MARK", "network": "host""#, "network"),
    (#""run": "touch MARK", "mounts": [{"host": "/home", "container": "/h"}]"#, "mounts"),
    (#""run": "touch MARK", "mounts": [{"host": "/srv/g", "container": "/g", "readOnly": false}]"#, "mounts"),
    (#""run": "touch MARK", "secrets": ["TOKEN"]"#, "secrets"),
    (#""run": "touch MARK", "env": {"LD_PRELOAD": "/tmp/x.so"}"#, "env.LD_PRELOAD"),
  ]

  private func body(_ asks: String, origin: Bool) -> String {
    let asks = asks.replacing("MARK", with: spool.place.path + "/mark")
    return #"{"group": "g"\#(origin ? #", "origin": "ipc""# : ""), \#(asks)}"#
  }

  @Test("what it may not have is refused at its claim, and again after 'mv errors/x.json inbox/'")
  func refused() throws {
    try spool.write(["secrets": #"["TOKEN"]"#])
    try spool.replace("groups/g.json", #"{"mounts": [{"host": "/srv/g", "container": "/g"}]}"#)
    for (index, attack) in Self.attacks.enumerated() {
      try spool.drop("a\(index)", body(attack.asks, origin: true))
    }
    try spool.drain()
    for _ in 1...2 {
      for (index, attack) in Self.attacks.enumerated() {
        let result = try spool.result("a\(index)")
        #expect(result.status == "refused" && result.code == "not-permitted", "\(attack.asks)")
        #expect(result.outcome?.key == attack.key, "\(attack.asks)")
        #expect(try spool.text("errors/a\(index).json") == body(attack.asks, origin: true))
        #expect(spool.shell("mv errors/a\(index).json inbox/").isSuccess)
      }
      try spool.drain()
    }
    #expect(try !spool.place.folder.has("mark"))
  }

  @Test("the same without 'origin' and not in such a group runs: the test above tests the gate")
  func runsWithoutOrigin() throws {
    for (index, attack) in Self.attacks.enumerated()
    where ["runtime", "directory", "stdinFile", "network"].contains(attack.key) {
      try spool.drop("a\(index)", body(attack.asks, origin: false))
      try spool.drain()
      #expect(try spool.result("a\(index)").isSuccess, "\(attack.asks)")
      try spool.place.folder.remove("mark")
    }
  }

  @Test("it does not overtake others by a priority that its group does not have")
  func priority() throws {
    try spool.write(["slots": "1"])
    try spool.replace("groups/g.json", #"{"priority": -1}"#)
    try spool.drop("plain", #"{"run": "sleep 0.1"}"#)
    try spool.drop("asked", #"{"run": "true", "group": "g", "origin": "ipc", "priority": 100, "directory": "/"}"#)
    try spool.drain()
    let (plain, asked) = (try spool.result("plain"), try spool.result("asked"))
    let later = try #require(asked.finishedAt).duration(since: #require(plain.startedAt))
    #expect(later >= .milliseconds(100))
  }
}
