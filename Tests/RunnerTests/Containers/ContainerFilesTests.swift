import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// What a job hands over by files: its value, what it waited for, what it leaves.
@Suite(.timeLimit(.minutes(60))) struct ContainerFilesTests {
  @Test("the value comes back, and a job that waited for it finds it in BOBBIN_AFTER", arguments: JobGround.all)
  func values(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let first = try stage.run(
      #"echo '{"n": 41}' > $BOBBIN_RESULT.new && mv $BOBBIN_RESULT.new $BOBBIN_RESULT"#, id: "first")
    #expect(first.outcome?.value?.node.member("n") != nil && first.outcome?.valueError == nil, "\(first.story)")
    let second = try stage.run("cat $BOBBIN_AFTER; echo x > $BOBBIN_AFTER", ["after": "\"first\""])
    #expect(second.text.contains(#""n":41"#) || second.text.contains(#""n": 41"#), "\(second.story)")
    if ground.isIsolated { #expect(second.outcome?.exitCode != 0, "it is read-only") }
    let third = try stage.run("echo ${BOBBIN_AFTER-none}; ls /bobbin/after.json 2> /dev/null; exit 0")
    #expect(third.text == "none\n", "\(third.story)")
    stage.finish()
  }

  @Test(
    "what it leaves in its folder is kept, with names of any bytes, closed folders and links", arguments: JobGround.all)
  func left(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    let result = try stage.run(
      """
      mkdir -p d/closed; echo f > d/closed/f; chmod 000 d/closed d; ln -s /etc/passwd link; ln -s . self; mkfifo fifo
      printf x > "$(printf 'a\\n\\377 b')"; touch -- -rf .hidden; mkdir -p 'x/\\..'; echo ok > plain; chmod 000 plain; chmod 000 .
      """)
    #expect(result.isSuccess && result.files == "\(result.id.text).files", "\(result.story)")
    let files = stage.spool.path + "/done/\(result.id.text).files"
    let there = Command.shell("cd '\(files)' && stat -c '%F' d link self fifo plain -- -rf .hidden 'x/\\..'").text
    #expect(
      there.split(separator: "\n") == [
        "directory", "symbolic link", "symbolic link", "fifo", "regular file", "regular empty file",
        "regular empty file", "directory",
      ], "\(there)")
    #expect(Command.shell("cd '\(files)' && ls | wc -l").text == "9\n")
    stage.finish()
  }

  @Test("a tree deeper than paths are long is taken whole, and the next job starts clean", arguments: JobGround.all)
  func deep(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    // 40 folders of 200 letters, from the bottom up: past PATH_MAX, where no path leads.
    let result = try stage.run(
      """
      n=$(head -c 200 /dev/zero | tr '\\000' d); mkdir t; echo x > t/bottom; i=0
      while [ $i -lt 40 ]; do mkdir u && mv t u/$n && mv u t || exit 3; i=$((i+1)); done
      """)
    #expect(result.isSuccess && result.files != nil, "\(result.story)")
    let found = Command.shell("cd '\(stage.spool.path)/done' && find . -name bottom | wc -l")
    #expect(found.text == "1\n")
    let next = try stage.run("ls -A | wc -l; ls -A $(dirname $BOBBIN_RESULT) | grep -v -e work -e meet | wc -l")
    #expect(next.text.filter { !$0.isWhitespace } == "00", "\(next.story)")
    stage.finish()
  }

  @Test(
    "whatever lies at BOBBIN_RESULT is read without harm: links, FIFOs, 5 GB, folders, closed, not JSON",
    arguments: JobGround.all)
  func hostileResult(ground: JobGround) throws {
    let stage = try GroundSpool(ground)
    // Where an ordinary file at its place would be read.
    Command.shell("echo '{\"host\": 1}' > '\(stage.spool.place.path)/host.json'")
    let lines = [
      "ln -s '\(stage.spool.place.path)/host.json' $BOBBIN_RESULT", "ln -s /etc/passwd $BOBBIN_RESULT",
      "mkfifo $BOBBIN_RESULT", "dd if=/dev/zero of=$BOBBIN_RESULT bs=1 count=1 seek=5368709119 2> /dev/null",
      "mkdir -p $BOBBIN_RESULT/a/b; chmod 000 $BOBBIN_RESULT/a", "echo nonsense > $BOBBIN_RESULT",
      "printf '{\"a\": 1, \"a\": 2}' > $BOBBIN_RESULT",
    ]
    // The runner reads it, which is the same code wherever the job ran.
    for line in ground.isSlow ? Array(lines.prefix(1)) : lines {
      let result = try stage.run(line)
      #expect(
        result.isSuccess && result.outcome?.value == nil && result.outcome?.valueError != nil, "\(line) \(result.story)"
      )
    }
    // A root runner reads what is closed to others; what counts is that it is a file of the job's.
    for line in [
      "echo 7 > $BOBBIN_RESULT; chmod 000 $BOBBIN_RESULT $(dirname $BOBBIN_RESULT)", "echo 7 > $BOBBIN_RESULT",
    ] {
      #expect(try stage.run(line).isSuccess)
    }
    let last = try stage.run("ls -A $(dirname $BOBBIN_RESULT) | grep -c result; exit 0")
    #expect(last.text == "0\n" && last.outcome?.value == nil, "\(last.story)")
    stage.finish()
  }
}
