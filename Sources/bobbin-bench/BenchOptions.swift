/// What is to be measured, and how much of it.
struct BenchOptions {
  /// In the order they are run: the ones that many files disturb come first.
  enum Measurement: String, CaseIterable {
    case start, latency, throughput, peers, submit, sandbox, image, container, kept, tasks, requests, idle, leaks, grow,
      full, depth
  }

  static let help = """
    usage: bobbin-bench [all | start | latency | throughput | peers | submit | sandbox | image | container | kept | tasks |
           requests | idle | leaks | grow | full | depth]…
           [--rounds N] [--jobs N] [--pairs N] [--seconds N] [--million] [--peers DIR] [--svg FILE] [--image NAME]
           [--archive FILE] [--folder DIR] [--keep]

    Measures the bobbin beside it and prints a table in Markdown.

      --rounds N    rounds of all that is a rate; default 5
      --jobs N      jobs of a throughput round; default 5000. A sandbox round has a fifth of them, one of images a tenth,
                    one of containers a 200th; 'leaks' has twenty times as many
      --pairs N     pairs of a job and what it is held against, one after the other; default 20, of images five times as many
      --seconds N   how long tasks of every second run; default 60
      --million     a million jobs wait where it is fewer otherwise: some minutes and 10 GB more
      --peers DIR   where programs of other tools are looked for, there and in its bin, before PATH
      --svg FILE    a picture of what 'grow' measured
      --image NAME  what podman and docker have; default BOBBIN_TEST_IMAGE. An engine without it is skipped
      --archive FILE  the image for the sandbox; default: what an engine saves
      --folder DIR  where the spools are made; default TMPDIR, else /tmp
      --keep        leaves the spools there

    """

  private(set) var measurements: [Measurement] = []
  private(set) var rounds = 5
  private(set) var jobs = 5000
  private(set) var pairs = 20
  private(set) var seconds = 60
  private(set) var isMillion = false
  private(set) var peers: String?
  private(set) var picture: String?
  private(set) var image: String?
  private(set) var archive: String?
  private(set) var folder: String?
  private(set) var keeps = false
  private(set) var wantsHelp = false

  init(_ words: [String]) throws(BenchError) {
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word {
      case "--rounds": rounds = try Self.number(word, rest.popFirst(), in: 1...1000)
      case "--jobs": jobs = try Self.number(word, rest.popFirst(), in: 10...1_000_000)
      case "--pairs": pairs = try Self.number(word, rest.popFirst(), in: 3...1000)
      case "--seconds": seconds = try Self.number(word, rest.popFirst(), in: 2...86_400)
      case "--million": isMillion = true
      case "--peers": peers = try Self.text(word, rest.popFirst())
      case "--svg": picture = try Self.text(word, rest.popFirst())
      case "--image": image = try Self.text(word, rest.popFirst())
      case "--archive": archive = try Self.text(word, rest.popFirst())
      case "--folder": folder = try Self.text(word, rest.popFirst())
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

  private static func text(_ option: String, _ word: String?) throws(BenchError) -> String {
    guard let word, !word.isEmpty else { throw .usage("\(option) needs a value") }
    return word
  }

  private static func number(_ option: String, _ word: String?, in range: ClosedRange<Int>) throws(BenchError) -> Int {
    guard let word, let number = Int(word), range.contains(number) else {
      throw .usage("\(option) needs a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }
}
