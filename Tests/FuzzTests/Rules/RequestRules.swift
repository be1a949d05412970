import TestSupport

@testable import Jobs
@testable import Runner

/// What containers ask for, and messages in both directions.
enum RequestRules {
  static let all =
    Request.Kind.allCases.map { kind in
      FuzzRule("request-\(kind.rawValue)", upTo: 4096) { (bytes) throws(Broken) in try request(bytes, kind) }
    } + [
      FuzzRule("said-message", upTo: 2048, saidMessage), FuzzRule("told-messages", upTo: 2048, toldMessages),
      FuzzRule("outgoing-message", upTo: 2048, outgoingMessage), FuzzRule("mail", upTo: 1024, mail),
    ]

  private static func zoneProblem(_ name: String) -> String? { TestZones.read(name) == nil ? "there is none" : nil }

  /// What the gate lets through are files that the host can read, of the asker's group, with its mark on them.
  private static func request(_ bytes: [UInt8], _ kind: Request.Kind) throws(Broken) {
    let request = try read(bytes) { (bytes) throws(Refusal) in
      try Request.read(bytes, kind: kind, zoneProblem: zoneProblem)
    }
    guard let request, let asker = try? GroupName(validating: "g") else { return }
    let gate = RequestGate(asker: asker, spool: Settings()) { _ in GroupSettings() }
    guard let effects = try? gate.admit(request, id: request.id ?? "r") else { return }
    for effect in effects {
      switch effect {
      case .job(_, let bytes, _):
        let job = try reread(bytes, as: "the job of a request", Job.read)
        try hold(job.origin == "ipc" && job.group == asker, "a request's job is not its group's: \(text(bytes))")
      case .task(_, let bytes, _):
        let task = try reread(bytes, as: "the task of a request") { (bytes) throws(Refusal) in
          try ScheduledTask.read(bytes, zoneProblem: zoneProblem)
        }
        let job = try reread(task.occurrence(of: "g.t", at: nil), as: "a job of that task", Job.read)
        try hold(job.origin == "ipc" && job.group == asker, "a request's task is not its group's: \(text(bytes))")
      default: break
      }
    }
    _ = try reread(RequestAnswer.done("r", effects), as: "an answer") { (bytes) throws(Refusal) in
      try JSONReader.read(bytes)
    }
  }

  private static func saidMessage(_ bytes: [UInt8]) throws(Broken) {
    guard let group = try? GroupName(validating: "g") else { return }
    let message = try read(bytes) { (bytes) throws(Refusal) in
      try IncomingMessage.read(
        saidTo: group, bytes, named: "name", routes: [Route(channel: "c", chat: nil, group: group)])
    }
    guard let message else { return }
    try hold(message.id != nil, "a message without an id")
    var work = Job(run: .shell("true"))
    work.message = message
    let job = try reread(work.encode(), as: "the job of a message that was said", Job.read)
    try hold(job.message == message, "its job has another message")
    // It is kept, and read again, until it is answered.
    let told = [ToldMessage(message, inRun: 1)]
    let again = try reread(ToldMessage.encode(told), as: "a message that was said", ToldMessage.readAll)
    // How often it was told is the record's to say then, no longer the message's.
    let isSame = again.count == 1 && again[0].message.isSame(as: message) && again[0].attempt == told[0].attempt
    try hold(isSame, "it is written as another message")
  }

  private static func toldMessages(_ bytes: [UInt8]) throws(Broken) {
    guard let messages = try read(bytes, ToldMessage.readAll) else { return }
    let again = try reread(ToldMessage.encode(messages), as: "messages that were told", ToldMessage.readAll)
    try hold(again == messages, "they are written as others")
  }

  private static func outgoingMessage(_ bytes: [UInt8]) throws(Broken) {
    guard let message = try read(bytes, OutgoingMessage.read) else { return }
    let again = try reread(message.encode(), as: "an encoded message", OutgoingMessage.read)
    try hold(again == message, "it is written as another message")
    let line = MessageEnvelope(id: "i", attempt: 1, message: message).line()
    try hold(line.count { $0 == 0x0A } == 1 && line.last == 0x0A, "its envelope is not one line")
    try hold(!MailText.subject(of: message).unicodeScalars.contains { $0.value < 0x20 }, "control characters")
  }

  /// Sender, recipient, subject and text. Nothing of them becomes a header of its own.
  private static func mail(_ bytes: [UInt8]) throws(Broken) {
    let parts = parts(bytes, 4).map { text($0) }
    // No file has a longer name.
    guard let from = MailAddress(parts[0]), let to = MailAddress(parts[1]), parts[2].utf8.count <= 255 else { return }
    let mail = MailText(
      from: from, to: to, subject: MailWords.line(parts[2]), text: parts[3],
      attachments: [MailText.Attachment(name: parts[2], bytes: bytes)], identity: parts[3], host: "h", attempt: 1,
      date: Timestamp(seconds: Int64(bytes.count) << 20))
    let lines = text(mail.bytes()).utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
    let expected = [
      "From:", "To:", "Subject:", "Date:", "Message-ID:", "X-Bobbin-Attempt:", "Auto-Submitted:", "MIME-Version:",
      "Content-Type:",
    ]
    let headers = lines.prefix { !$0.isEmpty }.filter { $0.first != 0x20 }
    try hold(headers.count == expected.count, "\(headers.count) headers: \(text(mail.bytes()))")
    for (header, name) in zip(headers, expected) { try hold(header.starts(with: name.utf8), "\(name) is missing") }
    for line in lines {
      try hold(line.count <= 998, "a line of \(line.count) bytes")  // RFC 5322, 2.1.1
      try hold(line.allSatisfy { (0x20..<0x7F).contains($0) || $0 == 0x09 }, "a line that is not plain: \(text(line))")
    }
  }
}
