/// What is to be measured, and how much of it.
struct BenchOptions {
  /// In the order they are run: the ones that many files disturb come first.
  enum Measurement: String, CaseIterable { case start, latency, throughput, sandbox, idle, depth }

  static let help = """
    usage: bobbin-bench [all | start | latency | throughput | sandbox | idle | depth]… [--rounds N] [--jobs N] [--folder DIR] [--keep]

    Measures the bobbin beside it and prints a table in Markdown.

      --rounds N    rounds of throughput, sandbox and depth; default 5
      --jobs N      jobs of a throughput round; default 5000. A sandbox round has a fifth of them
      --folder DIR  where the spools are made; default TMPDIR, else /tmp
      --keep        leaves the spools there

    """

  private(set) var measurements: [Measurement] = []
  private(set) var rounds = 5
  private(set) var jobs = 5000
  private(set) var folder: String?
  private(set) var keeps = false
  private(set) var wantsHelp = false

  init(_ words: [String]) throws(BenchError) {
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word {
      case "--rounds": rounds = try Self.number(word, rest.popFirst(), in: 1...1000)
      case "--jobs": jobs = try Self.number(word, rest.popFirst(), in: 10...1_000_000)
      case "--folder":
        guard let path = rest.popFirst() else { throw .usage("--folder needs a path") }
        folder = path
      case "--keep": keeps = true
      case "--help": wantsHelp = true
      case "all": measurements = Measurement.allCases
      default:
        guard let measurement = Measurement(rawValue: word) else {
          throw .usage("'\(word)' is nothing that can be measured; see 'bobbin-bench --help'")
        }
        measurements.append(measurement)
      }
    }
    if measurements.isEmpty { measurements = Measurement.allCases }
  }

  private static func number(_ option: String, _ word: String?, in range: ClosedRange<Int>) throws(BenchError) -> Int {
    guard let word, let number = Int(word), range.contains(number) else {
      throw .usage("\(option) needs a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
}
