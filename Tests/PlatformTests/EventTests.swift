import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct EventTests {
  private let place: TemporaryFolder
  init() throws { place = try TemporaryFolder() }

  @Test("work handed to a worker is done in its order, all of it before the end")
  func worker() throws {
    let worker = try Worker(name: "test worker with a long name")
    let done = Locked<[Int]>([])
    for number in 0..<10_000 { worker.submit { done.withLock { $0.append(number) } } }
    worker.finish()
    #expect(done.withLock { $0 } == Array(0..<10_000))
  }

  @Test("a wait ends when another thread wakes it, also when that was before the wait, and is not woken twice")
  func wake() throws {
    let poller = try Poller()
    poller.waker.wake()
    poller.waker.wake()
    #expect(try poller.wait(nanoseconds: nil) == [])
    #expect(try poller.wait(nanoseconds: 0) == [])
    let waker = poller.waker
    let worker = try Worker(name: "waker")
    worker.submit { waker.wake() }
    #expect(try poller.wait(nanoseconds: nil) == [])
    worker.finish()
  }

  @Test("a wait tells which descriptor can be read, also that the other side is gone, and no more after it was removed")
  func readable() throws {
    let poller = try Poller()
    var pipe: (read: Descriptor, write: Descriptor)? = try Program.pipe()
    let read = try #require(pipe?.read)
    try poller.add(read, tag: 77)
    #expect(try poller.wait(nanoseconds: 0) == [])
    try pipe?.write.write([1])
    #expect(try poller.wait(nanoseconds: nil) == [77])
    #expect(try read.readChunk(9) == [1])
    pipe = nil
    #expect(try poller.wait(nanoseconds: nil) == [77])
    #expect(try read.readChunk(9) == [])
    poller.remove(read)
    #expect(try poller.wait(nanoseconds: 0) == [])
  }

  @Test("a wait lasts at least as long as it was asked to, a part of a millisecond too")
  func shortWait() throws {
    let poller = try Poller()
    let start = Clock.continuous()
    _ = try poller.wait(nanoseconds: 300_000)
    #expect(Clock.continuous() - start >= 300_000)
  }

  @Test("files that come, are written, are touched and go are told by their names, odd ones too")
  func hints() throws {
    let watch = try FolderWatch()
    let number = try watch.watch(place.folder)
    Command.shell(
      "cd '\(place.path)' && echo > a && touch a && mv a b && n=$(printf '\\377') && : > \"$n\" && rm b")
    var names = Set<[UInt8]>()
    let all: Set<[UInt8]> = [[0x61], [0x62], [0xFF]]
    let came = try eventually {
      for hint in try watch.hints() where hint.watch == number { names.insert(hint.name) }
      return names.isSuperset(of: all)
    }
    #expect(came, "\(names)")
  }

  @Test("a watched folder that is removed or moved away says so")
  func gone() throws {
    for line in ["rmdir d", "mv d e"] {
      try place.folder.makeFolder("d")
      let watch = try FolderWatch()
      _ = try watch.watch(try place.folder.folder("d"))
      Command.shell("cd '\(place.path)' && \(line)")
      #expect(try eventually { try watch.hints().contains { $0.isGone } }, "\(line)")
    }
  }

  @Test("more changes than the kernel queues are told as an overflow, and later ones by name again")
  func overflow() throws {
    let file = try FileSystem.openForReading(path: "/proc/sys/fs/inotify/max_queued_events").readChunk(64)
    let most = try #require(Int(String(decoding: file, as: UTF8.self).filter(\.isNumber)))
    let watch = try FolderWatch()
    _ = try watch.watch(place.folder)
    // Two folders' events alternate by name, or the kernel would fold equal ones into one.
    for number in 0...most { try place.folder.makeFolder("\(number)") }
    // They are read in portions, and what was lost is told at the end.
    #expect(try eventually { try watch.hints().contains { $0.isOverflow } })
    try place.folder.makeFolder("later")
    #expect(try eventually { try watch.hints().contains { $0.name == Array("later".utf8) } })
  }
}
