import Jobs

/// Finds the program that a command line is about, to name its task: no shell, only what crontabs are full of.
///
/// It never fails: at worst the name is a poor one.
struct CrontabProgram: Equatable {
  /// The word as it stands in the line, its quotes taken off; empty for a line without a word.
  let word: String

  /// Commands in front of another one; the options of theirs that take the next word, and how many words are not options.
  private static let prefixes: [String: (options: Set<String>, words: Int)] = [
    "nice": (["-n"], 0), "ionice": (["-c", "-n"], 0), "nohup": ([], 0), "exec": ([], 0), "time": ([], 0),
    "command": ([], 0), "setsid": ([], 0), "chronic": ([], 0), "env": (["-u", "-C"], 0),
    "sudo": (["-u", "-g", "-h"], 0), "doas": (["-u"], 0), "timeout": (["-s", "-k"], 1), "flock": (["-w", "-E"], 1),
    "setlock": ([], 1),
    "chrt": ([], 1), "taskset": ([], 1), "stdbuf": (["-i", "-o", "-e"], 0), "systemd-cat": (["-t", "-p"], 0),
  ]
  /// Commands that only prepare what comes behind the next `&&` or `;`.
  private static let preparing: Set<String> = [
    "cd", "pushd", "test", "[", "[[", "umask", "ulimit", "export", "set", "unset", ".", "source", "sleep", "true", ":",
  ]
  /// What a shell has itself.
  private static let builtIn: Set<String> = ["echo", "printf", "true", "false", ":", "exit", "kill", "eval"]
  private static let grammar: Set<String> = ["if", "then", "else", "while", "do", "!", "{", "("]

  init(of line: String) {
    let tokens = Self.tokens(of: line)
    var rest = tokens[...]
    while let token = rest.popFirst() {
      guard case .word(let word) = token else { continue }
      if Self.grammar.contains(word) || Self.isAssignment(word) { continue }
      let name = Self.fileName(word)
      // `command -v x && x` asks whether there is an x.
      if Self.preparing.contains(name) || (name == "command" && rest.first == .word("-v")) {
        let behind = rest.drop { $0 != .separator }
        // Nothing behind it: then it is what the line is about.
        if behind.contains(where: { $0 != .separator }) {
          rest = behind
          continue
        }
      } else if let prefix = Self.prefixes[name], let behind = Self.skip(prefix, rest) {
        rest = behind
        continue
      }
      self.word = word
      return
    }
    self.word = tokens.lazy.compactMap { if case .word(let word) = $0 { word } else { nil } }.first ?? ""
  }

  /// Whether it is looked for in PATH.
  var isSearched: Bool { !word.isEmpty && !word.utf8.contains(UInt8(ascii: "/")) && !Self.builtIn.contains(word) }

  /// The name for a task: the program's file name without its ending, of letters, digits, `.`, `_` and `-`, a letter or digit
  /// first; room is left for a number.
  var stem: String {
    var name = Array(Self.fileName(word).utf8)
    if let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0, dot + 1 < name.count, Self.isLetter(name[dot + 1]) {
      name.removeSubrange(dot...)
    }
    var stem: [UInt8] = []
    for byte in name where stem.count < 90 {
      if Self.isLetter(byte) || (0x30...0x39).contains(byte) {
        stem.append(byte)
      } else if let last = stem.last, "._-".utf8.contains(byte) || last != UInt8(ascii: "-") {
        stem.append("._-".utf8.contains(byte) ? byte : UInt8(ascii: "-"))
      }
    }
    while let last = stem.last, "._-".utf8.contains(last) { stem.removeLast() }
    // No name may end like a file of ours: `x.run`.
    for ending in JobID.reservedSuffixes where stem.suffix(ending.utf8.count).elementsEqual(ending.utf8) {
      stem[stem.count - ending.utf8.count] = UInt8(ascii: "-")
    }
    return stem.isEmpty ? "task" : String(decoding: stem, as: UTF8.self)
  }

  // MARK: - Words

  private enum Token: Equatable {
    case word(String)
    /// `;`, `&&`, `||`, `|`, `&`, parentheses.
    case separator
  }

  /// The first words of a line, without the files of redirections; what is so long is not about its end.
  private static func tokens(of line: String) -> [Token] {
    var tokens: [Token] = []
    var word: [UInt8] = []
    var quote: UInt8?
    var isFile = false
    func flush() {
      if word.isEmpty { return }
      if !isFile { tokens.append(.word(String(decoding: word, as: UTF8.self))) }
      isFile = false
      word.removeAll()
    }
    var isEscaped = false
    /// Parentheses that are open of a `$(…)`, which is a part of its word.
    var depth = 0
    for byte in line.utf8.prefix(4096) {
      if isEscaped {
        word.append(byte)
        isEscaped = false
      } else if depth > 0 || (byte == UInt8(ascii: "(") && word.last == UInt8(ascii: "$")) {
        word.append(byte)
        if byte == UInt8(ascii: "(") { depth += 1 } else if byte == UInt8(ascii: ")") { depth -= 1 }
      } else if let open = quote {
        if byte == open { quote = nil } else { word.append(byte) }
      } else {
        switch byte {
        case UInt8(ascii: "\\"): isEscaped = true
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"): quote = byte
        case UInt8(ascii: " "), UInt8(ascii: "\t"): flush()
        case UInt8(ascii: ">"), UInt8(ascii: "<"):
          flush()
          isFile = true
        // `>&2`.
        case UInt8(ascii: "&") where isFile && word.isEmpty: break
        case UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "("), UInt8(ascii: ")"):
          flush()
          tokens.append(.separator)
        default: word.append(byte)
        }
      }
    }
    flush()
    return tokens
  }

  /// What stands behind a prefix, its options and its words; nil: nothing does.
  private static func skip(_ prefix: (options: Set<String>, words: Int), _ rest: ArraySlice<Token>) -> ArraySlice<
    Token
  >? {
    var rest = rest
    var words = prefix.words
    while case .word(let word)? = rest.first {
      if word.hasPrefix("-"), word.utf8.count > 1 {
        rest.removeFirst()
        if prefix.options.contains(word), case .word? = rest.first { rest.removeFirst() }
      } else if isAssignment(word) {
        rest.removeFirst()
      } else if words > 0 {
        words -= 1
        rest.removeFirst()
      } else {
        return rest
      }
    }
    return nil
  }

  private static func isAssignment(_ word: String) -> Bool {
    guard let equals = word.utf8.firstIndex(of: UInt8(ascii: "=")), equals != word.startIndex else { return false }
    return word.utf8[..<equals].allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
  }

  private static func fileName(_ word: String) -> String {
    word.utf8.split(separator: UInt8(ascii: "/")).last.map { String(decoding: $0, as: UTF8.self) } ?? word
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte & 0xDF) }
}
