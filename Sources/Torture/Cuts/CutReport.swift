/// What the cuts hit, and what was found.
struct CutReport {
  private(set) var cuts = 0
  private var lives = 0
  private var replayed = 0
  private var running = 0
  private var underway = 0
  private var results = 0
  private var accepted = 0
  private var claimed = 0
  private var recovered = 0
  private var lost = 0
  private(set) var findings = 0

  mutating func beginLife() { lives += 1 }

  mutating func add(_ cut: CutLife.Cut, _ outcome: CutTrial.Outcome) {
    cuts += 1
    replayed += outcome.isReplayed ? 1 : 0
    running += cut.running > 0 ? 1 : 0
    underway += outcome.underway > 0 ? 1 : 0
    results += cut.account.results
    accepted += cut.account.accepted.count
    claimed += cut.account.claimed.count
    recovered += outcome.recovered
    lost += outcome.lost
    findings += outcome.findings.count
  }

  var text: String {
    """
    \(cuts) cuts of \(lives) lives: \(running) while a run was under way, \(underway) with a job in processing on the disk, \
    \(replayed) with a journal to replay
    \(results) results, \(accepted) accepted jobs and \(claimed) long-claimed ones had to be there; \(recovered) jobs were \
    brought to their end, \(lost) drops that nobody had accepted were gone
    \(findings) findings
    """
  }
}
