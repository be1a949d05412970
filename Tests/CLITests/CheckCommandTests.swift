@testable import CLI
import Platform
import Spool
import Testing

@Suite struct CheckCommandTests {
  private let bobbin: Called
  init() throws { bobbin = try Called() }

  @Test("a file that cannot be read keeps none of the others from being judged", arguments: ["check", "task check"])
  func unreadable(verb: String) throws {
    let bad = try bobbin.file("bad.json", #"{"run":"true","timout":3}"#)
    try Folder(path: bobbin.home).makeFolder("folder.json")
    let paths = [bobbin.home + "/nix.json", bobbin.home + "/folder.json", bad]
    let answer = bobbin.call(verb.split(separator: " ").map(String.init) + paths)
    #expect(answer.code == 74)
    #expect(answer.err.contains("open HOME/nix.json: No such file"), "\(answer.err)")
    #expect(answer.err.contains("read HOME/folder.json: Is a directory"), "\(answer.err)")
    #expect(answer.err.contains("HOME/bad.json:1:"), "\(answer.err)")
    let json = bobbin.call(verb.split(separator: " ").map(String.init) + paths + ["--json"])
    #expect(json.code == 74)
    #expect(json.out.components(of: #""good": false"#) == 3, "\(json.out)")
  }

  @Test("submit names the folder that it was given for a file")
  func folder() throws {
    try Folder(path: bobbin.home).makeFolder("folder.json")
    #expect(
      bobbin("submit", bobbin.home + "/folder.json")
        == .init(code: 74, out: "", err: "bobbin: read HOME/folder.json: Is a directory\n"))
  }
}

extension String {
  fileprivate func components(of part: String) -> Int {
    split(separator: part, omittingEmptySubsequences: false).count - 1
  }
}
