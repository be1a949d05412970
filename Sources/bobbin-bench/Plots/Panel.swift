/// One diagram of a picture: lines through medians, with the spread of each, on logarithmic scales.
struct Panel {
  /// One line.
  struct Line {
    let name: String
    let colour: String
    let points: [(place: Int, figure: Sample)]

    init(name: String, colour: String, _ points: [(Int, Sample)]) {
      (self.name, self.colour) = (name, colour)
      self.points = points.filter { $0.1.median > 0 }.map { (place: $0.0, figure: $0.1) }
    }
  }

  static let size = (width: 560.0, height: 400.0)
  /// Around the field of the lines: for the title, the numbers and the names of the scales.
  private static let margin = (left: 86.0, right: 44.0, top: 48.0, bottom: 58.0)

  private let title: String
  private let names: (across: String, up: String)
  private let lines: [Line]
  private let across: Axis
  private let up: Axis

  init(title: String, across: String, up: String, doubling: Bool = false, _ lines: [Line]) {
    self.title = title
    names = (across, up)
    self.lines = lines
    self.across = Axis(of: lines.flatMap { $0.points.map { Double($0.place) } }, doubling: doubling)
    self.up = Axis(of: lines.flatMap { $0.points.flatMap { $0.figure.values } })
  }

  /// With its upper left corner there.
  func drawing(at left: Double, _ top: Double) -> String {
    var mark = Mark(left: left, top: top)
    mark.text(title, Self.size.width / 2, 26, size: 16, anchor: "middle", weight: "bold")
    grid(&mark)
    for (index, line) in lines.enumerated() {
      draw(line, &mark)
      guard lines.count > 1 else { continue }
      let height = Self.margin.top + 18 + Double(index) * 20
      mark.line(Self.margin.left + 14, height - 4, Self.margin.left + 40, height - 4, line.colour, width: 2)
      mark.text(line.name, Self.margin.left + 47, height, size: 13)
    }
    return mark.drawing
  }

  private func grid(_ mark: inout Mark) {
    let (right, bottom) = (Self.size.width - Self.margin.right, Self.size.height - Self.margin.bottom)
    for (value, isTold) in across.marks {
      mark.line(x(value), Self.margin.top, x(value), bottom, isTold ? "#cfcfcf" : "#efefef")
      if isTold { mark.text(Self.number(value), x(value), bottom + 19, size: 13, anchor: "middle") }
    }
    for (value, isTold) in up.marks {
      mark.line(Self.margin.left, y(value), right, y(value), isTold ? "#cfcfcf" : "#efefef")
      if isTold { mark.text(Self.number(value), Self.margin.left - 8, y(value) + 4.5, size: 13, anchor: "end") }
    }
    mark.line(Self.margin.left, Self.margin.top, Self.margin.left, bottom, "#404040")
    mark.line(Self.margin.left, bottom, right, bottom, "#404040")
    mark.text(names.across, (Self.margin.left + right) / 2, bottom + 44, size: 14, anchor: "middle")
    mark.text(names.up, 20, (Self.margin.top + bottom) / 2, size: 14, anchor: "middle", turned: true)
  }

  private func draw(_ line: Line, _ mark: inout Mark) {
    var last: (Double, Double)?
    for (place, figure) in line.points {
      let point = (x(Double(place)), y(figure.median))
      if let last { mark.line(last.0, last.1, point.0, point.1, line.colour, width: 2) }
      last = point
      let (low, high) = (y(figure.percentile(0)), y(figure.percentile(100)))
      mark.line(point.0, low, point.0, high, line.colour)
      for end in [low, high] { mark.line(point.0 - 4, end, point.0 + 4, end, line.colour) }
      mark.circle(point.0, point.1, line.colour)
    }
  }

  private func x(_ value: Double) -> Double {
    Self.margin.left + across.place(value) * (Self.size.width - Self.margin.left - Self.margin.right)
  }

  private func y(_ value: Double) -> Double {
    Self.size.height - Self.margin.bottom - up.place(value) * (Self.size.height - Self.margin.top - Self.margin.bottom)
  }

  private static func number(_ value: Double) -> String { Figure.text(value, value < 1 ? 1 : 0) }
}
