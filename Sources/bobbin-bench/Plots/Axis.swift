/// A logarithmic scale and its marks.
struct Axis {
  let low: Double
  let high: Double
  /// Where there are lines, and which of them are told in numbers.
  let marks: [(value: Double, isTold: Bool)]

  /// From the power of ten below the lowest to the one above the highest; or, where figures double, from the lowest to the
  /// highest themselves.
  init(of values: [Double], doubling: Bool = false) {
    let positive = values.filter { $0 > 0 && $0.isFinite }
    let (least, most) = (positive.min() ?? 1, positive.max() ?? 10)
    if doubling {
      (low, high) = (least, most > least ? most : least * 2)
      var marks: [(value: Double, isTold: Bool)] = []
      var mark = least
      while mark <= most {
        marks.append((mark, true))
        mark *= 2
      }
      self.marks = marks
      return
    }
    var bottom = 1.0
    while bottom > least { bottom /= 10 }
    while bottom * 10 <= least { bottom *= 10 }
    var (marks, decade, top) = ([(value: Double, isTold: Bool)](), bottom, bottom)
    while top < most || top == bottom { top *= 10 }
    // Few decades leave room for numbers between them.
    let isShort = top / bottom < 1000 && top < 100_000
    while decade < top {
      for step in 1...9 { marks.append((decade * Double(step), step == 1 || isShort && (step == 2 || step == 5))) }
      decade *= 10
    }
    marks.append((top, true))
    (low, high, self.marks) = (bottom, top, marks)
  }

  /// Where a value lies, 0 at the lowest, 1 at the highest.
  func place(_ value: Double) -> Double { (Self.log2(value) - Self.log2(low)) / (Self.log2(high) - Self.log2(low)) }

  /// The logarithm to base 2; there is none without a library of C. To 20 binary places, each by one squaring.
  static func log2(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return 0 }
    var (rest, result, bit) = (value.significand, Double(value.exponent), 0.5)
    for _ in 0..<20 {
      rest *= rest
      if rest >= 2 {
        rest /= 2
        result += bit
      }
      bit /= 2
    }
    return result
  }
}
