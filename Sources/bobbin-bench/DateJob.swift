import Platform

/// The job that tells when it started: `date +%s%N` reads the clock some 0.5 ms after its exec(2), and its output is in the
/// result. A program of our own would load a Swift library first (2.6 ms with the dynamic one), which is no doing of the
/// runner.
enum DateJob {
  static let command = ["/bin/date", "+%s%N"]
  static let json = #"{"run":["/bin/date","+%s%N"]}"#

  /// What it printed, ns since 1970; nil: something else.
  static func stamp(_ text: String) -> Int64? { Int64(text.prefix { $0 != "\n" }) }

  /// All that were printed among other lines, ns since 1970.
  static func stamps(_ text: String) -> [Int64] {
    text.split(separator: "\n").compactMap { $0.count == 19 ? Int64($0) : nil }
  }

  /// The first of them, which must be there.
  static func first(_ text: String) throws -> Int64 {
    guard let stamp = stamps(text).first else {
      throw BenchError.program("date", reason: "it printed no time: \(text)")
    }
    return stamp
  }

  /// The same program started by ourselves: what nobody who starts it can do without, ms.
  static func bare() throws -> Double {
    let ends = try Program.pipe()
    let child = try Child(command, output: ends.write)
    try child.success()
    guard let stamp = stamp(String(decoding: try ends.read.readChunk(100), as: UTF8.self)) else {
      throw BenchError.program("date", reason: "it printed no time")
    }
    return Double(stamp - child.started.wall) / 1e6
  }
}
