import Jobs
import Platform
import Spool
import TestSupport
import Testing

@Suite("Channels that are files or mail", .timeLimit(.minutes(60))) struct FileAndMailTests {
  // MARK: files

  private func fileStage() throws -> OutboxStage {
    let stage = try OutboxStage(["out": #"{"file": {"folder": "HERE/out"}, "retry": 1}"#])
    stage.spool.shell("mkdir -m 700 '\(stage.path)/out'")
    return stage
  }

  @Test("each message is a line of the file of its address")
  func lines() throws {
    let stage = try fileStage()
    try stage.drop("m1", "out:room", "one")
    try stage.drop("m2", "out:room", "two")
    try stage.drop("m3", "out", "three")
    try stage.drop("m4", "out:../escape", "four")
    try stage.spool.drain()
    #expect(try stage.got("out/room.jsonl").map(\.text) == ["one", "two"])
    #expect(try stage.got("out/messages.jsonl").map(\.text) == ["three", "four"])
    #expect(try stage.spool.place.text("out/room.jsonl").contains(#""at":"20"#))
    #expect(stage.spool.shell("ls '\(stage.path)/out'").text == "messages.jsonl\nroom.jsonl\n")
  }

  @Test("a line that was cut short does not spoil the next one")
  func cut() throws {
    let stage = try fileStage()
    stage.spool.shell(#"printf '{"id":"torn","at' > '\#(stage.path)/out/room.jsonl'"#)
    try stage.drop("m1", "out:room", "whole")
    try stage.spool.drain()
    let lines = try stage.spool.place.text("out/room.jsonl").split(separator: "\n")
    #expect(lines.count == 2 && lines[0] == #"{"id":"torn","at"#)
    #expect(try JSONReader.read(Array(lines[1].utf8)).member("text")?.value == .string("whole"))
  }

  @Test("nothing is written through a link, to a pipe or a folder, and what is missing fails", arguments: [0, 1, 2, 3])
  func links(kind: Int) throws {
    let stage = try fileStage()
    try stage.spool.place.write("target", "old")
    let make = [
      "ln -s ../target room.jsonl", "mkfifo room.jsonl", "mkdir room.jsonl", "cd .. && mv out gone",
    ][kind]
    stage.spool.shell("cd '\(stage.path)/out' && \(make)")
    try stage.drop("m1", "out:room")
    try stage.spool.drain()
    let result = try stage.result("m1")
    #expect(result.status == .failed && result.code == "file-unusable")
    #expect(try stage.spool.place.text("target") == "old")
  }

  // MARK: mail

  /// - Parameter code: the exit code of sendmail.
  private func mailStage(_ code: String = "0", _ more: String = #", "retry": {"attempts": 2, "delay": "10ms"}"#) throws
    -> OutboxStage
  {
    let stage = try OutboxStage([:])
    stage.spool.shell("mkdir '\(stage.path)/bin'")
    let script = """
      #!/bin/sh
      printf '%s\\n' "$@" > '\(stage.path)/arguments'
      cat >> '\(stage.path)/mails'; echo said >&2; exit \(code)

      """
    try Folder(path: stage.path + "/bin").create("sendmail", mode: 0o755).write(Array(script.utf8))
    stage.spool.shell("chmod 755 '\(stage.path)/bin/sendmail'")
    try stage.set([
      "mail": #"{"mail": {"from": "Ops <ops@example.com>"}, "env": {"PATH": "HERE/bin:/usr/bin:/bin"}\#(more)}"#
    ])
    return stage
  }

  @Test("a mail goes to sendmail with its recipient in a header, and nothing of the message in an argument")
  func mailed() throws {
    let stage = try mailStage()
    try stage.spool.place.write("report.txt", "numbers")
    try stage.drop(
      "x", "mail:you@example.com", #"Hello\nBcc: other@example.com\n.\nend"#,
      #", "files": ["\#(stage.path)/report.txt"]"#)
    try stage.spool.drain()
    #expect(try stage.result("x").status == .delivered)
    #expect(try stage.spool.place.text("arguments") == "-i\n-t\n")
    let mail = try stage.spool.place.text("mails")
    let head = mail.split(separator: "\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
    #expect(
      head.contains("To: you@example.com") && head.contains("Subject: Hello") && !head.contains { $0.hasPrefix("Bcc") })
    #expect(mail.contains("filename*=UTF-8''report.txt") && mail.contains("bnVtYmVycw=="))
  }

  @Test("a repeat is known by its Message-ID, and another message of the name by another")
  func repeated() throws {
    let stage = try mailStage("75")
    try stage.drop("x", "mail:you@example.com")
    try stage.spool.drain()
    let result = try stage.result("x")
    #expect(result.code == "later" && result.attemptsTotal == 2 && result.output?.text == "said\n")
    stage.spool.shell("rm errors/outbox/*")
    try stage.drop("x", "mail:you@example.com")
    try stage.spool.drain()
    let ids = try stage.spool.place.text("mails").split(separator: "\n").filter { $0.hasPrefix("Message-ID: ") }
    #expect(ids.count == 4 && ids[0] == ids[1] && ids[2] == ids[3] && ids[0] != ids[2])
  }

  @Test(
    "what is not one plain address is never handed to sendmail",
    arguments: [
      ("mail", "no-address"), ("mail:you", "bad-address"), ("mail:a@b.c, d@e.f", "bad-address"),
      ("mail:-oQ/tmp@x.y", "bad-address"), ("mail:a@b.c\u{a0}Bcc: d@e.f", "bad-address"),
    ])
  func addresses(to: String, code: String) throws {
    let stage = try mailStage()
    try stage.drop("x", to)
    try stage.spool.drain()
    let result = try stage.result("x")
    #expect(result.status == .failed && result.code == code && result.attemptsTotal == 1)
    #expect(try !stage.spool.place.folder.has("mails"))
  }

  @Test("codes of sendmail that are for good are, others are tried again", arguments: [("67", 1), ("69", 2)])
  func codes(code: String, attempts: Int) throws {
    let stage = try mailStage(code)
    try stage.drop("x", "mail:you@example.com")
    try stage.spool.drain()
    let result = try stage.result("x")
    #expect(result.code == "exit" && result.attemptsTotal == attempts && result.exitCode == Int(code))
  }

  @Test("more files than can be mailed are refused")
  func tooBig() throws {
    let stage = try mailStage()
    stage.spool.shell("head -c 11000000 /dev/zero > '\(stage.path)/big'")
    try stage.drop("x", "mail:you@example.com", "hi", #", "files": ["\#(stage.path)/big"]"#)
    try stage.spool.drain()
    #expect(try stage.result("x").code == "too-big" && !stage.spool.place.folder.has("mails"))
  }
}
