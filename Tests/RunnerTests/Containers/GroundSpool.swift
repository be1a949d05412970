import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// A spool with a running runner whose jobs all run on one ground.
final class GroundSpool {
  let ground: JobGround
  let spool: TestSpool
  private(set) var runner: RunnerProcess
  let environment: [String]
  private var number = 0
  /// Whether it was seen that nothing is left.
  private var isClean = false

  /// - Parameters:
  ///   - group: keys of the group `g` and their JSON, over those that the ground needs;
  ///   - name: of the spool's folder; - mounts: what `mounts.json` is, BASE is the folder around the spool; nil: there is none.
  init(
    _ ground: JobGround, _ settings: [String: String] = [:], group: [String: String] = [:], name: String = "spool",
    mounts: String? = nil, environment: [String] = []
  ) throws {
    self.ground = ground
    spool = try TestSpool(settings, name: name)
    var environment = BobbinProgram.merged(Engines.environment, environment)
    if let mounts {
      try spool.place.folder.makeFolder("config")
      try spool.place.folder.folder("config").makeFolder("bobbin")
      try spool.place.write("list", mounts.replacing("BASE", with: spool.place.path))
      Command.shell("mv '\(spool.place.path)/list' '\(spool.place.path)/config/bobbin/mounts.json'")
      environment.append("XDG_CONFIG_HOME=\(spool.place.path)/config")
    }
    self.environment = environment
    var group = group
    if ground.isKept { group["keep"] = group["keep"] ?? "\"10m\"" }
    if !group.isEmpty { try spool.write(group: "g", group) }
    if ground.hasImage, !ground.isEngine {
      let store = try Self.store.get()
      spool.shell("cp -a '\(store.path)/spool/state/images' state/")
    }
    runner = try spool.start(environment: environment)
  }

  /// The image of the tests in a spool's store, made once and copied.
  private static let store = Result { () throws -> TemporaryFolder in
    let place = try TemporaryFolder()
    let spool = place.path + "/spool"
    try #require(BobbinProgram.initialise(spool).isSuccess)
    let added = BobbinProgram.run(
      ["image", "add", (Engines.folder ?? "") + "/busybox-oci.tar", "--name", "suite", "--spool", spool])
    try #require(added.isSuccess, "\(added.text)")
    return place
  }

  /// Another runner, once this one has ended.
  func startAgain(_ more: [String] = []) throws {
    isClean = false
    runner = try spool.start(environment: BobbinProgram.merged(environment, more))
  }

  /// Starts a runner of its own and waits until nothing is left to do.
  func drain() throws {
    let drain = try spool.start(drain: true, environment: environment)
    #expect(drain.end(within: 120) != nil, "\(spool.tree)\n\(spool.log)")
  }

  // MARK: jobs

  /// A job's file: a shell line with further keys and their JSON.
  func json(_ line: String, _ keys: [String: String] = [:]) -> String {
    var all = ["run": Self.quoted(line), "runtime": "\"\(ground.runtime)\""]
    all["image"] = ground.image.map { "\"\($0)\"" }
    if ground.isKept { all["group"] = "\"g\"" }
    all.merge(keys) { $1 }
    return "{" + all.map { "\"\($0)\": \($1)" }.sorted().joined(separator: ", ") + "}"
  }

  func drop(_ id: String, _ line: String, _ keys: [String: String] = [:]) throws {
    try spool.drop(id, json(line, keys))
  }

  /// Makes sure that a box waits for a job with these keys, where boxes are kept.
  func warm(_ keys: [String: String] = [:], _ location: SourceLocation = #_sourceLocation) throws {
    guard ground.isKept else { return }
    number += 1
    try drop("warm-\(number)", "true", keys.filter { ["limits", "mounts", "network", "image"].contains($0.key) })
    let warm = try spool.ended("warm-\(number)", location)
    #expect(warm.isSuccess, "\(warm.code ?? "") \(warm.outcome?.reason ?? "")", sourceLocation: location)
  }

  /// Runs a job to its end; on a kept ground as the second in its box.
  func run(
    _ line: String, _ keys: [String: String] = [:], id: String? = nil, _ location: SourceLocation = #_sourceLocation
  ) throws -> JobRecord {
    try warm(keys, location)
    number += 1
    let id = id ?? "x\(number)"
    try drop(id, line, keys)
    let record = try spool.ended(id, location)
    expectReuse(record, location)
    return record
  }

  /// Runs several, which may run at the same time where they are not in one box.
  func run(
    all lines: [String], _ keys: [String: String] = [:], _ location: SourceLocation = #_sourceLocation
  ) throws -> [JobRecord] {
    try warm(keys, location)
    let first = number + 1
    number += lines.count
    for (index, line) in lines.enumerated() { try drop("x\(first + index)", line, keys) }
    return try lines.indices.map { index in
      let record = try spool.ended("x\(first + index)", location)
      expectReuse(record, location)
      return record
    }
  }

  /// That a job ran in a box that was there: making one takes time, finding one takes none.
  func expectReuse(_ record: JobRecord, _ location: SourceLocation = #_sourceLocation) {
    guard ground.isKept, let phases = record.phases else { return }
    #expect(phases.create == .zero, "\(record.id) did not run in the box that was there", sourceLocation: location)
  }

  // MARK: what is there

  /// As the spool is called in labels and marks.
  var identity: String {
    guard let status = try? FileSystem.status(path: spool.path, following: true) else { return "none" }
    return "\(String(status.device, radix: 16))-\(String(status.inode, radix: 16))"
  }

  /// Containers of this spool in its engine, in any state.
  var containers: [String] { Self.containers(of: identity, in: ground.runtime, environment) }

  static func containers(
    of identity: String, in engine: String, _ environment: [String] = Engines.environment
  ) -> [String] {
    guard engine == "podman" || engine == "docker" else { return [] }
    // What podman has half made has no label, but a name.
    let list = Command.shell(
      """
      \(engine) ps -a --no-trunc -q --filter label=bobbin.spool=\(identity) || exit
      test \(engine) = docker || {
        # Fails when another goes meanwhile.
        for try in 1 2 3 4 5; do
          half=$(podman ps -a --external --no-trunc --format '{{.Status}} {{.Names}} {{.ID}}') && break
        done || exit
        echo "$half" | sed -n 's/^Storage bobbin-\(identity)-.* //p'
      }
      """, environment: environment)
    guard list.isSuccess else { return ["\(engine) says: \(list.text)"] }
    return list.text.split(separator: "\n").map(String.init)
  }

  /// A command of the ground's engine.
  @discardableResult
  func engine(_ words: String) -> Command { Command.shell("\(ground.runtime) \(words)", environment: environment) }

  /// Ends the runner and looks whether anything is left: containers, processes, mounts, cgroups.
  func finish(_ location: SourceLocation = #_sourceLocation) {
    // One that has just begun does not hear the signal yet.
    let pid = runner.pid
    #expect(
      eventually { (try? spool.text("state/runner.json"))?.contains("\"pid\": \(pid)") == true }, "\(runner.text)",
      sourceLocation: location)
    runner.signal(SignalNumber.terminate)
    #expect(runner.end() == .exited(0), "\(runner.text)", sourceLocation: location)
    expectNothingLeft(location)
  }

  func expectNothingLeft(_ location: SourceLocation = #_sourceLocation) {
    let containers = containers
    #expect(containers == [], sourceLocation: location)
    isClean = containers.isEmpty
    #expect(spool.processes.isEmpty, sourceLocation: location)
    let mounts = Command.shell("grep -cF '\(spool.path)' /proc/self/mountinfo").text
    #expect(mounts == "0\n", sourceLocation: location)
    let cgroups = Command.shell("find /sys/fs/cgroup -type d -name 'bobbin-\(identity)' 2> /dev/null").text
    #expect(cgroups == "", sourceLocation: location)
  }

  // A test that failed may leave some.
  deinit {
    runner.kill()
    guard ground.isEngine, !isClean else { return }
    let left = containers
    if !left.isEmpty { engine("rm -f \(left.joined(separator: " "))") }
  }

  static func quoted(_ text: String) -> String { AttackedSpool.quoted(text) }
}

extension JobRecord {
  /// What it wrote to its standard output.
  var text: String { stdout?.text ?? "" }
  var errorText: String { stderr?.text ?? "" }
  /// For messages.
  var story: String {
    "\(id): \(status) \(code ?? "-") \(outcome?.reason ?? "") \(text.prefix(500)) \(errorText.prefix(500))"
  }
}

extension TestSpool {
  /// Writes the settings of a group: keys and their JSON.
  func write(group: String, _ keys: [String: String]) throws {
    try replace("groups/\(group).json", "{" + keys.map { "\"\($0)\": \($1)" }.sorted().joined(separator: ", ") + "}")
  }
}
