import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// Two groups talk to each other through the `file` channel while their runner is killed again and again.
@Suite(.timeLimit(.minutes(60))) struct ConversationTests {
  /// SplitMix64 (Steele, Lea, Flood 2014): the same moments for the same seed.
  private struct Moments: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  /// The world outside: hands what one group says to the other, and never hands on the same twice under another name.
  private final class Post {
    let stage: MessageStage
    /// Messages that were dropped, by id.
    private(set) var dropped: [String: String] = [:]
    /// What came of an answer, by the answer's id.
    private var handedOn: [String: String] = [:]
    /// How many the two are to say.
    private let most: Int
    private var random: Moments

    init(_ stage: MessageStage, most: Int, seed: UInt64) {
      (self.stage, self.most, random) = (stage, most, Moments(state: seed))
    }

    func say(_ id: String, _ text: String, to chat: String) throws {
      dropped[id] = chat
      try stage.say(id, text, chat: chat, id: id)
    }

    /// Hands on what is new in the channel's files: ann's agent speaks to ann, who hands it to ben's, and so on.
    func carry() throws {
      for (from, to) in [("ann", "ben"), ("ben", "ann")] {
        for line in try stage.lines(from) where line.job == nil {
          if let id = handedOn[line.id] {
            // A channel that is not sure says it once more.
            guard Int.random(in: 0..<200, using: &random) == 0 else { continue }
            try stage.say("again-\(UInt64.random(in: 0 ... .max, using: &random))", "more", chat: to, id: id)
          } else if dropped.count < most {
            let id = "n\(dropped.count)"
            handedOn[line.id] = id
            // Some of what is said cannot be worked on.
            try say(id, dropped.count % 7 == 3 ? "bad" : "more", to: to)
          }
        }
      }
    }

    /// Messages with neither an answer nor a told failure.
    func open() throws -> [String] {
      let lines = try stage.lines("ann") + stage.lines("ben")
      let ended = Set(lines.map { $0.job ?? String($0.id.drop { $0 != "." }.dropFirst()) })
      return dropped.keys.filter { !ended.contains($0) }.sorted()
    }
  }

  /// An agent that answers every message it is told, under an id that follows from the message's, unless the last is bad.
  private static func agent(_ stage: MessageStage, _ group: String, to chat: String) -> String {
    stage.note
      + "; cd $BOBBIN_SPOOL/ipc/\(group)/messages || exit 74"
      + #"; last=$(printf '%s' "$in" | tr ',' '\n' | sed -n 's/^"text":"\(.*\)"$/\1/p' | tail -n 1); test "$last" != bad || exit 1"#
      + #"; printf '%s' "$in" | tr ',{' '\n\n' | sed -n 's/^"id":"\(.*\)"$/\1/p' | while read -r id; do "#
      + #"printf '{"type": "message", "to": "talk:\#(chat)", "text": "re %s"}' "$id" > ".$id" && mv ".$id" "$id.json"; done"#
  }

  @Test(
    "killed at random moments, every message has an answer or a told failure, and each repeat is of a message that was being sent at a kill",
    arguments: [1, 2] as [UInt64])
  func conversation(seed: UInt64) throws {
    let stage = try MessageStage(["ann": "a", "ben": "b"], ["slots": "4", "logLevel": "\"warn\""])
    for (group, chat) in [("a", "ann"), ("b", "ben")] {
      stage.makeIPC(group)
      try stage.group(
        group, agent: Self.agent(stage, group, to: chat), #""requests": {"perMinute": 6000}"#)
    }
    var random = Moments(state: seed)
    let post = Post(stage, most: 24, seed: seed)
    try post.say("x1", "hello", to: "ann")
    try post.say("y1", "hello", to: "ben")
    var kills = 0
    /// How often a message was on its way, taken and not filed away, when the runner was killed.
    var sending: [String: Int] = [:]
    func noteKill() {
      kills += 1
      for name in stage.names("processing/outbox") where name.hasSuffix(".json") && !name.hasSuffix(".run.json") {
        sending[String(name.dropLast(5)), default: 0] += 1
      }
    }
    for round in 0..<14 {
      if round.isMultiple(of: 2) {
        // In place of a durable step, wherever that is.
        let step = Int.random(in: 1...90, using: &random)
        let runner = try stage.spool.start(environment: ["BOBBIN_FAULT=kill@\(step)"])
        let enough = try stage.lines("ann").count + stage.lines("ben").count + 6
        _ = try eventually(within: 5) {
          try post.carry()
          return try !runner.isAlive || stage.lines("ann").count + stage.lines("ben").count >= enough
            || post.open().isEmpty
        }
        runner.kill()
      } else {
        let runner = try stage.spool.start()
        let enough = try stage.lines("ann").count + stage.lines("ben").count + Int.random(in: 1...3, using: &random)
        _ = try eventually(within: 5) {
          try post.carry()
          return try stage.lines("ann").count + stage.lines("ben").count >= enough || post.open().isEmpty
        }
        let moment = Clock.continuous() + Int64.random(in: 0...15_000_000, using: &random)
        _ = eventually(within: 5) { Clock.continuous() >= moment }
        runner.kill()
      }
      noteKill()
    }
    let runner = try stage.spool.start()
    let isOver = try eventually(within: 120) {
      try post.carry()
      return try post.dropped.count == 24 && post.open().isEmpty
    }
    let open = try post.open()
    #expect(isOver, "open: \(open)\n\(stage.spool.tree)\n\(stage.spool.log)")
    runner.kill()
    noteKill()
    try stage.spool.drain()
    let lines = try stage.lines("ann") + stage.lines("ben")
    var copies: [String: [MessageStage.Line]] = [:]
    for line in lines { copies[line.id, default: []].append(line) }
    var repeats = 0
    for (id, all) in copies where all.count > 1 {
      repeats += all.count - 1
      #expect(
        all.count - 1 <= sending[id] ?? 0, "\(id) came \(all.count) times: \(all)\n\(sending)\n\(stage.spool.log)")
      #expect(Set(all.map(\.text)).count == 1 && all.dropFirst().allSatisfy { $0.attempt > 1 }, "\(all)")
    }
    #expect(repeats <= kills)
    for folder in ["inbox", "deferred", "outbox", "errors/outbox", "processing/outbox", "errors/ipc/a", "errors/ipc/b"]
    {
      // One that was made again while the first lay taken: evidence, and acted on once.
      let names = stage.names(folder).filter { !$0.hasPrefix("left-") }
      #expect(names.isEmpty, "\(folder): \(names)")
    }
    let failures = Set(lines.compactMap(\.job)).count
    let answers = Set(lines.filter { $0.job == nil }.map(\.id)).count
    print(
      "conversation \(seed): \(post.dropped.count) messages, \(answers) answers, \(failures) told failures, \(kills) kills, \(repeats) repeats, \(stage.texts.count) runs"
    )
  }
}
