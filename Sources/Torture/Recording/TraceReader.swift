/// Turns lines of strace into events. A call counts as done when it returned, and what a sync covers is what had returned
/// before it began: of two that overlap the kernel promises no order, and this is the one that promises least.
///
/// What a call is about by a descriptor is looked up when it begins, for that is when strace says where the file lies.
struct TraceReader {
  private struct Open {
    let text: [UInt8]
    /// Changes before it.
    let began: Int
    let inode: Inode?
  }

  private let ground: String
  private var live = Volume()
  /// At the mark `begin`.
  private(set) var start = Volume()
  private(set) var events: [Event] = []
  private var changes = 0
  private var nextInode = Volume.root + 1
  private var unfinished: [Int: Open] = [:]

  init(ground: String) { self.ground = ground }

  /// Nobody relies on these after a crash: the runner's own log, caches, the table of runs (a mapped file, whose stores
  /// no tracer sees; after a power loss another boot makes it void), and what travels through all folders at a start.
  static func isIgnored(_ path: String) -> Bool {
    path.hasPrefix("spool/logs/bobbin.log") || path.hasPrefix("spool/state/") || path == "spool/state"
      || path.hasPrefix("spool/processing/.runs") || path.hasSuffix("/.device-check")
  }

  mutating func take(_ line: ArraySlice<UInt8>) throws(TortureError) {
    guard let space = line.firstIndex(of: UInt8(ascii: " ")),
      let thread = Int(String(decoding: line[..<space], as: UTF8.self)),
      let start = line[space...].firstIndex(where: { $0 != UInt8(ascii: " ") })
    else { return }
    let text = line[start...]
    if text.starts(with: "<... ".utf8) {
      guard let open = unfinished.removeValue(forKey: thread), let close = text.firstIndex(of: UInt8(ascii: ">")) else {
        return
      }
      try finish(open.text + text[text.index(after: close)...], open.began, open.inode)
    } else if text.suffix(16).elementsEqual("<unfinished ...>".utf8) {
      let begun = Array(text.dropLast(16))
      unfinished[thread] = Open(text: begun, began: changes, inode: file(of: begun))
    } else {
      try finish(Array(text), changes, file(of: Array(text)))
    }
  }

  /// What the first argument's descriptor is open on.
  private func file(of text: [UInt8]) -> Inode? {
    guard let open = text.firstIndex(of: UInt8(ascii: "<")),
      let close = text[open...].firstIndex(of: UInt8(ascii: ">")),
      let quote = Optional(text.firstIndex(of: UInt8(ascii: "\"")) ?? text.count), open < quote,
      let path = below(String(decoding: text[text.index(after: open)..<close], as: UTF8.self))
    else { return nil }
    return live.find(path)
  }

  /// The path below the ground; nil: it is elsewhere.
  private func below(_ path: String) -> String? {
    if path == ground { return "" }
    return path.hasPrefix(ground + "/") ? String(path.dropFirst(ground.utf8.count + 1)) : nil
  }

  // MARK: calls

  private mutating func finish(_ text: [UInt8], _ began: Int, _ inode: Inode?) throws(TortureError) {
    guard let call = TracedCall(text) else { return }
    if call.name.hasPrefix("open") { try mark(call) }
    guard call.result >= 0 else { return }
    switch call.name {
    case "open", "creat":
      try open(call, at: nil, call.words.first, call.words.dropFirst().first?.text ?? "O_CREAT|O_TRUNC")
    case "openat", "openat2":
      guard call.words.count > 2 else { return }
      try open(call, at: call.words[0], call.words[1], call.words[2].text)
    case "mkdir": try make(.folder, path(nil, call.words[0]), 0o700)
    case "mkdirat": try make(.folder, path(call.words[0], call.words[1]), 0o700)
    case "symlinkat": try make(.link, path(call.words[1], call.words[2]), 0o777)
    case "rename": try rename(path(nil, call.words[0]), path(nil, call.words[1]), call)
    case "renameat", "renameat2":
      try rename(path(call.words[0], call.words[1]), path(call.words[2], call.words[3]), call)
    case "unlink", "rmdir": try unlink(path(nil, call.words[0]), call)
    case "unlinkat": try unlink(path(call.words[0], call.words[1]), call)
    case "linkat": try link(path(call.words[0], call.words[1]), path(call.words[2], call.words[3]), call)
    case "write", "writev", "pwrite64", "ftruncate", "fsync", "fdatasync", "syncfs", "fchmod", "copy_file_range",
      "sendfile", "fallocate":
      try byDescriptor(call, began, inode)
    case "utimensat": setTime(call, inode)
    case "chmod": setMode(path(nil, call.words[0]), call.words[1])
    case "fchmodat": setMode(path(call.words[0], call.words[1]), call.words[2])
    case "sync": events.append(.sync(.everything, began: began))
    default: break
    }
  }

  private mutating func mark(_ call: TracedCall) throws(TortureError) {
    for word in call.words.prefix(2) where word.isString && word.text.hasPrefix(Recording.markFolder) {
      let mark = String(word.text.dropFirst(Recording.markFolder.count))
      if mark == "begin" {
        (start, events, changes) = (live, [], 0)
      } else {
        events.append(.mark(mark))
      }
    }
  }

  /// A path below the ground; nil: elsewhere, or nothing to be recorded.
  private func path(_ folder: TracedCall.Word?, _ name: TracedCall.Word) -> String? {
    let full = name.text.hasPrefix("/") || folder == nil ? name.text : (folder?.path ?? "") + "/" + name.text
    return below(full).flatMap { Self.isIgnored($0) ? nil : $0 }
  }

  private func slot(_ path: String, _ call: TracedCall? = nil) throws(TortureError) -> Slot {
    let parts = path.split(separator: "/")
    guard let name = parts.last, let folder = live.find(parts.dropLast().joined(separator: "/")) else {
      throw .recording("there is no folder for \(path)")
    }
    return Slot(String(name), in: folder)
  }

  private mutating func add(_ change: Change) {
    live.apply(change)
    events.append(.change(change))
    changes += 1
  }

  private mutating func open(
    _ call: TracedCall, at folder: TracedCall.Word?, _ name: TracedCall.Word?, _ flags: String
  ) throws(TortureError) {
    guard let name, flags.contains("O_CREAT") || flags.contains("O_TRUNC"), let path = path(folder, name) else {
      return
    }
    if let inode = live.find(path) {
      if flags.contains("O_TRUNC"), live.nodes[inode]?.content.bytes.isEmpty == false { add(.resize(inode, to: 0)) }
    } else if flags.contains("O_CREAT") {
      try make(.file, path, call.words.last.flatMap { UInt32($0.text, radix: 8) } ?? 0o600)
    }
  }

  private mutating func make(_ kind: Node.Kind, _ path: String?, _ mode: UInt32) throws(TortureError) {
    guard let path else { return }
    add(.make(nextInode, kind, mode: mode & 0o755, at: try slot(path)))
    nextInode += 1
  }

  private mutating func rename(_ from: String?, _ to: String?, _ call: TracedCall) throws(TortureError) {
    guard let from else {
      guard to == nil else { throw .recording("\(to ?? "") comes from elsewhere") }
      return
    }
    let source = try slot(from)
    guard let inode = live[source] else { throw .recording("\(from) is renamed, and is not there") }
    // To where nothing is recorded: gone.
    guard let to else { return add(.unlink(inode, at: source)) }
    add(.rename(inode, from: source, to: try slot(to)))
  }

  private mutating func unlink(_ path: String?, _ call: TracedCall) throws(TortureError) {
    guard let path else { return }
    let slot = try slot(path)
    guard let inode = live[slot] else { throw .recording("\(path) is removed, and is not there") }
    add(.unlink(inode, at: slot))
  }

  private mutating func link(_ from: String?, _ to: String?, _ call: TracedCall) throws(TortureError) {
    guard let to else { return }
    guard let from, let inode = live[try slot(from)] else { throw .recording("\(to) is a link to elsewhere") }
    add(.link(inode, at: try slot(to)))
  }

  private mutating func byDescriptor(_ call: TracedCall, _ began: Int, _ inode: Inode?) throws(TortureError) {
    guard let word = call.words.first, let path = word.path, let place = below(path) else { return }
    if call.name == "syncfs" { return events.append(.sync(.everything, began: began)) }
    // What has lost its name is lost with it.
    if Self.isIgnored(place) || path.hasSuffix(" (deleted)") {
      if call.name == "write", place.hasPrefix("spool/logs/bobbin.log") {
        // Told a moment after it was: later than true, never earlier.
        for job in RecoveryCheck.started(call.words[1].bytes) { events.append(.mark("started/" + job)) }
      }
      return
    }
    guard let inode, let node = live.nodes[inode] else { throw .recording("\(place) is not there (\(call.name))") }
    switch call.name {
    case "write": add(.write(inode, at: node.content.bytes.count, Array(call.words[1].bytes.prefix(call.result))))
    case "pwrite64":
      add(.write(inode, at: call.words[3].number ?? 0, Array(call.words[1].bytes.prefix(call.result))))
    case "ftruncate": add(.resize(inode, to: call.words[1].number ?? 0))
    case "fsync", "fdatasync":
      let sync: Sync = node.kind == .folder ? .entries(inode) : .file(inode, isFull: call.name == "fsync")
      events.append(.sync(sync, began: began))
    case "fchmod": add(.mode(inode, UInt32(call.words[1].text, radix: 8) ?? 0o600))
    default: throw .recording("\(call.name) of \(place) is not understood")
    }
  }

  private mutating func setMode(_ path: String?, _ mode: TracedCall.Word) {
    guard let path, let inode = live.find(path), let mode = UInt32(mode.text, radix: 8) else { return }
    add(.mode(inode, mode))
  }

  /// `[{tv_sec=1, tv_nsec=2}, {tv_sec=3, tv_nsec=4}]`: the second is the content time.
  private mutating func setTime(_ call: TracedCall, _ inode: Inode?) {
    let target = call.words[1].isString ? path(call.words[0], call.words[1]).flatMap { live.find($0) } : inode
    guard let target, let last = call.words[2].text.split(separator: "{").last else { return }
    let numbers = last.split { !$0.isNumber }.compactMap { Int64($0) }
    // "now" and "as it is" have no numbers.
    guard numbers.count >= 2 else { return }
    add(.modified(target, numbers[0] * 1_000_000_000 + numbers[1]))
  }
}
