import Jobs
import Operations
import Spool

/// `ls`: a line a job.
struct ListTable {
  let now: Timestamp
  let colour: Bool
  /// Columns; nil: lines are not cut.
  let width: Int?

  /// The lines of a folder, its notice of what was left out included.
  func lines(_ listing: StateListing) -> [String] {
    var lines: [String] = []
    let names = listing.entries.map { Visible.text($0.name) }
    // A long name moves its own line only.
    let column = names.map(\.count).filter { $0 <= 32 }.max() ?? 0
    for (name, entry) in zip(names, listing.entries) {
      let (text, paint) = says(entry)
      let head = HelpText.padded(entry.place.rawValue, 11)
      let age = HelpText.padded(Amounts.age(now.duration(since: entry.since)), 8)
      var rest = text
      if let group = entry.group { rest += "  [\(group)]" }
      if let width {
        let used = 11 + max(column, name.count) + 2 + 8
        if used + rest.count > width { rest = rest.prefix(max(8, width - used - 1)) + "…" }
      }
      lines.append(
        Paint.dim.on(head, colour) + HelpText.padded(name, column) + "  " + Paint.dim.on(age, colour)
          + (paint?.on(rest, colour) ?? rest))
    }
    if listing.more > 0 {
      lines.append(Paint.dim.on(HelpText.padded(listing.place.rawValue, 11) + "… and \(listing.more) more", colour))
    }
    return lines
  }

  /// One line for all that is ignored in a folder; nil when nothing is.
  static func ignored(_ listing: [StateListing.Ignored], in place: String) -> String? {
    guard !listing.isEmpty else { return nil }
    let parts = listing.map { ignored in
      let why = ignored.reason == .hidden ? "starts with '.'" : "does not end in .json"
      var names = ignored.names.map { Visible.text($0) }.joined(separator: ", ")
      if ignored.count > ignored.names.count { names += ", …" }
      return "\(ignored.count) whose name \(why) (\(names))"
    }
    return "ignored in \(place): " + parts.joined(separator: "; ")
  }

  private func says(_ entry: JobEntry) -> (String, Paint?) {
    if let waiting = entry.waiting {
      let text = WaitingText.short(waiting, now: now)
      switch waiting {
      case .running: return (text, .bold)
      case .willBeRefused, .groupSettings, .disk: return (text, .yellow)
      default: return (text, nil)
      }
    }
    guard let record = entry.result else { return ("its result cannot be read", .yellow) }
    return (OutcomeText.short(record), record.outcome?.status == .succeeded ? .green : .red)
  }
}
