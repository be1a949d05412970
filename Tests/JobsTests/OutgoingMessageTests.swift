import Testing

@testable import Jobs

@Suite("Messages to the outside") struct OutgoingMessageTests {
  @Test("every key is read, and what is written reads as the same message")
  func everyKey() throws {
    let message = try OutgoingMessage.read(
      utf8(
        #"{"to": "ops:room:1", "text": "hi", "files": ["/a", "/b"], "id": "7", "replyTo": {"a": [1]}, "group": "g", "job": "j~2", "origin": "ipc", "x-mine": 1}"#
      ))
    #expect(message.channel.text == "ops" && message.address == "room:1" && message.to == "ops:room:1")
    #expect(message.text == "hi" && message.files == ["/a", "/b"] && message.id == "7")
    #expect(message.replyTo.map { string($0.bytes) } == #"{"a":[1]}"#)
    #expect(message.group?.text == "g" && message.job?.text == "j~2" && message.origin == "ipc")
    #expect(try OutgoingMessage.read(message.encode()) == message)
    let short = try OutgoingMessage.read(utf8(#"{"to": "ops", "text": "hi"}"#))
    #expect(short.address == nil && short.to == "ops")
    #expect(try OutgoingMessage.read(short.encode()) == short)
    #expect(try OutgoingMessage.read(utf8(#"{"to": "ops", "files": ["/a"]}"#)).text.isEmpty)
  }

  @Test(
    "what is not a message is refused with its place",
    arguments: [
      ("", .empty, nil), ("[]", .wrongType, nil), (#"{"text": "a"}"#, .missingKey, nil),
      (#"{"to": "ops"}"#, .missingKey, nil),
      (#"{"to": "ops", "text": ""}"#, .outOfRange, "text"), (#"{"to": "ops", "files": []}"#, .outOfRange, nil),
      (#"{"to": 1, "text": "a"}"#, .wrongType, "to"), (#"{"to": "", "text": "a"}"#, .badName, "to"),
      (#"{"to": "a b:c", "text": "a"}"#, .badName, "to"), (#"{"to": "../x:c", "text": "a"}"#, .badName, "to"),
      (#"{"to": "ops:", "text": "a"}"#, .outOfRange, "to"), (#"{"to": "ops:a\nb", "text": "a"}"#, .badValue, "to"),
      (#"{"to": "ops:a\u2028b", "text": "a"}"#, .badValue, "to"),
      (#"{"to": "ops", "text": 1}"#, .wrongType, "text"), (#"{"to": "ops", "text": "a\u0000"}"#, .badJSON, nil),
      (#"{"to": "ops", "files": ["a"]}"#, .badValue, "files[0]"),
      (#"{"to": "ops", "files": "/a"}"#, .wrongType, "files"),
      (#"{"to": "ops", "text": "a", "id": ""}"#, .outOfRange, "id"),
      (#"{"to": "ops", "text": "a", "id": "a\r\nX: y"}"#, .badValue, "id"),
      (#"{"to": "ops", "text": "a", "replyTo": "x"}"#, .wrongType, "replyTo"),
      (#"{"to": "ops", "text": "a", "origin": "me"}"#, .badValue, "origin"),
      (#"{"to": "ops", "text": "a", "group": "a b"}"#, .badName, "group"),
      (#"{"to": "ops", "txt": "a"}"#, .unknownKey, "txt"),
      (#"{"to": "ops", "text": "a", "to": "b"}"#, .duplicateKey, "to"),
    ] as [(String, RefusalCode, String?)])
  func refuses(_ text: String, _ code: RefusalCode, _ key: String?) {
    let refusal = refusal { () throws(Refusal) in try OutgoingMessage.read(utf8(text)) }
    #expect(refusal?.code == code, "\(refusal?.reason ?? "it is read")")
    #expect(refusal?.key == key && refusal?.line == 1)
  }

  @Test("limits hold: addresses, ids, files")
  func limits() throws {
    let address = String(repeating: "a", count: OutgoingMessage.longestAddress)
    #expect(try OutgoingMessage.read(utf8(#"{"to": "o:\#(address)", "text": "a"}"#)).address == address)
    let id = String(repeating: "i", count: OutgoingMessage.longestID + 1)
    let files = Array(repeating: #""/f""#, count: OutgoingMessage.mostFiles + 1).joined(separator: ",")
    for bad in [
      #"{"to": "o:\#(address)a", "text": "a"}"#, #"{"to": "o", "text": "a", "id": "\#(id)"}"#,
      #"{"to": "o", "files": [\#(files)]}"#,
    ] {
      #expect(refusal { () throws(Refusal) in try OutgoingMessage.read(utf8(bad)) }?.code == .outOfRange)
    }
  }

  @Test("an envelope is one line of JSON with what deliverers are promised")
  func envelope() throws {
    let message = try OutgoingMessage.read(
      utf8(#"{"to": "ops:x", "text": "a\nb", "replyTo": {"m": 1}, "group": "g", "job": "j"}"#))
    let line = string(MessageEnvelope(id: "i", attempt: 2, message: message).line())
    #expect(
      line
        == #"{"id":"i","attempt":2,"channel":"ops","to":"x","text":"a\nb","files":[],"group":"g","job":"j","replyTo":{"m":1}}"#
        + "\n")
  }

  @Test("a record reads as it was written, and one of another version as far as it is known")
  func record() throws {
    var record = MessageRecord(id: "i")
    record.status = .failed
    (record.code, record.reason, record.httpStatus, record.exitCode) = ("http-500", "why", 500, 0)
    (record.channel, record.to, record.droppedAs, record.files) = ("ops", "x", "y", "y.files")
    record.output = StreamText(head: utf8("no"), total: 2)
    record.submittedAt = Timestamp(seconds: 1)
    record.nextAttemptAt = Timestamp(seconds: 9)
    for number in 1...(MessageRecord.maxAttempts + 2) { record.append(Attempt(number: number, status: "failed")) }
    (record.attemptsUsed, record.notReady, record.interruptions) = (3, 2, 1)
    #expect(record.attempts.count == MessageRecord.maxAttempts && record.attempts.first?.number == 3)
    #expect(try MessageRecord.decode(record.encode()) == record)
    let retried = record.retriedByHand()
    #expect(retried.id == "i" && retried.attemptsUsed == 0 && retried.attemptsTotal == MessageRecord.maxAttempts + 2)
    // As the first version wrote it, with a key that nobody knows.
    let old = try MessageRecord.decode(
      utf8(#"{"id": "a", "status": "sending", "attempts": [{"number": 1, "status": "failed"}], "later": {}}"#))
    #expect(old.status == .sending && old.attemptsTotal == 1 && old.attemptsUsed == 0)
    for bad in [#"{"id": "a"}"#, #"{"status": "sending"}"#, #"{"id": "a", "status": "lost"}"#, #"{"id": "a", "st"#] {
      #expect(refusal { () throws(Refusal) in try MessageRecord.decode(utf8(bad)) } != nil)
    }
  }

  @Test(
    "an address of a mailbox is one, and nothing that could be read as more",
    arguments: [
      ("a@b", true), ("first.last+tag@example.co.uk", true), ("Ops Team <ops@example.com>", true), ("<a@b>", true),
      ("a", false), ("@b", false), ("a@", false), ("a@b@c", false), ("a@b,c@d", false), ("a@b c@d", false),
      ("a@b\nBcc: c@d", false), ("\"a b\"@c", false), ("-oQ/tmp@x", false), ("a..b@c", false), ("a@b..c", false),
      ("A <a@b>, B <c@d>", false), ("A\r\nBcc: x <a@b>", false), ("x:a@b;", false), ("(c) <a@b>", false),
      ("ä@b", false), ("|cmd@x y", false),
    ])
  func mailboxes(_ text: String, _ isGood: Bool) { #expect((MailAddress(text) != nil) == isGood) }
}
