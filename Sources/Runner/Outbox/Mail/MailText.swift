import Jobs

/// A mail as sendmail(8) takes it: headers and body, lines ended by `\n`. Pure: the same message gives the same bytes, so a
/// repeat is known by its `Message-ID`.
///
/// No text of a message reaches a header as it is: addresses have only the letters that `MailAddress` lets through, all else
/// is cut at the first line and encoded where it is not plain ASCII (RFC 2047, RFC 2231).
struct MailText {
  struct Attachment: Equatable {
    let name: String
    let bytes: [UInt8]
  }

  let from: MailAddress
  let to: MailAddress
  let subject: String
  let text: String
  let attachments: [Attachment]
  /// What names the message among all: the id, whose it is, when it came.
  let identity: String
  /// What stands behind the `@` of the `Message-ID`.
  let host: String
  let attempt: Int
  let date: Timestamp

  /// The longest line of a body that is sent as it is (RFC 5322, 2.1.1, with room).
  private static let longestLine = 900

  /// The subject of a message: `replyTo.subject`, else the first line of its text.
  static func subject(of message: OutgoingMessage) -> String {
    if case .string(let text)? = message.replyTo?.node.member("subject")?.value, !MailWords.line(text).isEmpty {
      return MailWords.line(text)
    }
    let line = MailWords.line(message.text)
    return line.isEmpty ? "(no subject)" : line
  }

  func bytes() -> [UInt8] {
    let digest = SHA256.hex(SHA256.digest(Array(identity.utf8)))
    var out = ""
    out += "From: \(Self.mailbox(from))\n"
    out += "To: \(Self.mailbox(to))\n"
    out += "Subject: \(MailWords.encoded(subject))\n"
    out += "Date: \(Self.text(of: date))\n"
    out += "Message-ID: <bobbin.\(digest.prefix(40))@\(host)>\n"
    out += "X-Bobbin-Attempt: \(attempt)\n"
    // No answers by machines to machines (RFC 3834).
    out += "Auto-Submitted: auto-generated\n"
    out += "MIME-Version: 1.0\n"
    guard !attachments.isEmpty else { return Array(out.utf8) + part(of: text) }
    // Nobody can write a text that contains the digest of what it is part of.
    let boundary = "bobbin-" + SHA256.hex(SHA256.digest(Array((digest + text).utf8))).prefix(40)
    out += "Content-Type: multipart/mixed; boundary=\"\(boundary)\"\n\n--\(boundary)\n"
    var bytes = Array(out.utf8) + part(of: text)
    for attachment in attachments {
      bytes += Array("\n--\(boundary)\n".utf8)
      bytes += Array("Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n".utf8)
      bytes += Array(
        "Content-Disposition: attachment; filename*=UTF-8''\(MailWords.percent(attachment.name))\n\n".utf8)
      bytes += Base64.lines(attachment.bytes)
    }
    return bytes + Array("\n--\(boundary)--\n".utf8)
  }

  /// The headers and the content of the text: plain where every mail program takes it so, else in base64.
  private func part(of text: String) -> [UInt8] {
    var body = Array(text.utf8)
    let isPlain =
      body.allSatisfy { (0x20..<0x7F).contains($0) || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\t") }
      && body.split(separator: UInt8(ascii: "\n")).allSatisfy { $0.count <= Self.longestLine }
    if body.last != UInt8(ascii: "\n") { body.append(UInt8(ascii: "\n")) }
    let head = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: \(isPlain ? "7bit" : "base64")\n\n"
    return Array(head.utf8) + (isPlain ? body : Base64.lines(body))
  }

  private static func mailbox(_ address: MailAddress) -> String {
    address.name.map { "\(MailWords.phrase($0)) <\(address.address)>" } ?? address.address
  }

  /// RFC 5322, 3.3, in UTC.
  private static func text(of time: Timestamp) -> String {
    let seconds = time.secondsText().utf8.map { $0 }
    func part(_ range: Range<Int>) -> String { String(decoding: seconds[range], as: UTF8.self) }
    let day = Calendar.day(
      year: Int64(part(0..<4)) ?? 1970, month: Int64(part(5..<7)) ?? 1, day: Int64(part(8..<10)) ?? 1)
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int((day % 7 + 7) % 7)]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let month = months[((Int(part(5..<7)) ?? 1) - 1) % 12]
    return "\(weekday), \(part(8..<10)) \(month) \(part(0..<4)) \(part(11..<19)) +0000"
  }
}
