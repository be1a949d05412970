import Jobs
import Platform
import TestSupport
import Testing

@testable import Runtimes

@Suite("An image is built from what is on this machine", .enabled(if: Need.umoci, Comment(rawValue: Need.umociSays)))
struct ImageBuildTests {
  private let shelf: ImageShelf

  init() throws { shelf = try ImageShelf() }

  /// - Returns: what it notes; a failure's code and line.
  private func build(_ recipe: String, limits: ImageLimits = ImageLimits()) throws -> [String] {
    let parsed = try ImageRecipe.read(Array(recipe.utf8))
    let folder = shelf.place.folder
    do throws(ImageFailure) {
      return try shelf.store.build(parsed, file: "image.json", folder: folder, limits: limits).notes
    } catch {
      if case .badRecipe(let refusal, _) = error {
        return ["\(refusal.code.rawValue) \(refusal.line ?? 0):\(refusal.column ?? 0)"]
      }
      return [error.code]
    }
  }

  private func shell(_ line: String) {
    let command = Command.shell("cd '\(shelf.place.path)' && { \(line); }")
    #expect(command.isSuccess, "\(command.text)")
  }

  /// Runs a program in an image, with nothing else of the machine, and answers what it prints.
  private func run(_ arguments: String, in name: String = "image") throws -> String {
    Command.shell(
      "bwrap --unshare-all --ro-bind '\(try shelf.root(name))' / --proc /proc --dev /dev --tmpfs /tmp --clearenv \(arguments)"
    ).text
  }

  @Test(
    "programs have the libraries they need, and run in it",
    .enabled(if: Need.sandbox, Comment(rawValue: Need.sandboxSays)))
  func programs() throws {
    shell("printf '#!/usr/bin/env sh\\necho \"$1 there\"\\n' > hello; chmod 755 hello")
    let recipe = #"""
      { "name": "image", "programs": ["/bin/ls", "/bin/sh", "/usr/bin/env"], "files": { "hello": "/app/bin/hello" },
        "links": { "/hello": "app/bin/hello" } }
      """#
    #expect(try build(recipe) == [])
    #expect(try run("/bin/ls /app/bin") == "hello\n")
    #expect(try run("/bin/sh -c 'echo $((6 * 7))'") == "42\n")
    #expect(try run("--setenv PATH /usr/bin:/bin /hello who") == "who there\n")
    shelf.expectNothingElse()
  }

  @Test("a program that is a script brings the one that its first line names")
  func scripts() throws {
    shell("printf '#!/bin/sh -e\\n' > script; chmod 755 script")
    #expect(try build(#"{ "name": "image", "programs": ["\#(shelf.place.path)/script"] }"#) == [])
    #expect(try shelf.inRoot("test -x bin/sh -a -x .'\(shelf.place.path)/script' && echo yes") == "yes\n")
  }

  @Test("the same recipe makes the same image whenever it is carried out")
  func stable() throws {
    shell("mkdir folder; echo a > folder/a; ln -s a folder/b; mkdir folder/c; chmod 700 folder/c")
    let recipe =
      #"{ "name": "image", "programs": ["/bin/ls"], "files": { "folder": "/srv/data" }, "env": { "A": "b" } }"#
    #expect(try build(recipe) == [])
    let first = try shelf.store.find("image")
    #expect(try build(recipe) == [])
    #expect(try shelf.store.find("image")?.digest == first?.digest)
    #expect(first?.environment == ["A=b"])
    #expect(try shelf.inRoot("cat srv/data/b; stat -c %a srv srv/data/c; readlink srv/data/b") == "a\n755\n700\na\n")
  }

  @Test("one may begin with another, and what is later stands over what is earlier")
  func from() throws {
    shell("echo one > one; echo two > two")
    #expect(
      try build(
        #"{ "name": "base", "files": { "one": "/srv/a" }, "links": { "/data": "/srv" }, "env": { "A": "1", "B": "1" } }"#
      )
        == [])
    #expect(
      try build(
        #"{ "name": "image", "from": "base", "files": { "two": "/data/a", "one": "/data/b" }, "env": { "B": "2" } }"#)
        == [])
    #expect(try shelf.inRoot("cat srv/a srv/b; readlink data") == "two\none\n/srv\n")
    #expect(try shelf.store.find("image")?.environment == ["A=1", "B=2"])
    #expect(try shelf.inRoot("cat srv/a", of: "base") == "one\n")
    #expect(try build(#"{ "name": "image", "from": "none" }"#) == ["image-missing"])
    shelf.expectNothingElse()
  }

  @Test("what the image that it begins with says in a link leads nowhere outside")
  func links() throws {
    shell("echo mine > mine")
    shelf.python("layer('base.tar').put('data', type=SYM, to=OUT).put('up', type=SYM, to=UP + OUT).end()")
    #expect(try shelf.add("base.tar", as: "base") == nil)
    #expect(
      try build(
        #"{ "name": "image", "from": "base", "files": { "mine": "/data/secret" }, "links": { "/up/new": "x", "/data/folder/x": "y" } }"#
      ) == [])
    #expect(try shelf.inRoot("cat .'\(shelf.place.path)/out/secret'") == "mine\n")
    shelf.expectNothingElse()
  }

  @Test(
    "what is not there is said with its place in the recipe",
    arguments: [
      ("{ \"name\": \"image\",\n  \"programs\": [\"/no/such\"] }", "bad-value 2:16"),
      ("{ \"name\": \"image\",\n  \"programs\": [\"/etc/passwd\"] }", "bad-value 2:16"),
      ("{ \"name\": \"image\",\n  \"paths\": [\"/dev/null\"] }", "bad-value 2:13"),
      ("{ \"name\": \"image\",\n  \"paths\": [\"/usr/none.*\"] }", "bad-value 2:13"),
      ("{ \"name\": \"image\",\n  \"files\": { \"none\": \"/a\" } }", "bad-value 2:14"),
      ("{ \"name\": \"image\",\n  \"files\": { \"out\": \"/a\" },\n  \"links\": { \"/a\": \"b\" } }", "bad-value 3:14"),
      (
        "{ \"name\": \"image\",\n  \"files\": { \"out/secret\": \"/a\" },\n  \"links\": { \"/a/b\": \"c\" } }",
        "bad-value 3:14"
      ),
    ])
  func missing(recipe: String, place: String) throws {
    #expect(try build(recipe) == [place])
    #expect(try shelf.store.find("image") == nil)
    shelf.expectNothingElse()
  }

  @Test("no more is copied than the image may take")
  func tooLarge() throws {
    shell("truncate -s 30M big")
    #expect(
      try build(#"{ "name": "image", "files": { "big": "/big" } }"#, limits: ImageLimits(maxSize: .mebibytes(20)))
        == ["image-too-large"])
    shelf.expectNothingElse()
  }

  @Test("a star stands for any run of characters in the last name")
  func star() throws {
    shell("mkdir data; touch data/a1.so data/a2.so data/b1.so")
    #expect(try build(#"{ "name": "image", "paths": ["\#(shelf.place.path)/data/a*.so"] }"#) == [])
    #expect(try shelf.inRoot("ls .'\(shelf.place.path)/data'") == "a1.so\na2.so\n")
  }
}

@Suite("What a program needs is read from the program")
struct ElfFileTests {
  private func read(_ bytes: [UInt8]) throws -> ElfFile? { try ElfFile(FileSystem.memoryFile(bytes)) }

  @Test("as readelf reads it", .enabled(if: Command.shell("readelf --version").isSuccess, "needs readelf, of binutils"))
  func program() throws {
    let path = try FileSystem.realPath("/bin/ls")
    let file = try #require(try ElfFile(FileSystem.openForReading(path: path)))
    let said = Command.shell("readelf -dlW '\(path)'").text
    #expect(!file.needed.isEmpty)
    for name in file.needed { #expect(said.contains("Shared library: [\(name)]")) }
    #expect(said.split(separator: "(NEEDED)").count - 1 == file.needed.count)
    #expect(said.contains("interpreter: \(file.interpreter ?? "none")]"))
  }

  @Test("however its bytes are spoilt, it is read or is none")
  func spoilt() throws {
    let whole = try FileSystem.openForReading(path: "/bin/ls").readAll(limit: 16 << 20)
    var generator = SystemRandomNumberGenerator()
    for length in [0, 4, 63, 64, 100, 500, 5000] { _ = try read(Array(whole.prefix(length))) }
    for _ in 0..<300 {
      var bytes = whole
      for _ in 0..<4 {
        bytes[Int.random(in: 4..<2000, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      _ = try read(bytes)
    }
  }

  @Test("libraries are found by the folders a file names, then by the cache")
  func libraries() throws {
    let place = try TemporaryFolder()
    for name in ["own.so", "both.so", "cached.so"] { try place.write(name, "") }
    try place.folder.makeFolder("other")
    try place.folder.folder("other").create("both.so").write([1])
    let said = """
      3 libs found in cache `/etc/ld.so.cache'
      \tboth.so (libc6,x86-64) => \(place.path)/other/both.so
      \tcached.so (libc6,x86-64, hwcap: "x86-64-v3") => /no/where/cached.so
      \tcached.so (libc6) => /of/32/bits/cached.so
      \tcached.so (libc6,AArch64) => \(place.path)/cached.so
      \tcached.so (libc6,x86-64) => \(place.path)/cached.so
      """
    let finder = LibraryFinder(said: Array(said.utf8))
    let plain = try #require(try ElfFile(FileSystem.openForReading(path: "/bin/ls")))
    #expect(finder.find("cached.so", for: plain, in: "/") == place.path + "/cached.so")
    #expect(finder.find("both.so", for: plain, in: "/") == place.path + "/other/both.so")
    #expect(finder.find("none.so", for: plain, in: "/") == nil)
    #expect(finder.find(place.path + "/own.so", for: plain, in: "/") == place.path + "/own.so")
  }
}
