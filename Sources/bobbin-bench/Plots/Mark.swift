/// Elements of SVG, relative to a corner.
struct Mark {
  let left: Double
  let top: Double
  private(set) var drawing = ""

  init(left: Double, top: Double) { (self.left, self.top) = (left, top) }

  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String, width: Int = 1) {
    drawing +=
      #"<line x1="\#(x(x1))" y1="\#(y(y1))" x2="\#(x(x2))" y2="\#(y(y2))" stroke="\#(colour)" stroke-width="\#(width)"/>"#
      + "\n"
  }

  mutating func circle(_ x: Double, _ y: Double, _ colour: String) {
    drawing += #"<circle cx="\#(self.x(x))" cy="\#(self.y(y))" r="4" fill="\#(colour)"/>"# + "\n"
  }

  mutating func text(
    _ words: String, _ x: Double, _ y: Double, size: Int, anchor: String = "start", weight: String = "normal",
    turned: Bool = false
  ) {
    let turn = turned ? #" transform="rotate(-90 \#(self.x(x)) \#(self.y(y)))""# : ""
    drawing +=
      #"<text x="\#(self.x(x))" y="\#(self.y(y))" font-size="\#(size)" font-weight="\#(weight)" "#
      + #"text-anchor="\#(anchor)"\#(turn)>\#(Self.escaped(words))</text>"# + "\n"
  }

  private func x(_ value: Double) -> String { Self.number(left + value) }
  private func y(_ value: Double) -> String { Self.number(top + value) }

  /// To a tenth, without the commas that people want.
  private static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths < 0 ? "-" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10)"
  }

  private static func escaped(_ words: String) -> String {
    words.reduce(into: "") { $0 += $1 == "&" ? "&amp;" : $1 == "<" ? "&lt;" : String($1) }
  }
}
