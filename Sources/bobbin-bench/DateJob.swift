/// The job that tells when it started: `date +%s%N` reads the clock some 0.5 ms after its exec(2), and its output is in the
/// result. A program of our own would load a Swift library first (2.6 ms with the dynamic one), which is no doing of the
/// runner.
enum DateJob {
  static let command = ["/bin/date", "+%s%N"]
  static let json = #"{"run":["/bin/date","+%s%N"]}"#

  /// What it printed, ns since 1970; nil: something else.
  static func stamp(_ text: String) -> Int64? { Int64(text.prefix { $0 != "\n" }) }
}
