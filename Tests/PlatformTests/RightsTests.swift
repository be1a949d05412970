import Platform
import TestSupport
import Testing

@Suite("Trees that others made are tidied")
struct RightsTests {
  private let place: TemporaryFolder

  init() throws { place = try TemporaryFolder() }

  private func shell(_ line: String) -> String { Command.shell("cd '\(place.path)' && { \(line); }").text }

  @Test("rights are set whatever they are, and never through a link")
  func modes() throws {
    #expect(shell("touch file; chmod 0 file; mkdir folder; chmod 0 folder; ln -s file link") == "")
    try place.folder.setMode(0o751, of: Array("file".utf8))
    try place.folder.setMode(0o1755, of: Array("folder".utf8))
    var error: SystemError?
    do throws(SystemError) { try place.folder.setMode(0o777, of: Array("link".utf8)) } catch let caught {
      error = caught
    }
    #expect(error?.isLink == true)
    #expect(shell("stat -c %a file folder") == "751\n1755\n")
  }

  @Test(
    "extended attributes go, capabilities among them", .enabled(if: Need.python && Need.root, "needs root and python3"))
  func attributes() throws {
    let set = """
      import os
      os.setxattr('file', 'user.a', b'1'); os.setxattr('folder', 'user.b', b'2')
      os.setxattr('file', 'security.capability', bytes.fromhex('0100000200200000000000000000000000000000'))
      """
    let get = "import os; print(os.listxattr('file'), os.listxattr('folder'))"
    #expect(
      shell("touch file; mkdir folder; python3 -c \"\(set)\"; python3 -c \"\(get)\" | grep -c capability") == "1\n")
    try place.folder.open("file").removeAttributes()
    try place.folder.folder("folder").descriptor.removeAttributes()
    #expect(shell("python3 -c \"\(get)\"") == "[] []\n")
  }

  @Test("a copy ends at its limit")
  func limits() throws {
    try place.write("a", "12345")
    for (limit, whole) in [(4, false), (5, true), (6, true)] {
      let copy = try FileSystem.memoryFile([])
      #expect(try copy.append(allOf: place.folder.open("a"), limit: Int64(limit)) == whole)
    }
  }
}
