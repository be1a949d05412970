/// Where the files of a trace lie: paths below the folder that is recorded.
struct TracePlaces {
  let ground: String

  /// Nobody relies on these after a crash: the runner's own log, caches, the table of runs (a mapped file, whose stores
  /// no tracer sees; after a power loss another boot makes it void), and what travels through all folders at a start.
  static func isIgnored(_ path: String) -> Bool {
    path.hasPrefix("spool/logs/bobbin.log") || path.hasPrefix("spool/state/") || path == "spool/state"
      || path.hasPrefix("spool/processing/.runs") || path.hasSuffix("/.device-check")
  }

  /// The path below the ground; nil: it is elsewhere.
  func below(_ path: String) -> String? {
    if path == ground { return "" }
    return path.hasPrefix(ground + "/") ? String(path.dropFirst(ground.utf8.count + 1)) : nil
  }

  /// The same; nil also: nothing to be recorded.
  func path(_ folder: TracedCall.Word?, _ name: TracedCall.Word) -> String? {
    let full = name.text.hasPrefix("/") || folder == nil ? name.text : (folder?.path ?? "") + "/" + name.text
    return below(full).flatMap { Self.isIgnored($0) ? nil : $0 }
  }

  /// What a call does to names.
  struct Names {
    /// Its name goes, or, of a link, gets another beside it.
    var source: String?
    /// A name that is there after it.
    var made: String?
    /// That name was not there before.
    var isNew = true
  }

  func names(of call: TracedCall) -> Names {
    let words = call.words
    switch (call.name, words.count) {
    case ("open", 2...), ("creat", 1...):
      return opened(path(nil, words[0]), call.name == "creat" ? "O_CREAT|O_TRUNC" : words[1].text)
    case ("openat", 3...), ("openat2", 3...): return opened(path(words[0], words[1]), words[2].text)
    case ("mkdir", 1...): return Names(made: path(nil, words[0]))
    case ("mkdirat", 2...): return Names(made: path(words[0], words[1]))
    case ("symlinkat", 3...): return Names(made: path(words[1], words[2]))
    case ("rename", 2...): return Names(source: path(nil, words[0]), made: path(nil, words[1]), isNew: false)
    case ("renameat", 4...), ("renameat2", 4...):
      return Names(
        source: path(words[0], words[1]), made: path(words[2], words[3]),
        isNew: words.last?.text.contains("RENAME_NOREPLACE") ?? false)
    case ("unlink", 1...), ("rmdir", 1...): return Names(source: path(nil, words[0]))
    case ("unlinkat", 2...): return Names(source: path(words[0], words[1]))
    case ("linkat", 4...): return Names(source: path(words[0], words[1]), made: path(words[2], words[3]))
    default: return Names()
    }
  }

  private func opened(_ path: String?, _ flags: String) -> Names {
    guard flags.contains("O_CREAT") else { return Names() }
    return Names(made: path, isNew: flags.contains("O_EXCL"))
  }
}
