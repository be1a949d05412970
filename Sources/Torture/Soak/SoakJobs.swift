/// The jobs of a soak: each has its number in it, notes its runs in the journal, and prints its word.
struct SoakJobs {
  /// What a job does between its notes, and how it ends.
  private struct Kind {
    var line = "true"
    var exit = "0"
    var members = ""
    var status = "succeeded"
    var attempts = 1
    var isOnce = false
    var notesEnd = true
    /// It is as well in a sandbox or container.
    var isForAll = true
  }

  /// Where jobs find the journal: processes, and those in isolation.
  private let notes: (outside: String, inside: String)
  private let kinds: [Kind]
  /// It outlives most runners, and is run again at once and first: cut short many times in a row. Few, for each takes its time.
  private let long = Kind(line: "sleep 1.5", members: #""retry": {"delay": "10ms"}, "priority": 5"#)

  init(ground: String) {
    notes = (ground + "/" + SoakJournal.folderName, "/notes")
    let quick = Kind()
    kinds =
      [quick, quick] + (1...6).map { Kind(line: "sleep 0.0\($0)") } + [
        Kind(exit: "3", status: "failed"),
        Kind(line: "sleep 0.6"),
        Kind(
          line: "exec sleep 60", members: #""timeout": "100ms", "grace": "50ms""#, status: "timed-out", notesEnd: false
        ),
        Kind(line: "yes | head -c 100000; touch left", isForAll: false),
        Kind(line: "(setsid sleep 0.3 &)", members: #""group": "g""#, isForAll: false),
        Kind(members: #""key": "k#", "priority": 3"#, isForAll: false),
        Kind(
          exit: "3", members: #""retry": {"attempts": 3, "delay": "10ms"}"#, status: "failed", attempts: 3),
        // Two of them at most say "later".
        Kind(
          exit: "$((BOBBIN_ATTEMPT < 3 ? 75 : 0))", members: #""retry": {"attempts": 3, "delay": "10ms"}"#, attempts: 3),
        Kind(line: "sleep 0.05", members: #""rerun": false"#, isOnce: true),
      ]
  }

  /// - Parameter isolation: the members that let it run in isolation; nil: a process.
  func job(_ number: Int, isolation: String?, using random: inout Seeded) -> SoakDrop {
    let usual = (isolation == nil ? kinds : kinds.filter(\.isForAll)).randomElement(using: &random) ?? Kind()
    let kind = random.once(in: 40) ? long : usual
    let notes = isolation == nil ? notes.outside : notes.inside
    let line =
      SoakJournal.begin(number, in: notes) + "echo \(SoakDrop.word(number)); " + kind.line
      + SoakJournal.end(number, in: notes) + "; exit \(kind.exit)"
    var members = [#""description": "\#(number)""#, #""run": "\#(line)""#]
    if !kind.members.isEmpty {
      members.append(
        kind.members.split(separator: "#", omittingEmptySubsequences: false).joined(separator: "\(number)"))
    }
    if let isolation {
      members.append(isolation)
      members.append(#""mounts": [{"host": "\#(self.notes.outside)", "container": "\#(notes)", "readOnly": false}]"#)
    }
    return SoakDrop(
      bytes: Array("{\(members.joined(separator: ", "))}\n".utf8), status: kind.status, attempts: kind.attempts,
      isOnce: kind.isOnce, notesEnd: kind.notesEnd, isIsolated: isolation != nil)
  }

  /// A file that is no job, made of one that is.
  func bad(_ number: Int, using random: inout Seeded) -> SoakDrop {
    var bytes = job(number, isolation: nil, using: &random).bytes
    // Large ones are few: they stay, and the disk is small.
    switch random.once(in: 12) ? 0 : Int.random(in: 1..<4, using: &random) {
    case 0:
      bytes += [UInt8](repeating: UInt8(ascii: " "), count: (1 << 20) + 1)
      return .refused(bytes, "too-big")
    case 1:
      bytes.removeLast(3)
      return .refused(bytes, "bad-json")
    case 2:
      bytes.insert(0xFF, at: bytes.count / 2)
      return .refused(bytes, "not-utf8")
    default: return .refused(bytes + Array("{}".utf8), "bad-json")
    }
  }
}
