import Jobs
import Testing

@Suite("What lies on the disk about images")
struct ImageTests {
  private func code(_ body: () throws(Refusal) -> Void) -> String? {
    do throws(Refusal) {
      try body()
      return nil
    } catch { return "\(error.code.rawValue) \(error.line ?? 0):\(error.column ?? 0)" }
  }

  private static let digest = "sha256:" + String(repeating: "0a", count: 32)

  /// As it was first written, 2026-11.
  private static let fixture = """
    {
      "digest": "\(digest)",
      "addedAt": "2026-11-26T17:10:38.963Z",
      "from": "report.tar",
      "bytes": 77914112,
      "env": [
        "PATH=/bin",
        "A=1"
      ],
      "entrypoint": [],
      "cmd": [
        "sh"
      ],
      "workingDir": "/srv",
      "user": "1000",
      "description": "a report"
    }

    """

  @Test("a record is read as it was written, and written as it was read")
  func record() throws {
    let record = try ImageRecord.decode(Array(Self.fixture.utf8))
    #expect(String(decoding: record.encode(), as: UTF8.self) == Self.fixture)
    #expect(record.environment == ["PATH=/bin", "A=1"])
    #expect(record.bytes == ByteCount(77_914_112))
    #expect(record.command == ["sh"])
    #expect(record.workingDirectory == "/srv")
    #expect(record.user == "1000")
  }

  @Test("a record of a later version is read, and one without what may be missing")
  func otherVersions() throws {
    let least = #"{"digest":"\#(Self.digest)","addedAt":"2026-11-26T17:10:38Z","later":{"a":1}}"#
    let record = try ImageRecord.decode(Array(least.utf8))
    #expect(record == ImageRecord(digest: Self.digest, addedAt: record.addedAt))
  }

  @Test(
    "a record that cannot be trusted is refused",
    arguments: [
      ("{}", "missing-key 1:1"), (#"{"digest":"sha256:0","addedAt":"2026-11-26T17:10:38Z"}"#, "bad-value 1:11"),
      (#"{"digest":"../../etc","addedAt":"2026-11-26T17:10:38Z"}"#, "bad-value 1:11"), ("", "empty 1:1"),
      (#"{"env":"PATH"}"#, "wrong-type 1:8"), (#"{"bytes":-1}"#, "out-of-range 1:10"),
    ])
  func badRecord(text: String, fault: String) {
    #expect(code { () throws(Refusal) in _ = try ImageRecord.decode(Array(text.utf8)) } == fault)
  }

  @Test("the list of names is read as it was written, and written in order")
  func names() throws {
    let text = """
      {
        "names": {
          "busybox": "\(Self.digest)",
          "registry.example.org:5000/a/b:1.2_3": "\(Self.digest)"
        }
      }

      """
    let names = try ImageNames.decode(Array(text.utf8))
    #expect(String(decoding: names.encode(), as: UTF8.self) == text)
    #expect(names.names(of: Self.digest).map(\.text) == ["busybox", "registry.example.org:5000/a/b:1.2_3"])
    #expect(
      code { () throws(Refusal) in _ = try ImageNames.decode(Array(#"{"names":{"a":"b"}}"#.utf8)) } == "bad-value 1:15")
    #expect(
      code { () throws(Refusal) in _ = try ImageNames.decode(Array(#"{"names":{"-a":"\#(Self.digest)"}}"#.utf8)) }
        == "bad-name 1:11")
  }

  @Test(
    "one image has one name, however it is typed",
    arguments: [
      ("busybox", "busybox"), ("busybox:latest", "busybox"), ("docker.io/library/busybox", "busybox"),
      ("docker.io/library/busybox:1.36", "busybox:1.36"), ("docker.io/a/b:latest", "a/b"), ("latest", "latest"),
      ("localhost:5000/x:latest", "localhost:5000/x"), ("a@\(digest)", "a@\(digest)"),
    ])
  func shortNames(typed: String, name: String) throws {
    #expect(try ImageName(validating: typed).text == name)
  }

  @Test(
    "what is left of a name is never an option, and reads as the same name",
    arguments: [
      "docker.io/-rm", "docker.io/library/--help", "index.docker.io/:a", "a/:latest", "a-:latest",
      "docker.io/docker.io/a", "a:latest:latest", "docker.io/.a:latest", "docker.io/a-:latest",
    ])
  func oddShortNames(typed: String) throws {
    let name = try ImageName(validating: typed)
    #expect(name.text.utf8.first.map { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ":") } ?? false)
    #expect(try ImageName(validating: name.text) == name)
    // As the store keeps it.
    let kept = Array(#"{"names":{"\#(name.text)":"\#(Self.digest)"}}"#.utf8)
    #expect(try ImageNames.decode(kept).encode() == ImageNames.decode(ImageNames.decode(kept).encode()).encode())
  }

  @Test("a digest is a folder's name and back")
  func digests() throws {
    let folder = ImageDigest.folder(of: Self.digest)
    #expect(folder == "sha256-" + String(repeating: "0a", count: 32))
    #expect(ImageDigest.inFolder(folder) == Self.digest)
    for other in ["sha256-", ".adding-1", "names.json", folder + "0", "sha256-" + String(repeating: "Z", count: 64)] {
      #expect(ImageDigest.inFolder(other) == nil)
    }
    #expect(try ImageName(validating: Self.digest).digest == Self.digest)
    #expect(try ImageName(validating: "busybox").digest == nil)
  }

  @Test(
    "a recipe that is not understood is refused with its place",
    arguments: [
      ("{}", "missing-key 1:1"), (#"{"name":"a b"}"#, "bad-name 1:9"),
      (#"{"name":"a","program":[]}"#, "unknown-key 1:13"),
      (#"{"name":"a","programs":["ls"]}"#, "bad-value 1:25"),
      (#"{"name":"a","programs":["/bin/../ls"]}"#, "bad-value 1:25"),
      (#"{"name":"a","paths":["/"]}"#, "bad-value 1:22"), (#"{"name":"a","paths":"/usr"}"#, "wrong-type 1:21"),
      (#"{"name":"a","files":{"../a":"/a"}}"#, "bad-value 1:22"),
      (#"{"name":"a","files":{"/a":"/a"}}"#, "bad-value 1:22"),
      (#"{"name":"a","files":{"a":"a"}}"#, "bad-value 1:26"),
      (#"{"name":"a","files":{"a":"/b/../../c"}}"#, "bad-value 1:26"),
      (#"{"name":"a","links":{"sh":"busybox"}}"#, "bad-value 1:22"),
      (#"{"name":"a","links":{"/sh":""}}"#, "out-of-range 1:28"),
      (#"{"name":"a","env":{"A=B":"c"}}"#, "bad-value 1:20"), (#"{"name":"a","env":{"A":1}}"#, "wrong-type 1:24"),
      (#"{"name":"a","name":"b"}"#, "duplicate-key 1:13"), (#"{"name":"a","from":"--x"}"#, "bad-name 1:20"),
      (#"{"name":"a",}"#, "bad-json 1:13"), (#"{"name":"a","env":{"A":"\u0000"}}"#, "bad-json 1:25"),
    ])
  func badRecipe(text: String, fault: String) {
    #expect(code { () throws(Refusal) in _ = try ImageRecipe.read(Array(text.utf8)) } == fault)
  }

  @Test("a recipe has its parts in the order they were written")
  func recipe() throws {
    let text = #"""
      { "name": "docker.io/library/a:latest", "from": "b:1", "programs": ["/bin/b", "/bin/a"], "paths": ["/usr/lib/x*"],
        "files": { "b": "/b", "a/c": "/a" }, "links": { "/z": "y", "/a": "../b" }, "env": { "B": "=", "A": "" },
        "description": "d" }
      """#
    let recipe = try ImageRecipe.read(Array(text.utf8))
    #expect(recipe.name.text == "a")
    #expect(recipe.base?.text == "b:1")
    #expect(recipe.programs.map(\.text) == ["/bin/b", "/bin/a"])
    #expect(recipe.paths.map(\.text) == ["/usr/lib/x*"])
    #expect(recipe.files.map(\.source.text) == ["b", "a/c"])
    #expect(recipe.files.map(\.place.text) == ["/b", "/a"])
    #expect(recipe.links.map(\.place.text) == ["/z", "/a"])
    #expect(recipe.links.map(\.target) == ["y", "../b"])
    #expect(recipe.environment == ["B==", "A="])
    #expect(recipe.note == "d")
  }
}
