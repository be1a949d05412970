import Jobs
import Platform
import Spool
import TestSupport
import Testing

/// What becomes of a file whose sync failed.
@Suite(.timeLimit(.minutes(60))) struct LastingFileTests {
  private let stage: Stage
  private let writer = RecordWriter(KernelDisk())
  init() throws { stage = try Stage() }

  /// A job file as a claim reads it.
  private func claimed(_ text: String) throws -> Descriptor {
    try stage.write("x.json", text, in: .processing)
    Command.shell("cd '\(stage.path)/processing' && chmod 0640 x.json && touch -d 2024-05-06T07:08:09Z x.json")
    let file = try DropReader(maxBytes: 100).readClaimed("x.json", in: stage.folders[.processing]).file
    return try #require(file)
  }

  private func log(_ bytes: [UInt8]) throws -> (file: Descriptor, checksum: Checksum) {
    let file = try stage.folders[.jobLogs].create("x.out")
    try file.write(bytes)
    var checksum = Checksum()
    bytes.withUnsafeBytes { checksum.add($0) }
    return (file, checksum)
  }

  /// What a file system does that goes back to what it had.
  private func lose(_ name: String, in place: SpoolPlace) throws {
    let file = try stage.folders[place].update(name)
    let zeros = [UInt8](repeating: 0, count: Int(try file.status().size))
    try zeros.withUnsafeBytes { try file.write($0, at: 0) }
  }

  @Test("as long as no sync failed it is the open file itself that is synced")
  func untouched() throws {
    let file = try claimed("{}")
    let lasting = LastingFile(file, name: "x.json", in: .processing)
    for _ in 1...2 { #expect(try lasting.toSync(in: stage.folders, by: writer) === file) }
  }

  #if DEBUG
    @Test("a copy whose own sync fails does not take the name: what is on the disk under it may be all that there is")
    func copyNotSynced() throws {
      let file = try claimed(#"{"run": "true"}"#)
      let before = try file.status()
      let lasting = LastingFile(file, name: "x.json", in: .processing)
      file.doubt()
      let failing = RecordWriter(FaultyDisk(try #require(FaultPlan("EIO:sync@1"))))
      #expect(throws: SystemError.self) { _ = try lasting.toSync(in: stage.folders, by: failing) }
      #expect(try stage.folders[.processing].status("x.json")?.inode == before.inode)
      #expect(try stage.names(.processing) == ["x.json"])
      #expect(try lasting.toSync(in: stage.folders, by: failing) !== file)
      #expect(try stage.folders[.processing].status("x.json")?.inode != before.inode)
    }
  #endif

  @Test(
    "after a failed sync a job file is a new file with the same bytes, rights and time, whatever the disk made of the old"
  )
  func job() throws {
    let file = try claimed(#"{"run": "true"}"#)
    try lose("x.json", in: .processing)
    Command.shell("touch -d 2024-05-06T07:08:09Z '\(stage.path)/processing/x.json'")
    let before = try file.status()
    let lasting = LastingFile(file, name: "x.json", in: .processing)
    file.doubt()
    var inodes: Set<UInt64> = [before.inode]
    var copies: [Descriptor] = []  // open, or an inode is used again
    for _ in 1...3 {
      let copy = try #require(try lasting.toSync(in: stage.folders, by: writer))
      #expect(try lasting.toSync(in: stage.folders, by: writer) === copy, "one that is not doubtful stays")
      let status = try #require(try stage.folders[.processing].status("x.json"))
      #expect(try status.inode == copy.status().inode && inodes.insert(status.inode).inserted)
      #expect(status.mode == 0o640 && status.modified == 1_714_979_289_000_000_000)
      #expect(try stage.text("x.json", in: .processing) == #"{"run": "true"}"#)
      copy.doubt()
      copies.append(copy)
    }
    #expect(try stage.names(.processing) == ["x.json"] && !lasting.isDamaged)
  }

  @Test("a long log is read back into a new file", arguments: [70_000, 1 << 20, 3_000_001])
  func longLog(size: Int) throws {
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let (file, checksum) = try log(bytes)
    let lasting = LastingFile(file, name: "x.out", in: .jobLogs, checksum: checksum)
    file.doubt()
    let copy = try #require(try lasting.toSync(in: stage.folders, by: writer))
    #expect(try copy.status().inode != file.status().inode)
    #expect(try stage.folders[.jobLogs].open("x.out").readAll(limit: 4 << 20) == bytes)
    #expect(try stage.names(.jobLogs) == ["x.out"] && !lasting.isDamaged)
  }

  @Test("a log that the disk does not give back stays as it is, is said to be damaged, and is never synced again")
  func lostLog() throws {
    let (file, checksum) = try log([UInt8](repeating: 0x61, count: 100_000))
    let lasting = LastingFile(file, name: "x.out", in: .jobLogs, checksum: checksum)
    file.doubt()
    try lose("x.out", in: .jobLogs)
    for _ in 1...2 { #expect(try lasting.toSync(in: stage.folders, by: writer) == nil) }
    #expect(try lasting.isDamaged && stage.folders[.jobLogs].status("x.out")?.inode == file.status().inode)
    #expect(try stage.names(.jobLogs) == ["x.out"])
  }

  @Test(
    "what a person moved away or replaced is not made again",
    arguments: ["mv x.json ../inbox/", "cp x.json y; mv y x.json"])
  func taken(by line: String) throws {
    let file = try claimed("{}")
    let lasting = LastingFile(file, name: "x.json", in: .processing)
    Command.shell("cd '\(stage.path)/processing' && " + line)
    let after = try stage.folders[.processing].status("x.json")
    file.doubt()
    #expect(try lasting.toSync(in: stage.folders, by: writer) == nil)
    #expect(try stage.folders[.processing].status("x.json") == after && !lasting.isDamaged)
  }

  @Test("a disk without room for the copy leaves the old one, and takes it later")
  func full() throws {
    #if DEBUG
      let (file, checksum) = try log([UInt8](repeating: 0x61, count: 100_000))
      let lasting = LastingFile(file, name: "x.out", in: .jobLogs, checksum: checksum)
      file.doubt()
      let disk = RecordWriter(FaultyDisk(try #require(FaultPlan("ENOSPC:write@1"))))
      #expect(throws: SystemError.self) { try lasting.toSync(in: stage.folders, by: disk) }
      #expect(try stage.folders[.jobLogs].status("x.out")?.inode == file.status().inode)
      #expect(try stage.names(.jobLogs) == ["x.out"])
      #expect(try lasting.toSync(in: stage.folders, by: disk) != nil)
    #endif
  }

  @Test("a checksum depends on every byte and its place, not on how the bytes were cut")
  func checksum() {
    func sum(_ pieces: [[UInt8]]) -> Checksum {
      var sum = Checksum()
      for piece in pieces { piece.withUnsafeBytes { sum.add($0) } }
      return sum
    }
    let bytes = (0..<61).map { UInt8($0 * 4) }
    for cut in 0...61 {
      #expect(sum([bytes]) == sum([Array(bytes.prefix(cut)), Array(bytes.dropFirst(cut))]))
      guard cut < 61 else { continue }
      var other = bytes
      other[cut] ^= 0x80
      #expect(sum([bytes]) != sum([other]) && sum([bytes]) != sum([Array(bytes.prefix(cut))]))
      if cut > 0 {
        other = bytes
        other.swapAt(cut, cut - 1)
        #expect(sum([bytes]) != sum([other]))
      }
    }
    #expect(sum([[0]]) != sum([[0, 0]]) && sum([[]]) == Checksum())
  }
}
