import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct FileTests {
  private let place: TemporaryFolder
  init() throws { place = try TemporaryFolder() }

  @Test("everything that is opened is closed in programs that are started later")
  func closeOnExec() throws {
    try place.write("a", "x")
    try place.folder.makeFolder("d")
    let pipe = try Program.pipe()
    let descriptors = [
      place.folder.descriptor, try place.folder.folder("d").descriptor, try place.folder.open("a"),
      try place.folder.open(Array("a".utf8)), try place.folder.create("b"), try place.folder.append("c"),
      try place.folder.update("e"), try FileSystem.openForReading(path: place.path + "/a"), try FileSystem.openNull(),
      try FileSystem.memoryFile([1]), pipe.read, pipe.write, try FolderWatch().descriptor,
    ]
    for descriptor in descriptors {
      let facts = try FileSystem.openForReading(path: "/proc/self/fdinfo/\(descriptor.number)").readChunk(4096)
      let flags = String(decoding: facts, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("flags:") }
      let number = flags.flatMap { Int($0.split(separator: "\t").last ?? "", radix: 8) } ?? 0
      #expect(number & 0o2000000 != 0, "\(facts)")
    }
  }

  @Test(
    "a file is read whole up to the limit, and one byte more tells that it was longer",
    arguments: [(0, 0), (0, 10), (9, 10), (10, 10), (11, 10), (70_000, 100_000), (200_000, 100_000)])
  func readAll(size: Int, limit: Int) throws {
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
    try place.write("f", bytes)
    let read = try place.folder.open("f").readAll(limit: limit)
    #expect(read == Array(bytes.prefix(limit + 1)))
  }

  @Test("a move never overwrites, says what is missing and what is taken, and leaves both files as they were")
  func move() throws {
    try place.write("a", "A")
    try place.write("b", "B")
    try place.folder.makeFolder("other")
    let other = try place.folder.folder("other")
    #expect { try place.folder.move("a", to: place.folder, as: "b") } throws: { ($0 as? SystemError)?.isTaken == true }
    #expect(try place.text("a") == "A" && place.text("b") == "B")
    #expect { try place.folder.move("z", to: other, as: "z") } throws: { ($0 as? SystemError)?.isMissing == true }
    try place.folder.move(Array("a".utf8), to: other, as: "a")
    #expect(try other.has("a") && !place.folder.has("a"))
  }

  @Test("a listing names all of 100,000 files, each once")
  func bigFolder() throws {
    for number in 0..<100_000 { _ = try place.folder.create("file-\(number)") }
    var seen = Set<[UInt8]>()
    var count = 0
    try place.folder.forEachName { name, isFolder in
      seen.insert(Array(name))
      count += 1
      if isFolder == true { Issue.record("a file is told to be a folder") }
    }
    #expect(count == 100_000 && seen.count == 100_000)
  }

  @Test(
    "a name that is not UTF-8, or has a line break, is listed, seen, opened and moved by its bytes",
    arguments: ["\\146\\377\\376", "a\\012b", "\\303", String(repeating: "\\351", count: 255)])
  func oddNames(escaped: String) throws {
    try place.write("plain", "x")
    // Made with printf: there is no other way to a name that no String can hold.
    let name = Command.shell("printf '\(escaped)'").output
    Command.shell("cd '\(place.path)' && n=$(printf '\(escaped)_') && mv plain \"${n%_}\"")
    var names: [[UInt8]] = []
    try place.folder.forEachName { bytes, _ in names.append(Array(bytes)) }
    #expect(names == [name])
    #expect(try place.folder.status(name)?.kind == .file)
    #expect(try place.folder.open(name).readAll(limit: 9) == [0x78])
    try place.folder.move(name, to: place.folder, as: "good")
    #expect(try place.folder.names() == ["good"])
  }

  @Test("a name longer than the file system takes is simply not there")
  func longName() throws {
    let name = String(repeating: "n", count: 300)
    #expect(try place.folder.status(name) == nil)
    #expect(try !place.folder.has(name))
    #expect(try FileSystem.status(path: place.path + "/" + name) == nil)
  }

  @Test("whether a file is open for writing is told while it is, and no longer when it is closed")
  func hasWriter() throws {
    var writer: Descriptor? = try place.write("f", "x")
    let reader = try place.folder.open("f")
    #expect(FileSystem.hasWriter(reader) == true)
    withExtendedLifetime(writer) {}
    writer = nil
    #expect(FileSystem.hasWriter(reader) == false)
    // The lease is given back: a writer is not held up, nor this process signalled.
    _ = try place.folder.append("f")
    #expect(FileSystem.hasWriter(try place.folder.open("f")) == false)
  }

  @Test("a link is never followed within a folder, whatever it points to")
  func links() throws {
    Command.shell(
      "cd '\(place.path)' && echo x > a && ln -s a good && ln -s nowhere broken && mkdir d && ln -s d folder")
    for name in ["good", "broken"] {
      #expect { try place.folder.open(name) } throws: { ($0 as? SystemError)?.isLink == true }
      #expect(try place.folder.status(name)?.kind == .link)
      #expect(try place.folder.has(name))
    }
    #expect(throws: SystemError.self) { try place.folder.folder("folder") }
    #expect(throws: SystemError.self) { try place.folder.append("broken") }
    #expect(try !place.folder.has("nowhere"))
  }

  @Test("a name that cannot be looked for is not missing")
  func notToBeTold() throws {
    Command.shell("cd '\(place.path)' && ln -s loop loop")
    #expect(throws: SystemError.self) { try place.folder.has("loop/a") }
    #expect(throws: SystemError.self) { try place.folder.status("loop/a") }
  }

  @Test("opening a pipe that nobody writes to does not wait")
  func fifo() throws {
    Command.shell("mkfifo '\(place.path)/p'")
    #expect(try place.folder.open("p").status().kind == .other)
  }

  @Test("a memory file is read from its start, whatever its length", arguments: [0, 1, 70_000, 3_000_000])
  func memoryFile(size: Int) throws {
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    #expect(try FileSystem.memoryFile(bytes).readAll(limit: 8 << 20) == bytes)
  }

  @Test("what is stored in a shared page is in the file at once, and room was made for it")
  func sharedPage() throws {
    let file = try place.folder.create("page")
    let page = try SharedPage(file, size: 8192)
    page.bytes.storeBytes(of: 0x1234_5678_9ABC_DEF0, toByteOffset: 4096, as: UInt64.self)
    let bytes = try place.read("page")
    #expect(bytes.count == 8192)
    let stored = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 4096, as: UInt64.self) }
    #expect(stored == 0x1234_5678_9ABC_DEF0)
  }

  @Test(
    "a shared page on a full disk is refused and does not end the program",
    .enabled(if: Need.mounting, "\(Need.mountingSays)"))
  func sharedPageFull() throws {
    let mount = try MountedFolder(size: "64k")
    let file = try Folder(path: mount.path).create("page")
    #expect { try SharedPage(file, size: 10 << 20) } throws: { ($0 as? SystemError)?.isFull == true }
  }

  @Test("a tree is removed with all that is below, and a link in it takes nothing else away")
  func removeTree() throws {
    Command.shell("cd '\(place.path)' && mkdir -p t/a/b/c keep && touch t/x t/a/b/y keep/z && ln -s ../keep t/a/link")
    try Tree.remove("t", in: place.folder)
    #expect(try place.folder.names() == ["keep"])
    #expect(try place.folder.folder("keep").names() == ["z"])
    try Tree.remove("nothing", in: place.folder)
  }

  @Test(
    "what is mounted in a tree stays, with all that is there", .enabled(if: Need.mounting, "\(Need.mountingSays)"),
    arguments: ["t", "t/a", "t/a/b", "t/a/b/c/d"], ["--bind keep", "-t tmpfs none"])
  func removeMounted(at inner: String, kind: String) throws {
    Command.shell(
      "cd '\(place.path)' && mkdir -p '\(inner)' keep && mount \(kind) '\(inner)' && mkdir \(inner)/x && touch \(inner)/x/y \(inner)/z"
    )
    // Wherever the walk has moved it meanwhile.
    defer { Command.shell("grep -o '\(place.path)[^ ]*' /proc/self/mounts | xargs -r umount") }
    #expect { try Tree.remove("t", in: place.folder) } throws: { error in
      (error as? SystemError).map { $0.isCrossDevice || $0.isBusy } == true
    }
    let left = Command.shell("cd $(grep -o '\(place.path)[^ ]*' /proc/self/mounts) && find . | sort").text
    #expect(left == ".\n./x\n./x/y\n./z\n")
    #expect(try Tree.usage(of: place.folder, atMost: 100).isCut)
  }

  // Where a folder ends, its descriptor says alike for all folders of ext4; other file systems may tell nothing by it.
  @Test("whether a folder is empty is known after its first name")
  func isEmpty() throws {
    Command.shell("cd '\(place.path)' && mkdir none one many && touch one/x && cd many && seq 2000 | xargs touch")
    func position(_ name: String) throws -> String {
      let folder = try place.folder.folder(name)
      for _ in 1...2 { #expect(try Tree.isEmpty(folder) == (name == "none")) }
      let facts = try FileSystem.openForReading(path: "/proc/self/fdinfo/\(folder.descriptor.number)").readChunk(4096)
      return try #require(String(decoding: facts, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("pos:") })
        .description
    }
    #expect(try position("many") != position("none"))
    _ = try position("one")
  }

  // That an ordinary user's closed folders go is seen from outside: OrdinaryUserTests.
  @Test("a closed folder is opened up, and neither what a link in its place points to nor a file")
  func openUp() throws {
    Command.shell("cd '\(place.path)' && mkdir -m 0 closed && mkdir -m 755 other && ln -s other link && touch file")
    try place.folder.openUp(Array("closed".utf8))
    #expect(try place.folder.status("closed")?.mode == 0o700)
    for name in ["link", "file"] {
      #expect { try place.folder.openUp(Array(name.utf8)) } throws: { ($0 as? SystemError)?.isNoFolder == true }
    }
    #expect(try place.folder.status("other")?.mode == 0o755 && place.folder.status("file")?.mode != 0o700)
  }

  @Test("a tree with names that are not UTF-8 is removed like any other")
  func removeOddTree() throws {
    Command.shell("cd '\(place.path)' && mkdir t && n=$(printf '\\377x') && mkdir \"t/$n\" && touch \"t/$n/$n\"")
    try Tree.remove("t", in: place.folder)
    #expect(try !place.folder.has("t"))
  }

  @Test("a tree of 20,000 levels is removed, with few open files", .enabled(if: Need.python, "\(Need.pythonSays)"))
  func removeDeepTree() throws {
    let made = Command.shell(
      "cd '\(place.path)' && mkdir t && cd t && exec python3 -c 'import os\nfor _ in range(20000): os.mkdir(\"d\"); os.chdir(\"d\")'"
    )
    #expect(made.isSuccess, "\(made.text)")
    try Tree.remove("t", in: place.folder)
    #expect(try !place.folder.has("t"))
  }

  @Test("folders are made with those above them, and one that is there is no error")
  func makeFolders() throws {
    let path = place.path + "/a/b/c"
    try FileSystem.makeFolders(path: path)
    try FileSystem.makeFolders(path: path)
    #expect(try FileSystem.status(path: path)?.mode == 0o700)
    try place.write("file", "")
    #expect(throws: SystemError.self) { try FileSystem.makeFolders(path: place.path + "/file/x") }
  }

  @Test(
    "network file systems are known by their number and local ones are not taken for them",
    arguments: [
      (0x6969, "nfs"), (0x517B, "smb"), (0xFE53_4D42, "smb"), (0xFF53_4D42, "smb"), (0x6573_5546, "fuse"),
      (0x0102_1997, "9p"), (0x00C3_6400, "ceph"), (0x0BD0_0BD0, "lustre"), (0xEF53, nil), (0x5846_5342, nil),
      (0x9123_683E, nil), (0x0102_1994, nil), (0x794C_7630, nil),
    ] as [(Int, String?)])
  func networks(magic: Int, name: String?) { #expect(FileSystem.networkName(magic: magic) == name) }

  @Test("a lock on a folder is held by one open of it only, and free again when that closes")
  func lock() throws {
    var first: Folder? = try Folder(path: place.path)
    try first?.descriptor.lockExclusively()
    let second = try Folder(path: place.path)
    #expect { try second.descriptor.lockExclusively() } throws: { ($0 as? SystemError)?.isBusy == true }
    first = nil
    try second.descriptor.lockExclusively()
  }

  @Test("a content time is kept to the nanosecond", arguments: [0, 1_764_000_000_123_456_789])
  func modified(time: Int64) throws {
    try place.write("f", "")
    try place.folder.setModified("f", to: time)
    #expect(try place.folder.status("f")?.modified == time)
  }
}
