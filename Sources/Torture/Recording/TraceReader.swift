/// Turns what strace saw into events. A call counts as done when it returned, and what a sync covers is what had returned
/// before it began: of two that overlap the kernel promises no order, and this is the one that promises least.
///
/// Only when something that came later could not have been so, a call that is still on its way has been done: of one whose
/// thread was killed in it nobody says whether it was, and of two the ends need not be told in the order of the deeds.
///
/// What a call is about by a descriptor is looked up when it begins, for that is when strace says where the file lies.
struct TraceReader {
  /// A call that has begun.
  private struct Open {
    /// Changes before it.
    let began: Int
    let inode: Inode?
    /// Something else showed that it was done.
    var isDone = false
  }

  private let trace: Trace
  private let places: TracePlaces
  private var live = Volume()
  /// At the mark `begin`.
  private(set) var start = Volume()
  private(set) var events: [Event] = []
  private var changes = 0
  private var nextInode = Volume.root + 1
  /// By their place in the trace.
  private var open: [Int: Open] = [:]

  init(_ bytes: [UInt8], ground: String) throws(TortureError) {
    trace = Trace(bytes)
    places = TracePlaces(ground: ground)
    for moment in trace.moments {
      switch moment {
      case .begin(let place):
        open[place] = Open(began: changes, inode: try inode(of: trace.calls[place]))
      case .end(let place):
        guard let ended = open.removeValue(forKey: place), !ended.isDone else { continue }
        try finish(trace.calls[place], ended)
      }
    }
  }

  // MARK: what lies where

  /// What the first argument's descriptor is open on.
  private mutating func inode(of call: TracedCall) throws(TortureError) -> Inode? {
    guard let word = call.words.first, let path = word.path.flatMap({ places.below($0) }) else { return nil }
    return try find(path)
  }

  /// What has this name; whoever names it knows that it is there.
  private mutating func find(_ path: String) throws(TortureError) -> Inode? {
    if live.find(path) == nil { try believe { $0.made == path } }
    return live.find(path)
  }

  /// Whoever makes a new name knows that it was not there.
  private mutating func expectFree(_ path: String) throws(TortureError) {
    if live.find(path) != nil { try believe { $0.source == path } }
    guard live.find(path) == nil else { throw .recording("\(path) is made, and is there") }
  }

  /// Has a call as done that did this, if one is on its way that did not fail.
  private mutating func believe(_ explains: (TracePlaces.Names) -> Bool) throws(TortureError) {
    for (place, call) in open.sorted(by: { $0.key < $1.key }) where !call.isDone {
      let told = trace.calls[place]
      guard told.result ?? 0 >= 0, explains(places.names(of: told)) else { continue }
      open[place]?.isDone = true
      return try finish(told, call)
    }
  }

  private mutating func slot(_ path: String) throws(TortureError) -> Slot {
    let parts = path.split(separator: "/")
    guard let name = parts.last, let folder = try find(parts.dropLast().joined(separator: "/")) else {
      throw .recording("there is no folder for \(path)")
    }
    return Slot(String(name), in: folder)
  }

  // MARK: calls

  private mutating func finish(_ call: TracedCall, _ begun: Open) throws(TortureError) {
    if call.name.hasPrefix("open") { mark(call) }
    guard call.result ?? 0 >= 0 else { return }
    let names = places.names(of: call)
    switch call.name {
    case "open", "creat", "openat", "openat2": try create(call, names)
    case "mkdir", "mkdirat": try make(.folder, names, 0o700)
    case "symlinkat": try make(.link, names, 0o777)
    case "rename", "renameat", "renameat2": try rename(names)
    case "unlink", "rmdir", "unlinkat": try unlink(names)
    case "linkat": try link(names)
    case "write", "writev", "pwrite64", "ftruncate", "fsync", "fdatasync", "syncfs", "fchmod", "copy_file_range",
      "sendfile", "fallocate":
      try byDescriptor(call, begun)
    case "utimensat": try setTime(call, begun.inode)
    case "chmod": try setMode(places.path(nil, call.words[0]), call.words[1])
    case "fchmodat": try setMode(places.path(call.words[0], call.words[1]), call.words[2])
    case "sync": events.append(.sync(.everything, began: begun.began))
    default: break
    }
  }

  private mutating func mark(_ call: TracedCall) {
    for word in call.words.prefix(2) where word.isString && word.text.hasPrefix(Recording.markFolder) {
      let mark = String(word.text.dropFirst(Recording.markFolder.count))
      if mark == "begin" {
        (start, events, changes) = (live, [], 0)
      } else {
        events.append(.mark(mark))
      }
    }
  }

  private mutating func add(_ change: Change) {
    live.apply(change)
    events.append(.change(change))
    changes += 1
  }

  private mutating func create(_ call: TracedCall, _ names: TracePlaces.Names) throws(TortureError) {
    guard let path = names.made ?? truncated(call) else { return }
    if names.made != nil, names.isNew { try expectFree(path) }
    if let inode = live.find(path) {
      if call.truncates, live.nodes[inode]?.content.bytes.isEmpty == false { add(.resize(inode, to: 0)) }
    } else if names.made != nil {
      try make(.file, names, call.words.last.flatMap { UInt32($0.text, radix: 8) } ?? 0o600)
    }
  }

  /// A file that is only emptied.
  private func truncated(_ call: TracedCall) -> String? {
    guard call.truncates, call.words.count > 1 else { return nil }
    return call.name == "open" ? places.path(nil, call.words[0]) : places.path(call.words[0], call.words[1])
  }

  private mutating func make(_ kind: Node.Kind, _ names: TracePlaces.Names, _ mode: UInt32) throws(TortureError) {
    guard let path = names.made else { return }
    try expectFree(path)
    add(.make(nextInode, kind, mode: mode & 0o755, at: try slot(path)))
    nextInode += 1
  }

  private mutating func rename(_ names: TracePlaces.Names) throws(TortureError) {
    guard let from = names.source else {
      guard names.made == nil else { throw .recording("\(names.made ?? "") comes from elsewhere") }
      return
    }
    guard let inode = try find(from) else { throw .recording("\(from) is renamed, and is not there") }
    // To where nothing is recorded: gone.
    guard let to = names.made else { return add(.unlink(inode, at: try slot(from))) }
    if names.isNew { try expectFree(to) }
    add(.rename(inode, from: try slot(from), to: try slot(to)))
  }

  private mutating func unlink(_ names: TracePlaces.Names) throws(TortureError) {
    guard let path = names.source else { return }
    guard let inode = try find(path) else { throw .recording("\(path) is removed, and is not there") }
    add(.unlink(inode, at: try slot(path)))
  }

  private mutating func link(_ names: TracePlaces.Names) throws(TortureError) {
    guard let to = names.made else { return }
    guard let from = names.source, let inode = try find(from) else {
      throw .recording("\(to) is a link to elsewhere")
    }
    try expectFree(to)
    add(.link(inode, at: try slot(to)))
  }

  private mutating func byDescriptor(_ call: TracedCall, _ begun: Open) throws(TortureError) {
    guard let word = call.words.first, let path = word.path, let place = places.below(path) else { return }
    if call.name == "syncfs" { return events.append(.sync(.everything, began: begun.began)) }
    // What has lost its name is lost with it.
    if TracePlaces.isIgnored(place) || path.hasSuffix(" (deleted)") {
      if call.name == "write", place.hasPrefix("spool/logs/bobbin.log") {
        // Told a moment after it was: later than true, never earlier.
        for job in RecoveryCheck.started(call.words[1].bytes) { events.append(.mark("started/" + job)) }
      }
      return
    }
    guard let inode = begun.inode, let node = live.nodes[inode] else {
      throw .recording("\(place) is not there (\(call.name))")
    }
    let written = call.result ?? 0
    switch call.name {
    case "write": add(.write(inode, at: node.content.bytes.count, Array(call.words[1].bytes.prefix(written))))
    case "pwrite64": add(.write(inode, at: call.words[3].number ?? 0, Array(call.words[1].bytes.prefix(written))))
    case "ftruncate": add(.resize(inode, to: call.words[1].number ?? 0))
    case "fsync", "fdatasync":
      let sync: Sync = node.kind == .folder ? .entries(inode) : .file(inode, isFull: call.name == "fsync")
      events.append(.sync(sync, began: begun.began))
    case "fchmod": add(.mode(inode, UInt32(call.words[1].text, radix: 8) ?? 0o600))
    default: throw .recording("\(call.name) of \(place) is not understood")
    }
  }

  private mutating func setMode(_ path: String?, _ mode: TracedCall.Word) throws(TortureError) {
    guard let path, let inode = try find(path), let mode = UInt32(mode.text, radix: 8) else { return }
    add(.mode(inode, mode))
  }

  /// `[{tv_sec=1, tv_nsec=2}, {tv_sec=3, tv_nsec=4}]`: the second is the content time.
  private mutating func setTime(_ call: TracedCall, _ inode: Inode?) throws(TortureError) {
    var target = inode
    if call.words[1].isString {
      guard let path = places.path(call.words[0], call.words[1]) else { return }
      target = try find(path)
    }
    guard let target, let last = call.words[2].text.split(separator: "{").last else { return }
    let numbers = last.split { !$0.isNumber }.compactMap { Int64($0) }
    // "now" and "as it is" have no numbers.
    guard numbers.count >= 2 else { return }
    add(.modified(target, numbers[0] * 1_000_000_000 + numbers[1]))
  }
}
