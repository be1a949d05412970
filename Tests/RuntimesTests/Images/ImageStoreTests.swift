import Jobs
import Platform
import TestSupport
import Testing

@testable import Runtimes

@Suite(
  "A store of images is read by name while it changes", .enabled(if: Need.skopeo, Comment(rawValue: Need.skopeoSays)))
struct ImageStoreTests {
  private let shelf: ImageShelf

  init() throws { shelf = try ImageShelf() }

  private func digest(_ name: String) throws -> String? { try shelf.store.find(name)?.digest }

  /// A tar of one file.
  private func tar(_ content: String) { shelf.python("layer('image.tar').put('usr/file', data=b'\(content)').end()") }

  private func code(_ body: () throws(ImageFailure) -> Void) -> String? {
    do throws(ImageFailure) {
      try body()
      return nil
    } catch { return error.code }
  }

  @Test("a name means what was added last under it, at once and in every store that is open")
  func names() throws {
    let state = try shelf.place.folder.folder("state")
    let other = ImageStore(state: state)
    #expect(try other.find("image") == nil)
    tar("one")
    #expect(try shelf.add("image.tar") == nil)
    let one = try #require(try other.find("image")?.digest)
    #expect(try digest("image:latest") == one)
    #expect(try digest("docker.io/library/image") == one)
    #expect(try digest(one) == one)
    Command.shell("rm '\(shelf.place.path)/image.tar'")
    tar("two")
    #expect(try shelf.add("image.tar") == nil)
    let two = try #require(try other.find("image")?.digest)
    #expect(two != one)
    #expect(try digest("image") == two)
    #expect(try digest(one) == one)
    #expect(try shelf.store.list().map(\.digest) == [two, one])
    #expect(try shelf.store.list().map { $0.names.map(\.text) } == [["image"], []])
  }

  @Test("the same content has the same digest, however it comes, and lies there once")
  func sameDigest() throws {
    tar("one")
    Command.shell(
      "cd '\(shelf.place.path)' && gzip -k image.tar && xz -k image.tar && mkdir root && tar -xf image.tar -C root")
    for file in ["image.tar", "image.tar.gz", "image.tar.xz"] { #expect(try shelf.add(file, as: file) == nil) }
    let first = try digest("image.tar")
    #expect(try digest("image.tar.gz") == first)
    #expect(try digest("image.tar.xz") == first)
    for name in ["a", "b"] { #expect(try shelf.add("root", as: name) == nil) }
    #expect(try digest("a") == digest("b"))
    #expect(try shelf.inRoot("cat usr/file; stat -c %a . .. usr", of: "a") == "one755\n755\n755\n")
    #expect(try shelf.store.list().count == 2)
    shelf.expectNothingElse()
  }

  @Test(
    "OCI and docker archives and OCI layouts keep what their config says",
    arguments: ["oci.tar", "docker.tar", "oci", "oci.tar.gz"])
  func config(file: String) throws {
    shelf.python(
      """
      config = {"Env": ["PATH=/bin", "A=1=2", "nothing", "=x"], "Entrypoint": ["/init"], "Cmd": ["a", "b"],
                "WorkingDir": "/srv", "User": "1000:1000"}
      below = layer('below.tar').put('a').put('b/c').put('b/d').end()
      above = layer('above.tar').put('.wh.a', data=b'').put('b/.wh..wh..opq', data=b'').put('b/e').end()
      docker('docker.tar', [below, above], config)
      oci('oci.tar', [below, above], config)
      oci('oci', [below, above], config)
      gzip.open('oci.tar.gz', 'wb').write(open('oci.tar', 'rb').read())
      """)
    #expect(try shelf.add(file) == nil)
    let image = try #require(try shelf.store.find("image"))
    #expect(image.environment == ["PATH=/bin", "A=1=2"])
    #expect(image.record.entrypoint == ["/init"])
    #expect(image.record.command == ["a", "b"])
    #expect(image.record.workingDirectory == "/srv")
    #expect(image.record.user == "1000:1000")
    #expect(image.record.bytes.bytes > 4096)
    #expect(try shelf.inRoot("ls -d a b b/*") == "ls: cannot access 'a': No such file or directory\nb\nb/e\n")
    shelf.expectNothingElse()
  }

  @Test("where the spool and the archive lie may have any name", arguments: ["a b", "a:b", "-a", "a%b#c", "ä"])
  func oddPaths(name: String) throws {
    let shelf = try ImageShelf(name)
    shelf.python(
      """
      below = layer('l:1.tar').put('usr/file').end()
      docker('docker:1.tar', [below])
      oci('oci:1.tar', [below])
      oci('oci:1', [below])
      gzip.open('packed:1.gz', 'wb').write(open('oci:1.tar', 'rb').read())
      os.mkdir('-root'); open('-root/file', 'w')
      """)
    for file in ["l:1.tar", "docker:1.tar", "oci:1.tar", "oci:1", "packed:1.gz", "-root"] {
      // skopeo unpacks an OCI archive beside, and takes no path with a colon for that.
      let isTooOdd = name == "a:b" && (file == "oci:1.tar" || file == "packed:1.gz")
      #expect(try shelf.add(file, as: "image") == (isTooOdd ? "image-failed" : nil), "\(file)")
    }
    let recipe = try ImageRecipe.read(
      Array(#"{ "name": "built", "from": "image", "files": { "l:1.tar": "/a b:c" } }"#.utf8))
    _ = try shelf.store.build(recipe, file: "image.json", folder: shelf.place.folder)
    #expect(try shelf.inRoot("ls -d 'a b:c' file", of: "built") == "a b:c\nfile\n")
    shelf.expectNothingElse()
  }

  @Test("an image may have several names, and goes with the last")
  func removing() throws {
    tar("one")
    for name in ["a", "b"] { #expect(try shelf.add("image.tar", as: name) == nil) }
    #expect(try shelf.store.remove("a") == .untagged)
    #expect(try digest("a") == nil)
    #expect(try digest("b") != nil)
    #expect(try shelf.store.remove("b") == .removed)
    #expect(code { () throws(ImageFailure) in _ = try shelf.store.remove("b") } == "image-missing")
    for name in ["a", "b"] { #expect(try shelf.add("image.tar", as: name) == nil) }
    let short = String(try #require(try digest("a")).dropFirst(7).prefix(12))
    #expect(code { () throws(ImageFailure) in _ = try shelf.store.remove(String(short.prefix(11))) } == "image-missing")
    #expect(try shelf.store.remove(short) == .removed)
    #expect(try shelf.store.list().isEmpty)
    #expect(try shelf.place.text("state/images/names.json") == "{\n  \"names\": {}\n}\n")
    shelf.expectNothingElse()
  }

  @Test("an image that somebody runs on stays whole until he has ended, and is found by nobody else")
  func inUse() throws {
    tar("one")
    #expect(try shelf.add("image.tar") == nil)
    do {
      let image = try #require(try shelf.store.find("image"))
      let also = try #require(try shelf.store.find(image.digest))
      #expect(try shelf.store.remove("image") == .inUse)
      #expect(try digest("image") == nil)
      #expect(try digest(image.digest) == nil)
      #expect(try shelf.add("image.tar", as: "new") == nil)
      #expect(try also.root.folder("usr").open("file").readAll(limit: 9) == Array("one".utf8))
    }
    // A child of another test may hold the lock on until its exec.
    #expect(
      try eventually {
        try #require(try shelf.add("image.tar", as: "newer") == nil)
        return Command.shell("ls -A '\(shelf.place.path)/state/images' | grep removed").text.isEmpty
      })
    shelf.expectNothingElse()
  }

  @Test("adds at the same time do not disturb each other", .timeLimit(.minutes(60)))
  func together() async throws {
    shelf.python(
      "for n in range(6): layer('image%d.tar' % n).put('usr/file', data=b'%d' % (n // 2)).put('big', data=bytes(1 << 20)).end()"
    )
    let shelf = shelf
    let codes = await withTaskGroup(of: String?.self) { group in
      for number in 0..<6 {
        group.addTask { (try? shelf.add("image\(number).tar", as: "image\(number)")) ?? nil }
      }
      return await group.reduce(into: [String?]()) { $0.append($1) }
    }
    #expect(codes == [String?](repeating: nil, count: 6))
    for number in 0..<6 { #expect(try shelf.inRoot("cat usr/file", of: "image\(number)") == "\(number / 2)") }
    #expect(try shelf.store.list().count == 3)
    shelf.expectNothingElse()
  }

  @Test("what a killed add has left is removed by the next one, and what a living one has is not")
  func leftovers() throws {
    tar("one")
    #expect(try shelf.add("image.tar") == nil)
    let images = try shelf.place.folder.folder("state").folder("images")
    for name in [".adding-1-dead", ".adding-2-alive", ".removed-dead"] {
      try images.makeFolder(name)
      try images.folder(name).makeFolder("root")
      try images.folder(name).folder("root").create("file").write([1])
    }
    do {
      let alive = try images.folder(".adding-2-alive")
      try alive.descriptor.lockExclusively()
      #expect(try shelf.add("image.tar") == nil)
      #expect(try images.names().filter { $0.hasPrefix(".") } == [".adding-2-alive"])
    }
    // A child that is being started elsewhere has a copy of every descriptor until it has its program, and so the lock.
    #expect(
      eventually {
        (try? shelf.add("image.tar") == nil && !images.names().contains { $0.hasPrefix(".") }) ?? false
      })
    shelf.expectNothingElse()
  }

  @Test("what somebody damaged is said to be unusable, and the next add mends it")
  func damaged() throws {
    tar("one")
    #expect(try shelf.add("image.tar") == nil)
    let whole = try #require(try digest("image"))
    Command.shell("echo '{' > '\(shelf.place.path)/state/images/\(ImageDigest.folder(of: whole))/image.json'")
    let store = ImageStore(state: try shelf.place.folder.folder("state"))
    #expect(code { () throws(ImageFailure) in _ = try store.find("image") } == "image-unusable")
    guard case .failure(let failure)? = try store.list().first?.record else {
      Issue.record("it is listed as whole")
      return
    }
    #expect(failure.code == "image-unusable")
    #expect(try shelf.add("image.tar") == nil)
    #expect(try store.find("image")?.digest == whole)
    Command.shell("rm -r '\(shelf.place.path)/state/images/\(ImageDigest.folder(of: whole))'")
    #expect(code { () throws(ImageFailure) in _ = try store.find("image") } == "image-unusable")
    Command.shell("echo nothing > '\(shelf.place.path)/state/images/names.json'")
    #expect(code { () throws(ImageFailure) in _ = try store.find("image") } == "image-unusable")
    #expect(try shelf.add("image.tar") == "image-unusable")
    shelf.expectNothingElse()
    Command.shell("rm -r '\(shelf.place.path)/state/images'")
    #expect(try store.find("image") == nil)
    #expect(try store.list().isEmpty)
  }

  @Test("a second look for the same name reads nothing")
  func looks() throws {
    tar("one")
    #expect(try shelf.add("image.tar") == nil)
    var state = try shelf.place.folder.folder("state")
    let looks = LookCounter()
    state.looks = looks
    let store = ImageStore(state: state, now: { Clock.wall() + 1_000_000_000 })
    _ = try store.find("image")
    Command.shell(
      "chmod 0 '\(shelf.place.path)/state/images/names.json'; : > '\(shelf.place.path)/state/images/names.json'")
    let first = looks.count
    #expect(try store.find("image") != nil)
    #expect(looks.count - first == 1)
  }

  @Test(
    "names that are none are refused before anything is looked up",
    arguments: [
      "", "a b", "--privileged", "-v", "../x", "/etc", "a//b", "a\nb", "a;b", "ä", String(repeating: "a", count: 256),
    ])
  func badNames(name: String) {
    #expect(code { () throws(ImageFailure) in _ = try shelf.store.find(name) } == "bad-name")
    #expect(code { () throws(ImageFailure) in _ = try shelf.store.remove(name) } == "bad-name")
  }
}
