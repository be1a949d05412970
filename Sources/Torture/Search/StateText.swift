/// A state in words, for whoever looks into a finding.
enum StateText {
  static func describe(_ frontier: Frontier, _ crash: Crash, _ volume: Volume) -> String {
    var lines = ["pending when the power was cut (+ on the disk, - not):"]
    for (index, pending) in frontier.pending.enumerated() {
      let damage = crash.damage[index].map { " (\($0))" } ?? ""
      lines.append("  \(crash.kept[index] ? "+" : "-") \(text(pending.change, frontier.live))\(damage)")
    }
    lines.append("the spool then:")
    if let spool = volume.find("spool") {
      volume.walk(from: spool, skips: Recoverer.isLeftOut) { path, node in
        guard node.kind == .file else { return }
        let facts = node.content.facts
        let status = facts.status.map { " \($0), \(facts.attempts) attempts" } ?? ""
        lines.append("  \(path), \(node.content.bytes.count) bytes\(facts.isWhole ? "" : ", not whole")\(status)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func text(_ change: Change, _ live: Volume) -> String {
    func path(_ slot: Slot) -> String { (folder(slot.folder, live) ?? "#\(slot.folder)") + "/" + slot.name }
    switch change {
    case .make(let inode, let kind, _, let slot): return "make \(kind) \(path(slot)) #\(inode)"
    case .link(let inode, let slot): return "link \(path(slot)) #\(inode)"
    case .rename(let inode, let from, let to): return "rename \(path(from)) \(path(to)) #\(inode)"
    case .unlink(let inode, let slot): return "unlink \(path(slot)) #\(inode)"
    case .write(let inode, let offset, let bytes): return "write \(bytes.count) bytes at \(offset) of #\(inode)"
    case .resize(let inode, let size): return "resize #\(inode) to \(size)"
    case .mode(let inode, let mode): return "mode of #\(inode): \(String(mode, radix: 8))"
    case .modified(let inode, _): return "time of #\(inode)"
    }
  }

  /// Where a folder lies.
  private static func folder(_ inode: Inode, _ volume: Volume) -> String? {
    var found: String?
    volume.walk(from: Volume.root, skips: { _ in found != nil }) { path, node in
      if node.kind == .folder, volume.find(path) == inode { found = path }
    }
    return found
  }
}
