/// What a person does to a spool in one recording: the same from the same seed. When it meets what is the machine's affair.
public struct History: Sendable {
  /// A file that is dropped, by a way.
  struct Drop: Sendable {
    enum Way: CaseIterable, Sendable {
      /// `mv` from the same file system, nothing synced.
      case move
      /// The same, written, synced and its name synced: accepted when that is done.
      case synced
      /// `cat >`, in two pieces.
      case slowly
      /// `bobbin submit`: accepted when it exits with 0.
      case submit
    }

    let number: Int
    let stem: String
    let json: String
    let way: Way
    var bytes: [UInt8] { Array(json.utf8) }
  }

  enum Step: Sendable {
    case drop(Drop)
    /// `bobbin submit` of several files.
    case submit([Drop])
    /// Another file over one that waits.
    case edit(Drop)
    case message(name: String, json: String)
    /// A task that is due in so many ms.
    case task(name: String, due: Int64)
    case cancelRun(String)
    /// `mv inbox/x.json errors/`
    case cancelWaiting(String)
    case hold(String)
    case release(String)
    /// `mv errors/x.json inbox/`, once it has a result there.
    case retry(String)
    case pause
    case resume
    /// SIGKILL, and another runner.
    case kill
    /// SIGTERM, and another runner.
    case restart
    /// As long as this, ms; the machine's jobs go on.
    case rest(Int64)
    /// Until so many results show.
    case await(results: Int)
  }

  let seed: UInt64
  /// The folder of the recording; the jobs' files name it.
  let ground: String
  /// Where each run of a job that is not to be run again leaves a line `NUMBER ATTEMPT`, in `ran`. Nil: it does not.
  let notes: String?
  private(set) var steps: [Step] = []
  /// Every file that is dropped.
  private(set) var drops: [Drop] = []

  /// - Parameter size: about how many files are dropped.
  public init(seed: UInt64, ground: String, size: Int, notes: String? = nil) {
    (self.seed, self.ground, self.notes) = (seed, ground, notes)
    var random = Seeded(seed, 1)
    while drops.count < size { add(&random) }
    for drop in drops { steps.append(.release(drop.stem)) }
    steps.append(.resume)
  }

  /// What the spool is set to: nothing waits for long, and every start is told.
  var settings: String {
    """
    {"scanInterval": "50ms", "quiet": "20ms", "grace": "1s", "minFree": 0, "slots": 2, "logLevel": "debug",
      "maxInterruptions": 0, "channels": {
        "good": {"command": ["sh", "-c", "cat > /dev/null"]},
        "odd": {"command": ["sh", "-c", "cat > /dev/null; test -e \(ground)/odd || { : > \(ground)/odd; exit 1; }"],
          "retry": {"attempts": 3, "delay": "10ms"}}}}
    """
  }

  /// Jobs that take their time do so in the recording and not after it.
  var fastFile: String { ground + "/fast" }

  private mutating func add(_ random: inout Seeded) {
    let drop = makeDrop(&random)
    steps.append(.drop(drop))
    switch Int.random(in: 0..<20, using: &random) {
    case 0: steps.append(.edit(makeDrop(&random, over: drop.stem)))
    case 1: steps += [.hold(drop.stem), .rest(5), .release(drop.stem)]
    case 2: steps += [.pause, .drop(makeDrop(&random)), .cancelWaiting(drop.stem), .resume]
    case 3: steps += [.rest(30), .cancelRun(drop.stem)]
    case 4, 5: steps += [.await(results: drops.count * 2 / 3), .retry(drop.stem)]
    case 6: if let earlier = drops.randomElement(using: &random) { steps.append(.retry(earlier.stem)) }
    case 7: steps += [.rest(Int64.random(in: 0...60, using: &random)), .kill]
    case 8: steps += [.rest(Int64.random(in: 0...60, using: &random)), .restart]
    case 9, 10:
      let channel = random.once(in: 2) ? "good" : "odd"
      let name = "m\(steps.count)"
      steps.append(.message(name: name, json: #"{"to": "\#(channel)", "text": "\#(name)"}"#))
    case 11: steps.append(.task(name: "t\(steps.count)", due: Int64.random(in: 0...500, using: &random)))
    case 12: steps.append(.await(results: drops.count / 2))
    case 13:
      // More than are synced one by one.
      let together = (0..<Int.random(in: 4...6, using: &random)).map { "b\(drops.count + $0)" }
      steps.append(.submit(together.map { makeDrop(&random, over: $0) }))
    default: if random.once(in: 2) { steps.append(.rest(Int64.random(in: 0...20, using: &random))) }
    }
  }

  private mutating func makeDrop(_ random: inout Seeded, over stem: String? = nil) -> Drop {
    let number = drops.count
    let again = random.once(in: 8) ? drops.randomElement(using: &random)?.stem : nil
    let ways = Drop.Way.allCases
    let drop = Drop(
      number: number, stem: stem ?? again ?? "j\(number)", json: json(number, &random),
      way: stem == nil ? ways[Int.random(in: 0..<ways.count, using: &random)] : .move)
    drops.append(drop)
    return drop
  }

  /// A job; its description makes its bytes the only ones.
  private func json(_ number: Int, _ random: inout Seeded) -> String {
    let slow = "test -e \(fastFile) || sleep 0.7"
    let note = notes.map { "echo \(number) $BOBBIN_ATTEMPT >> \($0)/ran; " } ?? ""
    var kinds = [
      #""run": "true""#, #""run": ["echo", "hi"]"#, #""run": "exit 1""#, #""run": "\#(slow)""#,
      #""run": "exit $((BOBBIN_ATTEMPT == 1))", "retry": {"attempts": 2, "delay": "10ms"}"#,
      #""run": "\#(slow); exit $((BOBBIN_ATTEMPT < 3))", "retry": {"attempts": 3, "delay": "10ms"}"#,
      #""run": "echo left > left; echo more > more; echo 1 > $BOBBIN_RESULT""#,
      #""run": "\#(note)echo once", "rerun": false"#, #""run": "\#(note)\#(slow)", "rerun": false"#,
      #""run": "\#(note)exit $((BOBBIN_ATTEMPT == 1))", "rerun": false, "retry": {"attempts": 2, "delay": "10ms"}"#,
      #""run": "echo key", "key": "k\#(number % 3)""#,
      #""run": "yes | head -c 200000""#, #""run": "echo grouped", "group": "g""#,
      #""run": "true", "after": ["j\#(max(0, number - 1))"], "afterTimeout": "1s""#,
      #""run": "true", "unknown": 1"#, #""run": "true", "expires": "1ms""#, #""run": "true""# + "\n  oops",
    ]
    // For those who wait until the claim itself has to be on the disk.
    if notes != nil { kinds.append(#""run": "test -e \#(fastFile) || sleep 5""#) }
    let kind = kinds[Int.random(in: 0..<kinds.count, using: &random)]
    return #"{"description": "d\#(number) of \#(seed)", \#(kind)}"# + "\n"
  }
}
