import Jobs
import Operations

/// `group show`: everything about one group.
enum GroupReport {
  static func lines(_ detail: GroupDetail, now: Timestamp, colour: Bool) -> [String] {
    let entry = detail.entry
    var lines = [Paint.bold.on(entry.name.text, colour) + "  " + entry.kind.rawValue]
    func add(_ name: String, _ value: String) {
      lines.append("  " + Paint.dim.on(HelpText.padded(name, 11), colour) + value)
    }
    if let refusal = entry.refusal { add("problem", Sentences.place(of: refusal, in: "groups/\(entry.name).json")) }
    if let reason = entry.paused { add("paused", reason.isEmpty ? "yes" : Visible.text(reason)) }
    add("jobs", "\(entry.waiting) waiting, \(entry.running) running")
    add("requests", "\(entry.requestsDone) done, \(entry.requestsRefused) refused")
    for (index, chat) in detail.chats.enumerated() { add(index == 0 ? "chats" : "", Visible.text(chat)) }
    for (index, usage) in detail.folders.enumerated() { add(index == 0 ? "folders" : "", folder(usage)) }
    if !detail.values.isEmpty {
      lines += ["", Paint.dim.on("settings:", colour)]
      lines += ConfigText.lines(detail.values, colour: colour).map { "  " + $0 }
    }
    if !detail.answered.isEmpty {
      lines += ["", Paint.dim.on("last requests:", colour)]
      lines += detail.answered.map { "  " + RequestTreeText.answered($0, now: now) }
    }
    return lines
  }

  private static func folder(_ usage: GroupDetail.Usage) -> String {
    if usage.isNoFolder { return "\(usage.path) is no folder: nobody goes by it" }
    let more = usage.isCut ? " or more" : ""
    return
      "\(usage.path)/  \(Amounts.size(ByteCount(usage.bytes))) in \(Amounts.count(usage.names, "name", "names"))\(more)"
  }
}
