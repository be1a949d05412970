import Jobs
import Operations

/// `ipc`: what lies in a group's folder of requests, as a tree.
enum RequestTreeText {
  static func lines(_ tree: RequestTree, now: Timestamp, colour: Bool) -> [String] {
    var lines = [Paint.bold.on("ipc/\(tree.group)/", colour)]
    if let problem = tree.problem { lines.append("  " + Paint.red.on("\(problem): nobody goes by it", colour)) }
    func add(_ name: String, _ files: RequestTree.Files) {
      guard !files.files.isEmpty || files.more + files.ignored > 0 else { return }
      lines.append("  " + name)
      for file in files.files { lines.append("    " + self.file(file, now: now, colour: colour)) }
      if files.more > 0 { lines.append("    … and \(files.more) more") }
      if files.ignored > 0 {
        let stale = files.stale > 0 ? ", \(files.stale) of them for more than an hour" : ""
        lines.append("    \(Amounts.count(files.ignored, "name", "names")) that nobody reads\(stale)")
      }
    }
    for (kind, files) in tree.waiting { add("\(kind.rawValue)/", files) }
    add("input/", tree.input)
    add("taken in, in processing/ipc/\(tree.group)/", tree.processing)
    if !tree.answered.isEmpty {
      lines.append("  answered")
      lines += tree.answered.map { "    " + answered($0, now: now) }
    }
    if tree.swept > 0 { lines.append("  \(tree.swept) swept to errors/ipc/\(tree.group)/stale/") }
    if lines.count == 1 { lines.append("  nothing") }
    return lines
  }

  private static func file(_ file: RequestTree.File, now: Timestamp, colour: Bool) -> String {
    var text =
      "\(Visible.text(file.name))  \(Amounts.age(now.duration(since: file.since)))  \(Amounts.size(ByteCount(file.size)))"
    if file.isBeingWritten { text += "  being written" }
    if file.isTaken { text += "  taken" }
    if file.isStale { text += "  " + Paint.yellow.on("stale", colour) }
    if let problem = file.problem {
      text += "  " + Paint.yellow.on("would be refused: \(problem.reason) [\(problem.code.rawValue)]", colour)
    }
    return text
  }

  static func answered(_ answered: RequestTree.Answered, now: Timestamp) -> String {
    var text = HelpText.padded(answered.isDone ? "done" : "refused", 9) + Visible.text(answered.name)
    text += "  \(Amounts.age(now.duration(since: answered.at))) ago"
    if let reason = answered.reason { text += "  \(Visible.text(reason))" }
    if let code = answered.code { text += " [\(Visible.text(code))]" }
    return text
  }
}

extension JSONWriter {
  mutating func answered(_ answered: RequestTree.Answered) {
    beginObject()
    member("file", answered.name)
    member("verdict", answered.isDone ? "done" : "refused")
    member("at", answered.at)
    member("code", answered.code)
    member("reason", answered.reason)
    endObject()
  }

  mutating func requests(_ tree: RequestTree) {
    beginObject()
    member("group", tree.group.text)
    member("problem", tree.problem)
    key("waiting")
    beginObject()
    for (kind, files) in tree.waiting {
      key(kind.rawValue)
      self.files(files)
    }
    endObject()
    key("processing")
    files(tree.processing)
    key("input")
    files(tree.input)
    key("answered")
    beginArray()
    for answered in tree.answered { self.answered(answered) }
    endArray()
    member("swept", tree.swept)
    endObject()
  }

  private mutating func files(_ files: RequestTree.Files) {
    beginObject()
    key("files")
    beginArray()
    for file in files.files {
      beginObject()
      member("name", file.name)
      member("since", file.since)
      member("bytes", Int(file.size))
      if file.isBeingWritten { member("beingWritten", true) }
      if file.isTaken { member("taken", true) }
      if file.isStale { member("stale", true) }
      if let problem = file.problem {
        key("problem")
        refusal(problem)
      }
      endObject()
    }
    endArray()
    member("more", files.more)
    member("ignored", files.ignored)
    member("stale", files.stale)
    endObject()
  }
}
