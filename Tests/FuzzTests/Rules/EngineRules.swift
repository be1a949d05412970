import Jobs
import Platform

@testable import Runner
@testable import Runtimes

/// What programs say that Bobbin runs: container engines, curl, the first process of a sandbox.
enum EngineRules {
  static let all = [
    FuzzRule("engine-output", upTo: 1024, engine), FuzzRule("http-answer", upTo: 1024, answer),
    FuzzRule("init-report", upTo: 256, report),
  ]

  private static func engine(_ bytes: [UInt8]) throws(Broken) {
    let output = text(bytes)
    for kind in RuntimeChoice.engines {
      for line in output.split(separator: "\n") {
        guard let container = EngineContainer(line: line, of: kind) else { continue }
        try hold(container.id.count <= 12, "the id \(container.id)")
        try hold(container.job?.text.isEmpty != true && container.group?.isEmpty != true, "an empty label")
      }
      _ = Engine(kind: kind, program: "/p", version: "1").failure(words: output, cause: .exited(125))
    }
    if let image = EngineImages.read(output) {
      try hold(image.digest.contains(":"), "the digest \(image.digest)")
      try hold(image.volumes == image.volumes.sorted(), "volumes without order")
    }
    if let path = ImageList.read(output) {
      try hold(path.hasPrefix("/") && path.hasSuffix("-images/images.json"), "the path \(path)")
    }
  }

  private static func answer(_ bytes: [UInt8]) throws(Broken) {
    guard let answer = HTTPAnswer(bytes) else { return }
    try hold((200...999).contains(answer.status), "the status \(answer.status)")
    try hold(bytes.suffix(answer.body.count).elementsEqual(answer.body), "a body that nobody sent")
    try hold(answer.body.count < bytes.count, "an answer without a head")
    // It is read while it comes in: more of it changes nothing but the body.
    let more = HTTPAnswer(bytes + [0x0A, 0x0A])
    try hold(more?.status == answer.status && more?.retryAfter == answer.retryAfter, "its body changes its head")
  }

  private static func report(_ bytes: [UInt8]) throws(Broken) {
    let report = InitReport(bytes)
    try hold(report == InitReport(bytes), "it is read differently the second time")
    if let failure = report.failure { try hold(!failure.cause.description.isEmpty, "a failure without a sentence") }
    if case .signalled(let number)? = report.cause { try hold((1...127).contains(number), "the signal \(number)") }
    // The same words, as a box hears them one after the other.
    var life = BoxLife(isKept: bytes.count % 2 == 0)
    _ = life.connected()
    _ = life.sent(mounts: 1)
    let expected = BoxPlace(device: 1, inode: 2)
    for start in stride(from: 0, through: bytes.count - 32, by: 32) {
      let numbers = (0..<4).map { index in
        bytes[start + index * 8..<start + index * 8 + 8].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
      }
      let action = life.heard(BoxLife.Word(numbers), expected: [expected])
      try hold(action != .sendGo || numbers == [4, 0, 1, 2], "it may go although \(numbers) is mounted")
    }
  }
}
