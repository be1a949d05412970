import Jobs

/// Cron lines at random, the same on every run: of what this grammar and croniter's have in common.
///
/// Left out is what croniter takes for something else: a range of one (`5-5` is the whole field there), and a weekday
/// beside `n#k`, which it refuses.
struct RandomCron {
  var numbers: Numbers

  init(seed: UInt64) { numbers = Numbers(seed: seed) }

  /// A line whose dates come.
  mutating func line() -> (text: String, cron: CronExpression) {
    while true {
      // The hours in which clocks are changed, more often than others.
      let hour = field(numbers.below(2) == 0 ? 0...3 : 0...23)
      var fields = [field(0...59), hour, day(), field(1...12, names: Self.months), weekday()]
      if numbers.below(3) == 0 { fields.insert(field(0...59), at: 0) }
      let text = fields.joined(separator: " ")
      // The others are dates that never come.
      if let cron = try? CronExpression.read(text) { return (text, cron) }
    }
  }

  private static let months = ["JAN", "feb", "Mar", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
  private static let weekdays = ["SUN", "mon", "Tue", "WED", "THU", "FRI", "SAT"]

  private mutating func field(_ range: ClosedRange<Int>, names: [String] = []) -> String {
    switch numbers.below(8) {
    case 0...2: return "*"
    case 3: return "*/\(1 + numbers.below(range.upperBound))"
    case 4, 5: return value(range, names)
    default:
      var items: [String] = []
      for _ in 0...numbers.below(3) {
        switch numbers.below(4) {
        case 0, 1: items.append(value(range, names))
        case 2: items.append(span(range, names))
        default: items.append("\(span(range, names))/\(1 + numbers.below(range.count))")
        }
      }
      if numbers.below(20) == 0 { items.insert("*", at: numbers.below(items.count + 1)) }
      return items.joined(separator: ",")
    }
  }

  private mutating func value(_ range: ClosedRange<Int>, _ names: [String]) -> String {
    let number = Int.random(in: range, using: &numbers)
    if !names.isEmpty, numbers.below(2) == 0 { return names[(number - range.lowerBound) % names.count] }
    return numbers.below(20) == 0 ? "0\(number)" : "\(number)"
  }

  private mutating func span(_ range: ClosedRange<Int>, _ names: [String]) -> String {
    let first = Int.random(in: range.lowerBound..<range.upperBound, using: &numbers)
    let last = Int.random(in: first + 1...range.upperBound, using: &numbers)
    // SUN-SUN is a range of one.
    if !names.isEmpty, last - first < 7, numbers.below(2) == 0 {
      return "\(names[first - range.lowerBound])-\(names[(last - range.lowerBound) % names.count])"
    }
    return "\(first)-\(last)"
  }

  private mutating func day() -> String {
    let usual = field(1...31)
    switch numbers.below(12) {
    case 0: return "L"
    case 1 where usual != "*": return "\(usual),L"
    default: return usual
    }
  }

  private mutating func weekday() -> String {
    if numbers.below(8) > 0 { return field(0...7, names: Self.weekdays) }
    return (0...numbers.below(2)).map { _ in "\(value(0...7, Self.weekdays))#\(1 + numbers.below(5))" }
      .joined(separator: ",")
  }
}
