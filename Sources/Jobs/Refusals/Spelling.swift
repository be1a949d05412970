/// Finds the key that somebody probably meant.
public enum Spelling {
  /// The known word nearest to `word`: at most two edits away, one for words of up to four letters; else one that other
  /// tools call so; else nil.
  public static func nearest(to word: String, among known: [String]) -> String? {
    let typed = folded(word)
    guard !typed.isEmpty, typed.count <= 64 else { return nil }
    var best: (word: String, distance: Int)?
    for candidate in known {
      let letters = folded(candidate)
      let allowed = min(typed.count, letters.count) <= 4 ? 1 : 2
      let found = distance(typed, letters)
      if found <= allowed, found < best?.distance ?? .max { best = (candidate, found) }
    }
    if best == nil, let synonym = synonyms[String(decoding: typed, as: UTF8.self)], known.contains(synonym) {
      return synonym
    }
    return best?.word
  }

  /// What other tools call our keys, in `folded` form.
  private static let synonyms = [
    "command": "run", "cmd": "run", "exec": "run", "argv": "run", "args": "run", "script": "run",
    "cwd": "directory", "dir": "directory", "workdir": "directory", "workingdirectory": "directory",
    "environment": "env", "variables": "env", "input": "stdin", "retries": "retry", "attempts": "retry",
    "dependson": "after", "depends": "after", "needs": "after", "requires": "after",
    "at": "notBefore", "runat": "notBefore", "ttl": "expires", "deadline": "expires", "tags": "labels",
    "concurrency": "slots", "workers": "slots", "files": "openFiles", "processes": "pids", "cpu": "cpus",
  ]

  /// "did you mean 'timeout'?", or the list of what is known here.
  static func hint(for word: String, among known: [String]) -> String {
    if let meant = nearest(to: word, among: known) { return "did you mean \(quoted(meant))?" }
    return "expected one of \(known.joined(separator: ", "))"
  }

  /// ASCII letters in lower case and `_`, `-` left out: `not_before` is meant as `notBefore`.
  private static func folded(_ word: String) -> [UInt8] {
    var out: [UInt8] = []
    for byte in word.utf8.prefix(80) where byte != UInt8(ascii: "_") && byte != UInt8(ascii: "-") {
      out.append((0x41...0x5A).contains(byte) ? byte + 32 : byte)
    }
    return out
  }

  /// Damerau-Levenshtein in its optimal string alignment form: insert, delete, replace, swap two neighbours, 1 each.
  static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 1...a.count {
      var row = [i]
      for j in 1...b.count {
        var cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, beforeLast[j - 2] + 1) }
        row.append(cost)
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
