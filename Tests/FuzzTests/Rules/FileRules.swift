import Platform
import Scheduling
import TestSupport

@testable import Jobs

/// What people and programs drop: jobs, tasks, settings.
enum FileRules {
  static let all = [
    FuzzRule("json", upTo: 2048, json), FuzzRule("job", upTo: 4096, job), FuzzRule("task", upTo: 4096, task),
    FuzzRule("settings", upTo: 4096, settings), FuzzRule("group-settings", upTo: 4096, groupSettings),
    FuzzRule("mount-rules", upTo: 2048, mountRules), FuzzRule("image-recipe", upTo: 2048, imageRecipe),
    FuzzRule("admission", upTo: 4096, admission),
  ]

  private static func json(_ bytes: [UInt8]) throws(Broken) {
    let strict = try read(bytes) { (bytes) throws(Refusal) in try JSONReader.read(bytes) }
    for dialect in [JSONReader.Dialect.settings, .record] {
      let node = try read(bytes) { (bytes) throws(Refusal) in try JSONReader.read(bytes, dialect: dialect) }
      if let strict { try hold(node == strict, "\(dialect) does not read what is strict JSON as the same") }
      guard let node else { continue }
      for layout in [JSONWriter.Style.compact, .pretty] {
        var writer = JSONWriter(layout)
        writer.value(node.value)
        let again = try reread(writer.bytes, as: "what was written") { (bytes) throws(Refusal) in
          try JSONReader.read(bytes, dialect: .record)
        }
        try hold(again == node, "\(dialect) is written as another value")
      }
    }
  }

  private static func job(_ bytes: [UInt8]) throws(Broken) {
    guard let job = try read(bytes, Job.read) else { return }
    let again = try reread(job.encode(), as: "an encoded job", Job.read)
    try hold(again == job, "it is written as another job")
    try hold(again.work == job.work && job.work.utf8.count == 32, "its work has another print")
    // What becomes of a message in a job's file.
    guard let message = job.message, let group = try? GroupName(validating: "g") else { return }
    let routes = [Route(channel: message.channel, chat: nil, group: group)]
    guard let routed = try? job.routed(by: routes) else { return }  // to a group that cannot be
    let work = routed.asWork(of: Job(run: .shell("true")), after: [], session: "s", attempt: 2)
    if case .json(let input) = work.stdin {
      _ = try reread(input, as: "what the agent gets") { (bytes) throws(Refusal) in try JSONReader.read(bytes) }
    }
  }

  private static func task(_ bytes: [UInt8]) throws(Broken) {
    var reader = TaskReader(zones: ZoneTable(read: TestZones.read, machine: { .utc }))
    let reading = try read(bytes) { (bytes) throws(Refusal) in try reader.read(bytes, name: "t") }
    guard let reading else { return }
    let task = reading.task
    let again = try reread(task.encode(), as: "an encoded task") { (bytes) throws(Refusal) in
      try ScheduledTask.read(bytes, zoneProblem: { _ in nil })
    }
    try hold(again == task, "it is written as another task")
    let occurrence = try reread(task.occurrence(of: "t", at: Timestamp(seconds: 5)), as: "a job of its", Job.read)
    try hold(occurrence.task == "t" && occurrence.work == task.job.work, "its job is another one")
    for moment: Int64 in [-2_000_000_000, 0, 1_700_000_000, 9_223_372_035] {
      guard let next = reading.rule.next(after: moment) else { continue }
      try hold(next > moment, "\(next) is not after \(moment)")
      try hold(reading.rule.due(next) >= next * 1_000_000_000, "it is due before its time")
      let recurrence = reading.rule.recurrence
      try hold(recurrence.previous(before: next + 1) == next, "\(next) is not met backwards")
      if let before = recurrence.previous(before: next) { try hold(before <= moment, "\(before) was passed over") }
    }
  }

  private static func settings(_ bytes: [UInt8]) throws(Broken) {
    _ = try read(bytes, Settings.read)
  }

  private static func groupSettings(_ bytes: [UInt8]) throws(Broken) {
    _ = try read(bytes, GroupSettings.read)
  }

  private static func mountRules(_ bytes: [UInt8]) throws(Broken) {
    guard let rules = try read(bytes, MountRules.read) else { return }
    for root in rules.roots { _ = rules.pattern(blocking: root.path) }
    try hold(rules.pattern(blocking: "/home/u/.ssh") != nil, "what is always blocked is not")
  }

  private static func imageRecipe(_ bytes: [UInt8]) throws(Broken) { _ = try read(bytes, ImageRecipe.read) }

  /// Settings, a group's and a job: what the job is after both were filled in is a job, and one that a container asked for
  /// has no more than its group.
  private static func admission(_ bytes: [UInt8]) throws(Broken) {
    let parts = parts(bytes, 3)
    guard var job = try? Job.read(parts[2]) else { return }
    let settings = (try? Settings.read(parts[0])) ?? Settings()
    let group = try? GroupSettings.read(parts[1])
    job.origin = "ipc"
    for runtime in RuntimeChoice.allCases where runtime != .auto {
      guard let admitted = try? OriginGate.admit(job, for: runtime, group: group, settings: settings) else { continue }
      try hold(runtime != .process && admitted.directory == nil, "a container's job runs as a process")
      try hold(admitted.network != "host" && !admitted.isPrivileged, "a container's job has more rights than its group")
      let again = try reread(admitted.encode(), as: "an admitted job", Job.read)
      try hold(again.work == admitted.work, "an admitted job is written as another one")
    }
  }
}
