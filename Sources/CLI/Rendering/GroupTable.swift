import Jobs
import Operations

/// `group ls`: a line a group.
enum GroupTable {
  static func lines(_ entries: [GroupEntry], colour: Bool) -> [String] {
    let names = entries.map { $0.name.text }
    let column = names.map(\.count).max() ?? 0
    var lines: [String] = []
    for entry in entries {
      let kind = HelpText.padded(entry.kind.rawValue, 10)
      lines.append(
        (entry.kind == .bad ? Paint.red : Paint.dim).on(kind, colour) + HelpText.padded(entry.name.text, column) + "  "
          + says(entry))
      if let refusal = entry.refusal {
        let place = Sentences.place(of: refusal, in: "groups/\(entry.name).json")
        lines.append(String(repeating: " ", count: 10) + Paint.yellow.on(place, colour))
      }
    }
    return lines
  }

  private static func says(_ entry: GroupEntry) -> String {
    var parts = [Amounts.count(entry.good?.slots ?? 1, "slot", "slots")]
    parts.append("\(entry.waiting) waiting, \(entry.running) running")
    if entry.requestsDone + entry.requestsRefused > 0 {
      parts.append("requests: \(entry.requestsDone) done, \(entry.requestsRefused) refused")
    }
    if let image = entry.good?.image { parts.append("image \(Visible.text(image))") }
    if entry.good?.agent != nil { parts.append("agent") }
    if let reason = entry.paused { parts.append("paused" + (reason.isEmpty ? "" : ": \(Visible.text(reason))")) }
    return parts.joined(separator: "; ")
  }
}
