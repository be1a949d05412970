import Jobs
import Platform
import TestSupport
import Testing

@testable import Runner

@Suite("Mail texts", .timeLimit(.minutes(60))) struct MailTextTests {
  private func mail(
    _ text: String, subject: String? = nil, to: String = "you@example.com", from: String = "Ops <ops@example.com>",
    attachments: [MailText.Attachment] = [], identity: String = "i", attempt: Int = 1
  ) throws -> MailText {
    var message = try OutgoingMessage(to: "mail:\(to)", text: text)
    if let subject {
      var json = JSONWriter(.compact)
      json.beginObject()
      json.member("subject", subject)
      json.endObject()
      message.replyTo = try CompactJSON.read(json.bytes)
    }
    return MailText(
      from: try #require(MailAddress(from)), to: try #require(MailAddress(to)),
      subject: MailText.subject(of: message), text: text, attachments: attachments, identity: identity,
      host: "h.example", attempt: attempt, date: Timestamp(seconds: 784_111_777))
  }

  private func text(_ mail: MailText) -> String { String(decoding: mail.bytes(), as: UTF8.self) }
  /// The names of the headers, in order.
  private func headers(_ mail: MailText) -> [String] {
    text(mail).split(separator: "\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
      .filter { !$0.hasPrefix(" ") }.map { String($0.prefix { $0 != ":" }) }
  }
  private static let usual = [
    "From", "To", "Subject", "Date", "Message-ID", "X-Bobbin-Attempt", "Auto-Submitted", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding",
  ]

  @Test("a plain message is a plain mail")
  func plain() throws {
    let mail = try mail("hello\nworld", attempt: 2)
    #expect(
      text(mail)
        == """
        From: Ops <ops@example.com>
        To: you@example.com
        Subject: hello
        Date: Sun, 06 Nov 1994 08:49:37 +0000
        Message-ID: <bobbin.\(SHA256.hex(SHA256.digest(Array("i".utf8))).prefix(40))@h.example>
        X-Bobbin-Attempt: 2
        Auto-Submitted: auto-generated
        MIME-Version: 1.0
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 7bit

        hello
        world

        """)
  }

  @Test("a repeat has the same Message-ID, another message another one")
  func identity() throws {
    func id(_ mail: MailText) -> Substring? { text(mail).split(separator: "\n").first { $0.hasPrefix("Message-ID") } }
    #expect(try id(mail("a")) == id(mail("b", attempt: 3)))
    #expect(try id(mail("a")) != id(mail("a", identity: "j")))
  }

  @Test(
    "nothing in a text or a subject makes another header",
    arguments: [
      "a\nBcc: x@example.com", "a\r\nBcc: x@example.com\r\n\r\nbody", "\n\nBcc: x@example.com", "a\rBcc: x@example.com",
      "a\u{85}Bcc: x", "a\u{2028}Bcc: x", "a\u{b}Bcc: x", " \tBcc: x@example.com", "=?UTF-8?Q?=0ABcc:_x?=",
      "Subject: x", String(repeating: "ä\n", count: 500), String(repeating: "x", count: 5000), "", "\n", "\u{feff}a",
    ])
  func injection(_ text: String) throws {
    for mail in [try mail(text), try mail("body", subject: text)] {
      #expect(headers(mail) == Self.usual)
      let lines = self.text(mail).split(separator: "\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
      #expect(lines.allSatisfy { $0.utf8.count <= 900 && $0.utf8.allSatisfy { (0x20..<0x7F).contains($0) } })
      #expect(!lines.contains { $0.hasPrefix("Bcc") })
    }
  }

  @Test("a subject is replyTo's, else the first line, cut; never empty")
  func subjects() throws {
    #expect(try mail("\n  first \nsecond").subject == "first")
    #expect(try mail("first", subject: "own").subject == "own")
    #expect(try mail("first", subject: " \n").subject == "first")
    #expect(try mail("").subject == "(no subject)")
    let long = try mail(String(repeating: "x", count: 5000)).subject
    #expect(long.utf8.count <= 300 && long.hasSuffix("…"))
  }

  @Test(
    "what is not plain is encoded so that others read it back as it was",
    .enabled(if: Need.python, "\(Need.pythonSays)"))
  func readBack() throws {
    let place = try TemporaryFolder()
    let subject = "Grüße – \"quoted\" 日本語 " + String(repeating: "é", count: 60)
    let body = "Zeile 1\n.\n日本語\n" + String(repeating: "x", count: 2000) + "\n"
    let attachments = [
      MailText.Attachment(name: "a \"b\"; ü\n.txt", bytes: Array(0...255)), MailText.Attachment(name: "e", bytes: []),
    ]
    let mail = try mail(body, subject: subject, from: "Jürgen O'Neil <j@example.com>", attachments: attachments)
    try place.write("mail", mail.bytes())
    let script = """
      import email, email.policy, json, sys
      m = email.message_from_bytes(open("\(place.path)/mail", "rb").read(), policy=email.policy.default)
      parts = list(m.iter_parts())
      print(json.dumps([m["subject"], str(m["from"]), m["to"], parts[0].get_content(),
          [[p.get_filename(), p.get_payload(decode=True).hex()] for p in parts[1:]], len(m.defects)]))
      """
    try place.write("read.py", script)
    let read = Command.shell("python3 '\(place.path)/read.py'")
    let node = try JSONReader.read(Array(read.output))
    guard case .array(let values) = node.value, values.count == 6 else {
      Issue.record("\(read.text)")
      return
    }
    #expect(values[0].value == .string(subject))
    #expect(values[1].value == .string("Jürgen O'Neil <j@example.com>"))
    #expect(values[3].value == .string(body))
    let all = (0...255).map { SHA256.hex([UInt8($0)]) }.joined()
    #expect(
      CompactJSON(values[4]).bytes
        == Array(#"[["a \"b\"; ü\n.txt","\#(all)"],["e",""]]"#.utf8), "\(read.text)")
    #expect(values[5].value == .number("0"))
  }
}
