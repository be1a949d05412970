import Jobs
import Platform
import Scheduling
import TestSupport
import Testing

/// The same questions to croniter (PyPI), which has nothing in common with this code but crontab(5).
@Suite struct CroniterTests {
  private struct Question {
    var line: String
    var cron: CronExpression
    var zone: String
    var moment: Int64
    var isNext: Bool
  }

  /// Where the two may differ, as a condition on the question, and how often at most. In each such case ours has to be what
  /// `PlainCron` does, the loop of Vixie's cron tick for tick.
  private enum Difference: String, CaseIterable {
    /// A day field has a star that is not its first letter: `1,*`. croniter takes it for one that begins with a star, and
    /// wants both day fields. In cron's entry.c the first letter alone counts, and as either is enough it is every day.
    case laterStar
    /// The offset changes within a day of the question or of an answer. croniter runs a line such as `* 2 * * *` after a
    /// gap, or an hour of `*/18` that falls into it, where cron leaves the line to the clock; and backwards it finds the
    /// second of two times alike, of which cron runs a fixed line at the first.
    case change

    var most: Int {
      switch self {
      case .laterStar: 300
      case .change: 60
      }
    }
  }

  private static let zones = [
    "UTC", "Europe/Berlin", "Europe/London", "Europe/Dublin", "America/New_York", "America/Los_Angeles",
    "America/St_Johns", "America/Sao_Paulo", "America/Santiago", "America/Havana", "Asia/Kolkata", "Asia/Kathmandu",
    "Asia/Tehran", "Asia/Gaza", "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia",
    "Pacific/Kwajalein", "Africa/Casablanca", "Africa/Cairo", "Antarctica/Troll", "Antarctica/Casey",
  ]

  @Test(
    "croniter answers 40,000 questions alike but for the listed differences, where the answer here is Vixie's cron's",
    .enabled(if: Need.croniter, "\(Need.croniterSays)"))
  func sameAsCroniter() throws {
    let questions = try questions()
    let answers = try croniter(questions)
    try #require(answers.count == questions.count, "\(answers.prefix(5))")
    var equal = 0
    var nearChange = 0
    var counts: [Difference: Int] = [:]
    for (question, answer) in zip(questions, answers) {
      let zone = try CronTimes.zone(question.zone)
      let ours =
        question.isNext
        ? question.cron.next(after: question.moment, in: zone)
        : question.cron.previous(before: question.moment, in: zone)
      let theirs = Int64(answer)
      let moments = [question.moment, ours, theirs].compactMap { $0 }
      let isNear = moments.contains { hasChange(zone, near: $0) }
      if isNear { nearChange += 1 }
      if (ours.map(String.init) ?? "none") == answer {
        equal += 1
        continue
      }
      guard let kind: Difference = hasLaterStar(question.line) ? .laterStar : isNear ? .change : nil, let ours else {
        Issue.record("\(question): \(String(describing: ours.map(CronTimes.text))), croniter \(answer)")
        continue
      }
      counts[kind, default: 0] += 1
      // Between the question and the answer cron runs it at the answer only.
      let (from, to) = question.isNext ? (question.moment + 1, ours + 1) : (ours, question.moment)
      let runs = PlainCron(question.line).runs(in: zone, from: from, to: to, most: 2)
      #expect(runs == [ours], "\(question): \(CronTimes.text(ours))")
    }
    let differences = counts.map { "\($0.rawValue) \($1)" }.sorted().joined(separator: ", ")
    print("croniter: \(equal) alike, \(nearChange) near a change of the offset; different: \(differences)")
    for kind in Difference.allCases { #expect(counts[kind, default: 0] <= kind.most, "\(kind)") }
    #expect(equal >= 39_600)
    #expect(nearChange >= 9500)
  }

  /// 20,000 lines, each at a moment in a zone, asked for the time after it and the time before it.
  private func questions() throws -> [Question] {
    var random = RandomCron(seed: 2026)
    return try (0..<20_000).flatMap { index in
      let (line, cron) = random.line()
      let name = Self.zones[random.numbers.below(Self.zones.count)]
      let zone = try CronTimes.zone(name)
      // 1972 to 2089; a third of them around a change of the offset.
      var moment = Int64.random(in: 63_072_000...3_786_912_000, using: &random.numbers)
      let change = zone.period(at: moment).end
      if index % 3 == 0, change < 3_786_912_000 {
        moment = change + Int64.random(in: -90_000...90_000, using: &random.numbers)
      }
      return [true, false].map { Question(line: line, cron: cron, zone: name, moment: moment, isNext: $0) }
    }
  }

  private func croniter(_ questions: [Question]) throws -> [Substring] {
    let python = try #require(Need.croniterPython, "\(Need.croniterSays)")
    var script = Array(#filePath.utf8)
    while script.last != UInt8(ascii: "/") { script.removeLast() }
    let text = questions.map { "\($0.isNext ? "next" : "prev")\t\($0.moment)\t\($0.zone)\t\($0.line)\n" }.joined()
    let answers = Command.run(
      // Python finds its packages by the path in its first argument.
      Program(
        paths: [python], arguments: [python, String(decoding: script, as: UTF8.self) + "croniter_answers.py"],
        environment: []),
      input: Array(text.utf8))
    return answers.text.split(separator: "\n")
  }

  private func hasChange(_ zone: Zone, near moment: Int64) -> Bool {
    let period = zone.period(at: moment)
    return period.end - 86_400 <= moment || period.start > moment - 86_400
  }

  private func hasLaterStar(_ line: String) -> Bool {
    let fields = line.split(separator: " ")
    return [fields[fields.count - 3], fields[fields.count - 1]].contains {
      $0.dropFirst().contains("*") && $0.first != "*"
    }
  }
}
