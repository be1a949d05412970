import Jobs
import Platform
import Runtimes
import Testing

@testable import Runner

@Suite("Rules of deliveries") struct DeliveryRuleTests {
  private func record(used: Int = 0, notReady: Int = 0) -> MessageRecord {
    var record = MessageRecord(id: "i")
    (record.attemptsUsed, record.notReady) = (used, notReady)
    return record
  }

  private func decide(
    _ outcome: DeliveryOutcome, _ record: MessageRecord, _ policy: RetryPolicy = RetryPolicy(attempts: 5)
  ) -> DeliveryRule.Decision {
    DeliveryRule.decide(after: outcome, record: record, policy: policy, random: 0.5)
  }

  @Test("a failure is tried again with growing waits until the attempts are used up")
  func failures() {
    #expect(decide(.delivered, record()) == .deliver && decide(.final, record()) == .fail)
    for (used, seconds) in [(0, 5), (1, 10), (2, 20), (3, 40)] {
      #expect(decide(.again(after: nil), record(used: used)) == .wait(.seconds(seconds), counted: true))
    }
    #expect(decide(.again(after: nil), record(used: 4)) == .fail)
    #expect(decide(.again(after: nil), record(), RetryPolicy(attempts: 1)) == .fail)
  }

  @Test("who says when to come again is heard, within a day")
  func asked() {
    #expect(decide(.again(after: .seconds(3)), record()) == .wait(.seconds(3), counted: true))
    #expect(decide(.again(after: .seconds(1_000_000)), record()) == .wait(.seconds(86_400), counted: true))
    #expect(decide(.again(after: .seconds(3)), record(used: 4)) == .fail)
  }

  @Test("what is not the message's fault uses nothing up and is never given up")
  func notReady() {
    #expect(decide(.stopped, record(used: 4)) == .wait(.zero, counted: false))
    for (times, seconds) in [(0, 1), (1, 2), (2, 4), (20, 60)] {
      #expect(decide(.notReady, record(used: 4, notReady: times)) == .wait(.seconds(seconds), counted: false))
    }
    var interrupted = record()
    interrupted.interruptions = 1
    #expect(DeliveryRule.delay(afterInterruptionOf: interrupted, random: 0.5) == .zero)
    interrupted.interruptions = 3
    #expect(DeliveryRule.delay(afterInterruptionOf: interrupted, random: 0.5) == .seconds(10))
  }

  @Test("exit codes of commands and of sendmail mean what they say")
  func exits() {
    let again = DeliveryOutcome.again(after: nil)
    let commands: [(ProcessEnd.Cause, DeliveryOutcome)] = [
      (.exited(0), .delivered), (.exited(75), .again(after: .seconds(7))), (.exited(65), .final), (.exited(1), again),
      (.exited(127), again), (.signalled(9), again),
    ]
    for (cause, outcome) in commands {
      #expect(CommandDeliverer.report(cause, retryAfter: .seconds(7)).outcome == outcome)
    }
    for code: Int32 in [64, 65, 66, 67, 68] { #expect(MailDeliverer.report(.exited(code)).outcome == .final) }
    for code: Int32 in [1, 69, 70, 71, 73, 74, 75, 77, 78] {
      #expect(MailDeliverer.report(.exited(code)).outcome == again)
    }
  }

  @Test("statuses of HTTP mean what they say; only 429 and 503 say when")
  func statuses() {
    func outcome(_ status: Int) -> DeliveryOutcome? {
      let text = "HTTP/1.1 \(status) x\r\nRetry-After: 9\r\n\r\nbody"
      return HTTPAnswer(Array(text.utf8)).map { WebHookDeliverer.report($0, now: Timestamp(seconds: 0)).outcome }
    }
    for status in [200, 201, 202, 204, 299] { #expect(outcome(status) == .delivered) }
    for status in [429, 503] { #expect(outcome(status) == .again(after: .seconds(9))) }
    for status in [408, 425, 500, 502, 504, 599] { #expect(outcome(status) == .again(after: nil)) }
    for status in [300, 301, 302, 307, 308, 400, 401, 403, 404, 410, 413, 422, 451, 600] {
      #expect(outcome(status) == .final)
    }
  }

  @Test("of several blocks of headers the last counts, and half an answer is none")
  func answers() {
    func read(_ text: String) -> HTTPAnswer? { HTTPAnswer(Array(text.utf8)) }
    let answer = read("HTTP/1.1 100 Continue\r\n\r\nHTTP/2 429 \r\nretry-after:  7 \r\nX: y\r\n\r\nno\r\n\r\nmore")
    #expect(answer?.status == 429 && answer?.retryAfter == "7")
    #expect(answer.map { String(decoding: $0.body, as: UTF8.self) } == "no\r\n\r\nmore")
    #expect(read("HTTP/1.0 200 OK\n\nx")?.body == Array("x".utf8))
    #expect(read("HTTP/1.1 200 OK\r\n\r\n")?.status == 200)
    for text in [
      "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "<html>\n\n",
      "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1\r\n\r\n", "\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
    ] {
      #expect(read(text) == nil, "\(text)")
    }
  }

  @Test("curl is told everything in its configuration, quoted so that a value cannot become an option")
  func config() throws {
    let url = try #require(WebAddress("http://127.0.0.1:1/x"))
    let config = CurlConfig(url: url, headers: [("A", #"b"\ output = /tmp/x"#)], body: 7, timeout: "1.500")
    let lines = String(decoding: config.text, as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(lines.contains(#"header = "A: b\"\\ output = /tmp/x""#))
    #expect(lines.contains(#"proto = "=http""#) && lines.contains(#"max-redirs = "0""#))
    #expect(lines.contains(#"url = "http://127.0.0.1:1/x""#) && lines.contains(#"max-time = "1.500""#))
    #expect(lines.contains(#"data-binary = "@/dev/fd/7""#))
    #expect(!lines.contains { $0 == "location" || $0.hasPrefix("location ") })
  }

  @Test("a channel's file is named for the address where that is a plain name")
  func fileNames() {
    for (address, name) in [
      ("room", "room.jsonl"), ("a b.c", "a b.c.jsonl"), ("日", "日.jsonl"), (nil, FileDeliverer.common),
      ("../x", FileDeliverer.common), ("a/b", FileDeliverer.common), (".hidden", FileDeliverer.common),
      ("-x", FileDeliverer.common), ("..", FileDeliverer.common),
      (String(repeating: "a", count: 201), FileDeliverer.common),
    ] as [(String?, String)] {
      #expect(FileDeliverer.name(for: address) == name)
    }
  }

  @Test("of what was said head and tail are kept, and no secret is left at a cut")
  func output() {
    let secret = Secret(name: "TOKEN", value: "s3cr3t-value")
    // At every place around the ends of what is kept.
    for count in stride(from: 2000, to: 2100, by: 7) {
      let text =
        String(repeating: "a", count: count) + secret.value + String(repeating: "b", count: 9000 - count)
        + secret.value + String(repeating: "c", count: count)
      let shown = BoundedOutput.text(Array(text.utf8), Redactor([secret]))
      #expect(shown?.truncated == true && (shown?.text.utf8.count ?? 0) <= BoundedOutput.limit)
      #expect(shown.map { !$0.text.contains("s3cr3") && !$0.text.contains("-value") } == true)
    }
    #expect(BoundedOutput.text([], nil) == nil)
    #expect(BoundedOutput.text(Array("short".utf8), nil)?.text == "short")
  }
}
