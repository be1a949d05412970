import Platform

/// Panels, two in a row, as an SVG file.
struct Picture {
  private let panels: [Panel]

  init(_ panels: [Panel]) { self.panels = panels }

  var text: String {
    let (width, height) = (Panel.size.width * 2, Panel.size.height * Double((panels.count + 1) / 2))
    var body = ""
    for (index, panel) in panels.enumerated() {
      body += panel.drawing(at: Double(index % 2) * Panel.size.width, Double(index / 2) * Panel.size.height)
    }
    let size = #"width="\#(Int(width))" height="\#(Int(height))" viewBox="0 0 \#(Int(width)) \#(Int(height))""#
    return """
      <svg xmlns="http://www.w3.org/2000/svg" \(size) font-family="sans-serif" fill="#202020">
      <rect width="100%" height="100%" fill="#ffffff"/>
      \(body)</svg>

      """
  }

  /// Over a file that is there.
  func write(to path: String) throws {
    let slash = path.lastIndex(of: "/")
    let folder = try Folder(path: slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? ".")
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    let beside = ".\(name).\(Machine.processID)"
    try folder.create(beside, mode: 0o644).write(Array(text.utf8))
    try folder.replace(name, with: beside)
  }
}
