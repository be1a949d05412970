import Platform

/// The program `bobbin-torture`.
public enum TortureProgram {
  static let help = """
    usage: bobbin-torture power [--seed N] [--states N] [--model ext4|posix|both] [--size N] [--per-cut N] [--recoveries N]
           [--folder DIR] [--bobbin FILE]
           bobbin-torture power --trace FILE --ground DIR --seed N --size N --model M --per-cut N --cut N --state N
           bobbin-torture power --trace FILE --ground DIR --seed N --size N --model M --per-cut N

    Cuts the power at every moment of recorded histories, and looks at what may be left.

      --seed N       of the first history, the next one has the next; default 1
      --states N     goes on until so many were looked at; default 100000
      --model M      what is promised of what was not synced; default both
      --size N       files that are dropped in a history; default 12
      --per-cut N    states at a cut; default 12
      --recoveries N of the new ones at a cut, how many the program recovers; default 2
      --folder DIR   where it is done; default /dev/shm, else TMPDIR or /tmp
      --bobbin FILE  the program; default the one beside this
      --trace FILE   an earlier recording instead of new ones; with --cut and --state that one state, which is shown

           bobbin-torture steps [--scenario NAME] [--fault KINDS:WHAT] [--at N] [--every N] [--every-read N] [--seed N]
           [--at-once N] [--folder DIR] [--bobbin FILE] [--library FILE] [--keep]

    Lets every system call of a command go wrong, one after the other, and looks at what the next runner makes of it.

      --scenario N   one of \(StepScenario.all.map(\.name).joined(separator: ", ")); default all
      --fault F      one of those that are told; default all
      --at N         the Nth call alone
      --every N      one call of so many, drawn by the seed; default all
      --every-read N the same for calls that change nothing; default as --every
      --library FILE what stands before libc; default libCFault.so beside this
      --keep         leaves the folders of what was found

           bobbin-torture soak [--seconds N] [--seed N] [--slots N] [--kill-after MS] [--max-interruptions N] [--disk SIZE]
           [--image NAME] [--folder DIR] [--bobbin FILE]

    Drops files well and badly, moves and removes them, sets the clock and kills the runner again and again; a ledger outside
    says at the end whether each is where it has to be.

      --seconds N    how long; default 60. At most thrice that, or 180, until enough has come about for anything to be found
      --kill-after N ms, within which half of the kills come; default 300
      --disk SIZE    a file system of its own, which is filled and freed; root only
      --image NAME   what podman and docker have: some jobs run in it; default BOBBIN_TEST_IMAGE

           bobbin-torture cuts [--cuts N] [--seed N] [--holder xfs|btrfs] [--size N] [--per-life N] [--folder DIR] [--bobbin FILE]

    Clones a disk at one moment while a spool on it is at work, and looks at what the next boot makes of the clone. Root only.

      --cuts N       how many; default 200
      --holder KIND  the file system that clones; default xfs
      --size N       files that are dropped in the life of a spool; default 80
      --per-life N   cuts in it at most; default 20
      --folder DIR   where it is done; default TMPDIR or /tmp

    Exit code 0: nothing found. 1: something was; the recording or the disk stays and the words that show the state again are
    printed.

    """

  public static func run(_ words: [String]) -> Int32 {
    do {
      var words = words
      guard let verb = words.first else {
        throw TortureError.usage("'power', 'steps', 'soak' or 'cuts' is missing; see --help")
      }
      words.removeFirst()
      if verb == "soak" { return try Soak(SoakOptions(words)).run().isClean ? 0 : 1 }
      if verb == "steps" { return try StepSearch(StepOptions(words)).run().findings == 0 ? 0 : 1 }
      if verb == "cuts" {
        let options = try CutOptions(words)
        let search = CutSearch(options)
        return try options.inside.map { try search.runInside($0) } ?? search.run(isCatching: true) ? 0 : 1
      }
      if verb == "--help" {
        Terminal.output(help)
        return 0
      }
      let options = try TortureOptions(words)
      switch verb {
      case "act":
        var actor = try Actor(
          History(seed: options.seed, ground: options.ground ?? "", size: options.size, notes: options.notes),
          bobbin: options.program())
        try actor.play()
        return 0
      case "power":
        let isClean = options.trace == nil ? try Campaign(options).run() : try replay(options)
        return isClean ? 0 : 1
      default: throw TortureError.usage("'\(verb)' is no verb; see --help")
      }
    } catch {
      Terminal.error("bobbin-torture: \(error)\n")
      if case .usage? = error as? TortureError { return 64 }
      return 70
    }
  }

  /// A state, or all of a recording, once more.
  private static func replay(_ options: TortureOptions) throws -> Bool {
    guard let trace = options.trace, let ground = options.ground else {
      throw TortureError.usage("--trace needs --ground, the folder that was recorded")
    }
    let place = try options.makePlace()
    defer { place.clear() }
    let history = History(seed: options.seed, ground: ground, size: options.size)
    // The jobs look for it.
    if !((try? FileSystem.status(path: ground)) ?? nil != nil) { try FileSystem.makeFolders(path: ground) }
    try Campaign.makeFast(history)
    let recording = try Recorder.read(trace, ground: ground)
    let search = PowerSearch(history, size: options.size, bobbin: options.program(), place: place.folder)
    search.tell = { Terminal.output($0 + "\n") }
    let only = options.cut.flatMap { cut in options.state.map { (cut: cut, state: $0) } }
    for rules in options.rules {
      try search.search(
        recording, rules, perCut: options.perCut, recoveriesPerCut: only == nil ? options.recoveries : 1, only: only
      ) { frontier, crash, volume in Terminal.output(StateText.describe(frontier, crash, volume)) }
    }
    Terminal.output(search.report.text + "\n")
    return search.report.isClean
  }
}
