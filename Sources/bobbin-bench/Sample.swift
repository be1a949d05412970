/// Several measurements of one thing.
struct Sample {
  private(set) var values: [Double] = []

  init(_ values: [Double] = []) { self.values = values }

  mutating func add(_ value: Double) { values.append(value) }

  var median: Double { percentile(50) }

  /// The value that this share, in percent, of all does not exceed (nearest rank; of an even number of values the middle
  /// two for the median).
  func percentile(_ percent: Double) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    if percent == 50, sorted.count % 2 == 0 { return (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2 }
    let rank = Int((percent / 100 * Double(sorted.count)).rounded(.up))
    return sorted[min(max(rank, 1), sorted.count) - 1]
  }

  /// Lowest and highest, "0.51–0.58".
  func spread(digits: Int) -> String {
    guard let low = values.min(), let high = values.max() else { return "" }
    return Figure.text(low, digits) + "–" + Figure.text(high, digits)
  }

  /// The quartiles, "0.53–0.56": of many values on a machine that others use, what the highest and lowest do not tell.
  func middle(digits: Int) -> String {
    Figure.text(percentile(25), digits) + "–" + Figure.text(percentile(75), digits)
  }

  /// Median and quartiles, "0.54 (0.53–0.56)".
  func figure(digits: Int) -> String { "\(Figure.text(median, digits)) (\(middle(digits: digits)))" }
}
