import Jobs
import TestSupport

@testable import Operations

/// Crontabs of others.
enum CrontabRules {
  static let all = [FuzzRule("crontab", upTo: 2048, crontab), FuzzRule("crontab-input", upTo: 512, input)]

  /// Each task that comes of one can be read, is named once, and says its line; whatever was left out is noted with its line.
  private static func crontab(_ bytes: [UInt8]) throws(Broken) {
    let count = bytes.count { $0 == 0x0A } + 1
    for hasUsers in [false, true] {
      let translator = CrontabTranslator(
        file: "crontab", hasUsers: hasUsers, user: "u", home: "/home/u", cronProblem: cronProblem,
        zoneProblem: zoneProblem)
      let translation: CrontabTranslation
      do throws(Refusal) { translation = try translator.translate(bytes) } catch {
        try hold(error.line.map { (1...count).contains($0) } ?? false, "a refusal without a line: \(error.reason)")
        continue
      }
      for task in translation.tasks {
        try hold((1...count).contains(task.line), "a task of line \(task.line)")
        _ = try read(Array(task.name.utf8), hasPlace: false, TaskName.read)
        let name = try reread(Array(task.name.utf8), as: "the name of a task", TaskName.read)
        try hold(name == task.name, "\(task.name) is another name")
        let read = try reread(task.bytes, as: "a task") { (bytes) throws(Refusal) in
          try ScheduledTask.read(bytes, zoneProblem: zoneProblem)
        }
        _ = try reread(read.occurrence(of: name, at: Timestamp(seconds: 0)), as: "a job of it", Job.read)
      }
      try hold(Set(translation.tasks.map(\.name)).count == translation.tasks.count, "two tasks of one name")
      for note in translation.notes { try hold((1...count).contains(note.line), "a note on line \(note.line)") }
    }
  }

  private static func cronProblem(_ text: String) -> Refusal? {
    do throws(Refusal) {
      _ = try CronLine.read(text)
      return nil
    } catch { return error }
  }

  private static func zoneProblem(_ name: String) -> String? { TestZones.read(name) == nil ? "there is none" : nil }

  private static func input(_ bytes: [UInt8]) throws(Broken) {
    guard let line = String(validating: bytes, as: UTF8.self) else { return }
    let input = CrontabInput(line)
    let isSplit = input.input != nil
    try hold(isSplit || !input.command.isEmpty || line.isEmpty || bytes.first == 0x25, "the command is gone")
    if let text = input.input { try hold(text.utf8.last == 0x0A, "the input does not end its line") }
    // By bytes: with a mark behind it a '%' is another character.
    let hasEscape = zip(bytes, bytes.dropFirst()).contains { $0 == 0x5C && $1 == 0x25 }
    try hold(!input.command.utf8.contains(0x25) || hasEscape, "a '%' is left in \(input.command)")
    _ = CrontabProgram(of: line).stem
  }
}
