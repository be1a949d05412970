@testable import CLI
import Jobs
import Platform
import Spool
import TestSupport
import Testing

@Suite struct ImageCommandTests {
  private let bobbin: Called
  init() throws { bobbin = try Called() }

  private static let examples =
    #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/Examples/images"

  @Test("a family of commands explains itself, and a word that is none is told the nearest one")
  func family() throws {
    let answer = bobbin("image", "--help")
    #expect(answer.code == 0)
    try expectSnapshot(answer.out, "help-image.txt")
    #expect(bobbin("image") == .init(code: 64, out: "", err: answer.out))
    #expect(bobbin("help", "image") == answer)
    #expect(bobbin("help", "image", "ls") == bobbin("image", "ls", "--help"))
    #expect(bobbin("help", "image", "ls", "more").code == 64)
    #expect(bobbin("image", "list").err.contains("did you mean 'bobbin image ls'?"))
    #expect(bobbin("image", "list").code == 64)
    #expect(bobbin("imag", "ls").code == 64)
  }

  @Test("where there are none, none are listed, and none is removed")
  func none() throws {
    #expect(bobbin("image", "ls") == .init(code: 0, out: "", err: "bobbin: no images there\n"))
    #expect(bobbin("image", "ls", "--json").out == "[]\n")
    let answer = bobbin("image", "rm", "a", "-b")
    #expect(answer.code == 64)
    let missing = bobbin("image", "rm", "a", "b")
    #expect(missing.code == 1)
    let errors = missing.err.split(separator: "\n")
    #expect(errors.count == 2 && errors.allSatisfy { $0.hasSuffix("[image-missing]") }, "\(missing.err)")
    #expect(bobbin("image", "rm", "a b").code == 64)
  }

  @Test(
    "what cannot be made an image ends with the exit code of its kind",
    arguments: [
      (["image", "add", "HOME/none"], Int32(74), "No such file"),
      (["image", "add", "HOME/text"], 65, "[not-an-image]"),
      (["image", "add", "HOME/text", "--name", "a b"], 64, "[bad-name]"),
      (["image", "add", "HOME/text", "--max-size", "much"], 64, "--max-size takes a size"),
      (["image", "add", "HOME/text", "--timeout", "x"], 64, "--timeout takes a duration"),
      (["image", "add", "HOME/root"], 69, "apt install tar"), (["image", "pull", "busybox"], 69, "apt install skopeo"),
      (["image", "build", "HOME/recipe.json"], 65, "HOME/recipe.json:2:3: unknown key 'program'"),
      (["image", "build", "HOME/links.json"], 65, "HOME/links.json:1:28: '/none'"),
      (["image", "build", "HOME"], 74, "image.json"),
      (["image", "add"], 64, "something is missing"), (["image", "pull", "a", "b"], 64, "one word too many"),
      (["image", "ls", "--spool", "/no/where"], 74, "there is no spool"),
    ])
  func failures(words: [String], code: Int32, says: String) throws {
    _ = try bobbin.file("text", "hello")
    _ = try bobbin.file("recipe.json", "{ \"name\": \"a\",\n  \"program\": [] }")
    _ = try bobbin.file("links.json", #"{"name":"a","programs":   ["/none"]}"#)
    try Folder(path: bobbin.home).makeFolder("root")
    _ = try Folder(path: bobbin.home).folder("root").create("file")
    let answer = bobbin.call(
      words.map { $0.replacing("HOME", with: bobbin.home) }, environment: ["PATH": "/no/where"])
    #expect(answer.code == code, "\(answer.err)")
    #expect(answer.err.contains(says), "\(answer.err)")
    #expect(answer.out.isEmpty)
  }

  @Test(
    "the example of a busybox builds without a network", .enabled(if: Need.busybox, Comment(rawValue: Need.busyboxSays))
  )
  func busybox() throws {
    let built = bobbin("image", "build", Self.examples + "/busybox")
    #expect(built.code == 0, "\(built.err)")
    #expect(built.out.hasPrefix("busybox  "))
    let again = bobbin("image", "build", Self.examples + "/busybox/image.json", "--json")
    #expect(again.out.contains("\"wasThere\": true"))
    let list = bobbin("image", "ls").out.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
    #expect(list.count == 5, "\(list)")
    #expect(list.first == "busybox")
    #expect(list.last == "0s\n")
    #expect(built.out.contains(list[1]))
    #expect(bobbin("image", "rm", list[1], "--json").out.contains("\"became\": \"removed\""))
    #expect(bobbin("image", "ls").out.isEmpty)
  }

  @Test(
    "the example of a Python script builds without a network",
    .enabled(if: Need.umoci, Comment(rawValue: Need.umociSays)))
  func python() throws {
    let built = bobbin("image", "build", Self.examples + "/python-script", "--json")
    #expect(built.code == 0, "\(built.err)")
    #expect(built.out.contains("PYTHONDONTWRITEBYTECODE=1"))
    #expect(bobbin("image", "rm", "python-script") == .init(code: 0, out: "removed python-script\n", err: ""))
  }

  @Test(
    "an archive is called as its file is, without what says how it is packed",
    .enabled(if: Need.umoci, Comment(rawValue: Need.umociSays)))
  func names() throws {
    #expect(
      Command.shell(
        "cd '\(bobbin.home)' && mkdir root && echo x > root/x && tar -czf report-1.2.tar.gz -C root . && cp report-1.2.tar.gz 'a b.tar'"
      )
      .isSuccess)
    #expect(bobbin("image", "add", bobbin.home + "/report-1.2.tar.gz").out.hasPrefix("report-1.2  "))
    #expect(bobbin("image", "add", bobbin.home + "/a b.tar").code == 64)
    #expect(bobbin("image", "add", bobbin.home + "/a b.tar", "--name", "a/b:1").code == 0)
    #expect(bobbin("image", "ls").out.hasPrefix("a/b:1, report-1.2  "))
    #expect(bobbin("image", "rm", "a/b:1").out == "removed the name a/b:1; the image has others\n")
  }
}
