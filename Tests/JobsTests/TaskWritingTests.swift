import Jobs
import Testing

@Suite struct TaskWritingTests {
  @Test(
    "a task that is written reads as the same",
    arguments: [
      #"{"schedule":"0 2 * * *","job":{"run":"true"}}"#,
      #"{"schedule":"@reboot","job":{"run":["a","b c"],"x-mine":[1]}}"#,
      #"{"schedule":{"cron":"*/5 9-17 * * MON-FRI","timezone":"Asia/Tokyo"},"job":{"run":"x","env":{"A":"B"}}}"#,
      #"{"schedule":{"every":"1h30m","anchor":"2026-11-20T11:00:00Z"},"job":{"run":"x"},"until":"2027-01-01T00:00:00.5Z"}"#,
      #"{"schedule":{"at":"2026-12-01T08:00:00+01:00"},"job":{"run":"x"},"missed":"skip","overlap":"replace"}"#,
      #"{"schedule":"@daily","job":{"run":"x"},"missed":"all","overlap":"queue","jitter":"5m","maxRuns":3,"description":"d"}"#,
    ])
  func roundTrip(text: String) throws {
    let task = try ScheduledTask.read(Array(text.utf8), zoneProblem: { _ in nil })
    let written = task.encode()
    #expect(try ScheduledTask.read(written, zoneProblem: { _ in nil }) == task)
    #expect(written.last == UInt8(ascii: "\n"))
  }

  @Test("a task made by a program has its job's members")
  func made() throws {
    var job = Job(run: .arguments(["a"]))
    job.timeout = .seconds(90)
    let task = ScheduledTask(schedule: .every(.seconds(60), anchor: Timestamp(nanoseconds: 0)), job: job)
    #expect(task.jobMembers.map(\.key) == ["run", "timeout"])
    #expect(try ScheduledTask.read(task.encode(), zoneProblem: { _ in nil }) == task)
  }

  @Test("a job that is too long when it is indented is written without that, and one that is too long then is refused")
  func longJob() throws {
    let numbers = Array(repeating: "0", count: 500).joined(separator: ",")
    let text = #"{"schedule":"@daily","job":{"run":"x","stdin":[\#(numbers)]}}"#
    let task = try ScheduledTask.read(Array(text.utf8), zoneProblem: { _ in nil })
    let time = Timestamp(seconds: 0)
    #expect(task.occurrence(of: "t", at: time).count > 2 * text.utf8.count)
    let short = task.occurrence(of: "t", at: time, limit: 2 * text.utf8.count)
    #expect(short.count <= text.utf8.count + 40)
    #expect(try Job.read(short) == Job.read(task.occurrence(of: "t", at: time)))
    #expect(task.refusal(of: "t", limit: short.count) == nil)
    let refusal = task.refusal(of: "t", limit: short.count - 1)
    #expect(refusal?.code == .tooBig && refusal?.key == "job")
  }
}
