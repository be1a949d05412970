import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// Jobs that ask for things, on every ground that is there.
@Suite("What a job in a container can do with its group's folders", .timeLimit(.minutes(60)))
struct RequestingJobTests {
  /// One of each kind: where a container is made by an engine each costs a quarter of a second of a processor.
  static let grounds = JobGround.isolated.filter { ["sandbox", "podman", "kept sandbox"].contains($0.name) }

  private func spool(_ ground: JobGround, _ group: [String: String] = [:]) throws -> GroundSpool {
    var group = group
    group["image"] = ground.image.map { "\"\($0)\"" }
    group["channels"] = #"["ops"]"#
    return try GroundSpool(ground, ["slots": "4"], group: group)
  }

  /// A shell function that asks and waits for a file of the answers: `ask jobs/x JSON`, `wait_for x.result`.
  private static let functions = """
    cd "$BOBBIN_IPC" || exit 9
    ask() { printf '%s' "$2" > ${1%/*}/.new && mv ${1%/*}/.new $1.json; }
    wait_for() { until test -e answers/$1.json; do sleep 0.05; done; cat answers/$1.json; }

    """

  private func run(_ line: String, _ spool: GroundSpool) throws -> JobRecord {
    try spool.drop("parent", line, ["group": "\"g\"", "timeout": "\"5m\""])
    return try spool.spool.ended("parent", within: 300)
  }

  @Test(
    "it writes only where requests go, renames and removes nothing of the host's, and sees no other group",
    arguments: grounds)
  func bounds(ground: JobGround) throws {
    let spool = try spool(ground)
    spool.spool.shell("mkdir -p ipc/other/messages ipc/other/answers; echo secret > ipc/other/answers/x.json")
    let attempts = [
      "echo x > answers/x.json", "echo x > input/x.json", "echo x > tasks.json", "mkdir new", "ln -s /tmp new",
      "mv messages other", "mv answers old", "rmdir taken", "rm -rf answers", "chmod 777 answers", "chmod 777 .",
      "mv jobs tasks/", "ln -s /etc ../other", "ls ../ipc/other", "cat ../other/answers/x.json",
      "touch -d 2000-01-01 answers", "rm -f answers/*.json && ! ls answers/told.json", "mount -o remount,rw .",
      "umount messages", "ln answers/told.json jobs/l.json",
    ].enumerated().map { "{ \($1); } 2> /dev/null > /dev/null && echo in \($0)" }.joined(separator: "\n")
    let line =
      Self.functions + "ask messages/told '\(RequestStage.message)'; wait_for told > /dev/null\n" + attempts + "\nls"
    let result = try run(line, spool)
    #expect(result.isSuccess, "\(result.story)")
    #expect(
      result.text.split(separator: "\n").map(String.init).filter { !$0.hasSuffix(".json") } == [
        "answers", "input", "jobs", "messages", "taken", "tasks",
      ],
      "\(result.story)")
    // There is no channel of that name.
    #expect(eventually { spool.spool.has("errors/outbox/g.told.json") } && spool.spool.has("ipc/g/answers/told.json"))
    spool.finish()
  }

  @Test(
    "it asks for a job and waits for its result while its group has one slot; and keeps hold of its request in vain",
    arguments: grounds)
  func askAndWait(ground: JobGround) throws {
    let spool = try spool(ground, ["slots": "1"])
    let child =
      #"{"type": "job", "wait": true, "job": {"runtime": "\#(ground.runtime)", "run": "echo child; echo 41 > $BOBBIN_RESULT"}}"#
    let line =
      Self.functions + """
        printf '%s' '\(child)' > jobs/.mine && exec 3< jobs/.mine && mv jobs/.mine jobs/x.json
        until test -e answers/x.json; do sleep 0.05; done
        printf '%s' '{"type": "job", "job": {"runtime": "process", "run": "id"}}' 2> /dev/null > /proc/self/fd/3
        wait_for x.result
        """
    let result = try run(line, spool)
    let told = RequestStage.Answer(result.text)
    #expect(
      told["status"] == "succeeded" && told.text.contains(#""text": "child\n""#) && told.text.contains("41"),
      "\(result.story)")
    let ran = try spool.spool.ended("g.x")
    #expect(ran.runtime == ground.runtime && ran.isSuccess, "\(ran.story)")
    #expect(try Job.read(Array(spool.spool.text("done/g.x.json").utf8)).origin == "ipc")
    spool.finish()
  }

  @Test(
    "five jobs and one that merges them, at most two at a time, while the one that waits has its group's only slot",
    arguments: grounds)
  func fanOut(ground: JobGround) throws {
    let spool = try spool(ground, ["slots": "1", "maxParallel": "2"])
    let work = "echo + >> /bobbin/group/log; sleep 0.3; echo - >> /bobbin/group/log; printf 7 > $BOBBIN_RESULT"
    let runtime = #""runtime": "\#(ground.runtime)""#
    let jobs = (1...5).map { #""j\#($0)": {\#(runtime), "run": "\#(work)"}"# }
    let names = (1...5).map { "\"j\($0)\"" }.joined(separator: ",")
    let merge = #""all": {\#(runtime), "run": "cat $BOBBIN_AFTER", "after": [\#(names)]}"#
    let request = #"{"type": "jobs", "wait": true, "jobs": {\#((jobs + [merge]).joined(separator: ","))}}"#
    let line = Self.functions + "ask jobs/f '\(request)'\nwait_for f > /dev/null; wait_for f.all.result"
    let result = try run(line, spool)
    let told = RequestStage.Answer(result.text)
    #expect(told["status"] == "succeeded" && told["job"] == "g.f.all", "\(result.story)")
    for number in 1...5 { #expect(told.text.contains("g.f.j\(number)")) }
    var (now, most) = (0, 0)
    for sign in try spool.spool.text("groups/g/log") where sign != "\n" {
      now += sign == "+" ? 1 : -1
      most = max(most, now)
    }
    #expect(now == 0 && (ground.isKept ? 1...2 : 2...2).contains(most), "\(most) at a time")
    #expect(try spool.spool.folder(.ipc).folder("g").folder("answers").names().allSatisfy { !$0.hasPrefix(".") })
    spool.finish()
  }
}
