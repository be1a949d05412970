import Jobs
import Platform
import TestSupport
import Testing

/// How much of what a job prints is kept, wherever it runs.
@Suite(.timeLimit(.minutes(60))) struct ContainerOutputTests {
  @Test(
    "of a stream over its limit the first and the last half are kept, with a line that counts the rest",
    arguments: JobGround.all)
  func cap(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    // 8 bytes a line, 10,000 lines.
    let result = try stage.run(
      "seq -w 1000000 1009999; seq -w 1000000 1000009 >&2", ["limits": #"{"output": "8k"}"#])
    #expect(result.isSuccess && result.stdout?.bytes == 80_000 && result.stdout?.truncated == true, "\(result.story)")
    let log = try stage.spool.text("logs/jobs/\(result.id.text).out")
    #expect(log.hasPrefix("1000000\n1000001\n") && log.hasSuffix("1009998\n1009999\n"))
    #expect(log.utf8.count < 8192 + 100)
    let between = log.split(separator: "\n").filter { !$0.hasPrefix("100") || $0.utf8.count > 7 }
    // What is counted, and what is there, is all there was.
    let counted = between.compactMap { line in line.split { !$0.isNumber }.compactMap { Int($0) }.first }
    #expect(counted.contains(80_000 - 8192), "\(between)")
    #expect(result.stderr?.bytes == 80 && result.stderr?.truncated == false)
    stage.finish()
  }

  @Test("a line of 50 MB passes, ends of it are kept, and the runner does not hold it", arguments: JobGround.all)
  func longLine(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let result = try stage.run("printf first; head -c 50000000 /dev/zero | tr '\\000' x; printf last")
    #expect(
      result.isSuccess && result.stdout?.bytes == 50_000_009 && result.stdout?.truncated == true, "\(result.story)")
    #expect(result.text.hasPrefix("firstxxx") && result.text.hasSuffix("xxxlast") && result.text.utf8.count <= 65_536)
    let size = Command.shell("wc -c < '\(stage.spool.path)/logs/jobs/\(result.id.text).out'").text
    #expect(Int(size.filter(\.isNumber)).map { (10 << 20...(10 << 20) + 100).contains($0) } == true, "\(size)")
    // VmHWM, KiB: its peak.
    let peak = Command.shell("sed -n 's/^VmHWM:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/\(stage.runner.pid)/status").text
    #expect(Int(peak.filter(\.isNumber)).map { $0 < 45_000 } == true, "\(peak) KiB")
    stage.finish()
  }
}
