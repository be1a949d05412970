import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// What a sandboxed job is promised, seen from outside.
@Suite(
  .timeLimit(.minutes(60)), .enabled(if: Need.sandbox, "\(Need.sandboxSays)"),
  .enabled(if: Need.root, "\(Need.rootSays)")) struct SandboxTests
{
  @Test("a sandboxed job runs, its value, files, streams and exit come back as a process's do")
  func whole() throws {
    let spool = try TestSpool()
    try spool.drop("first", #"{"run": "echo '{\"n\": 1}' > $BOBBIN_RESULT", "runtime": "sandbox"}"#)
    try spool.drop(
      "x",
      #"{"run": "cat $BOBBIN_AFTER; cat; pwd; id -un; echo oops >&2; mkdir d; echo f > d/f; exit 3", "runtime": "sandbox", "after": "first", "stdin": "typed\n"}"#
    )
    try spool.drop("y", #"{"run": "kill -SEGV $$", "runtime": "sandbox"}"#)
    try spool.drain()
    #expect(try spool.result("first").outcome?.value?.node.member("n") != nil)
    let result = try spool.result("x")
    let text = try #require(result.stdout?.text)
    #expect(text.contains("\"first\"") && text.hasSuffix("typed\n/bobbin/job\njob\n"))
    #expect(result.stderr?.text == "oops\n" && result.outcome?.exitCode == 3 && result.runtime == "sandbox")
    #expect(try spool.text("errors/x.files/d/f") == "f\n")
    #expect((result.cpuSeconds ?? .zero) > .zero && (result.maxMemoryBytes ?? 0) > 0)
    #expect(try spool.result("y").outcome?.signal == "SIGSEGV")
  }

  @Test("a sandboxed job opens its streams by their names in /dev and /proc")
  func streamsByName() throws {
    let spool = try TestSpool()
    try spool.drop(
      "x",
      #"{"run": "echo a > /dev/stderr && echo b > /dev/stdout && echo c | tee /dev/stderr && echo d > /proc/self/fd/1", "runtime": "sandbox"}"#
    )
    try spool.drain()
    let result = try spool.result("x")
    #expect(result.isSuccess && result.stdout?.text == "b\nc\nd\n" && result.stderr?.text == "a\nc\n")
  }

  @Test("nothing of one sandboxed job is there for the next one in the same folder")
  func reuse() throws {
    let spool = try TestSpool(["slots": "1"])
    for n in 1...3 {
      try spool.drop(
        "x\(n)",
        #"{"run": "ls -A . /tmp /dev/shm /bobbin/out; stat -c %a . /bobbin/out; touch /tmp/t /dev/shm/s /bobbin/out/o; chmod 777 . /bobbin/out", "runtime": "sandbox", "priority": \#(10 - n)}"#
      )
    }
    try spool.drain()
    let texts = try (1...3).map { try spool.result("x\($0)").stdout?.text }
    #expect(texts[0] == texts[1] && texts[1] == texts[2])
    #expect(texts[0]?.hasSuffix("700\n700\n") == true)
  }

  @Test("a sandboxed job that had ended keeps its result when the runner is told twice to end")
  func endedBefore() throws {
    let spool = try TestSpool()
    // What it leaves learns of its end by SIGTERM, and stays.
    try spool.drop(
      "x",
      #"{"run": "(trap 'touch told' TERM; touch ready; while :; do sleep 0.02; done) & until test -e ready; do :; done; exit 3", "runtime": "sandbox"}"#
    )
    let runner = try spool.start()
    #expect(eventually { spool.shell("find . -name told | grep -q .").isSuccess })
    runner.signal(15)
    runner.signal(15)
    #expect(runner.end() == .exited(0))
    let result = try spool.result("x")
    #expect(result.outcome?.exitCode == 3 && result.attemptsTotal == 1 && result.attemptsUsed == 1)
  }

  @Test("a plain process never gets a folder that a sandbox had")
  func kinds() throws {
    let spool = try TestSpool(["slots": "1"])
    try spool.drop("a", #"{"run": "true", "runtime": "sandbox", "priority": 3}"#)
    try spool.drop("b", #"{"run": "stat -c %u .", "priority": 2}"#)
    try spool.drop("c", #"{"run": "stat -c %U .", "runtime": "sandbox", "priority": 1}"#)
    try spool.drain()
    #expect(try spool.result("b").stdout?.text == "\(Machine.user)\n")
    #expect(try spool.result("c").stdout?.text == "job\n")
  }

  @Test("what a sandbox cannot have is refused, and what stops it says so")
  func refusals() throws {
    let spool = try TestSpool()
    try spool.drop("a", #"{"run": "true", "runtime": "sandbox", "directory": "/tmp"}"#)
    try spool.drop("b", #"{"run": "true", "runtime": "sandbox", "stdinFile": "/etc/hosts"}"#)
    try spool.drop("c", #"{"run": "true", "runtime": "process", "network": "none"}"#)
    try spool.drop("d", #"{"run": ["no-such-program"], "runtime": "sandbox"}"#)
    try spool.drop("e", #"{"run": ["/etc/passwd"], "runtime": "sandbox"}"#)
    try spool.drain()
    for id in ["a", "b", "c"] { #expect(try spool.result(id).code == "conflicting-keys") }
    #expect(try spool.result("d").code == "not-found" && spool.result("d").outcome?.exitCode == 127)
    #expect(try spool.result("e").code == "not-executable" && spool.result("e").outcome?.exitCode == 126)
  }

  @Test("a machine without bwrap fails such a job for good, naming the package; other jobs run")
  func missing() throws {
    let spool = try TestSpool()
    try spool.drop("x", #"{"run": "true", "runtime": "sandbox", "retry": 3}"#)
    try spool.drop("y", #"{"run": ["/bin/echo", "ok"]}"#)
    let runner = try RunnerProcess(
      BobbinProgram.program(
        BobbinProgram.runner(spool.path, drain: true), environment: ["BOBBIN_BWRAP=/nowhere/bwrap"]),
      output: spool.place.path + "/out")
    runner.end()
    let result = try spool.result("x")
    #expect(result.code == "runtime-missing" && result.attempts.count == 1)
    #expect(result.outcome?.reason?.contains("bubblewrap") == true)
    #expect(try spool.result("y").isSuccess)
  }

  @Test("a bwrap that does not do it puts the job off without counting, with its words, and is asked again")
  func unavailable() throws {
    let spool = try TestSpool()
    // Not below /tmp, which a bwrap under another user does not see.
    let place = "/opt/bobbin-test-\(UInt64.random(in: 0 ... .max))"
    let bwrap = place + "/bwrap"
    defer { Command.shell("rm -rf '\(place)'") }
    let fake = #"#!/bin/sh\necho bwrap: no way >&2\nexit 1\n"#
    Command.shell("mkdir -m 755 '\(place)' && printf '\(fake)' > '\(bwrap)' && chmod 755 '\(bwrap)'")
    try spool.drop("x", #"{"run": "echo ok", "runtime": "sandbox"}"#)
    let runner = try spool.start(environment: ["BOBBIN_BWRAP=\(bwrap)"])
    #expect(eventually { spool.has("deferred/x.run.json") })
    let record = try spool.record(.deferred, "x")
    guard case .deferred(let deferral) = record.state else {
      Issue.record("\(record.state)")
      return
    }
    #expect(deferral.code == "runtime-unavailable" && deferral.reason?.contains("no way") == true)
    #expect(record.attemptsUsed == 0)
    Command.shell("ln -sf $(command -v bwrap) '\(bwrap)'")
    #expect(try spool.ended("x").stdout?.text == "ok\n")
    runner.kill()
  }

  @Test("with the host's network a sandbox has it, without it has none")
  func network() throws {
    let spool = try TestSpool()
    for network in ["host", "none"] {
      try spool.drop(
        network, #"{"run": "readlink /proc/self/ns/net", "runtime": "sandbox", "network": "\#(network)"}"#)
    }
    try spool.drain()
    let own = Command.shell("readlink /proc/self/ns/net").text
    #expect(try spool.result("host").stdout?.text == own)
    #expect(try spool.result("none").stdout?.text != own)
  }
}
