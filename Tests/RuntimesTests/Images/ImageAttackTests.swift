import Jobs
import Platform
import TestSupport
import Testing

@testable import Runtimes

@Suite(
  "An image, whatever is in its archive, touches nothing outside of it",
  .enabled(if: Need.skopeo, Comment(rawValue: Need.skopeoSays)))
struct ImageAttackTests {
  private let shelf: ImageShelf

  init() throws { shelf = try ImageShelf() }

  struct Attack: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// What is put into the layer `l`.
    let layer: String
    /// The failure's code; nil: it is added, without harm.
    var code: String?
    /// A shell line in the root, and what it prints.
    var line = "true"
    var prints = ""
  }

  static let attacks = [
    Attack(
      testDescription: "members with ../", layer: #"l.put("../up").put(UP + OUT + "/up").put("a/../../../up")"#,
      line: "cat up", prints: "x"),
    Attack(
      testDescription: "absolute members", layer: #"l.put(OUT + "/secret").put("/abs")"#, line: "cat abs", prints: "x"),
    Attack(
      testDescription: "a link, and a member written through it",
      layer: #"l.put("link", type=SYM, to=OUT).put("link/secret").put("link/new")"#, line: "readlink link | wc -l",
      prints: "1\n"),
    Attack(
      testDescription: "a relative link, and a member written through it",
      layer: #"l.put("a/link", type=SYM, to=UP + OUT).put("a/link/secret")"#),
    Attack(
      testDescription: "a link, and a file of the same name",
      layer: #"l.put("file", type=SYM, to=OUT + "/secret").put("file", data=b"mine")"#, line: "cat file", prints: "mine"
    ),
    Attack(
      testDescription: "a link, and a folder of the same name",
      layer: #"l.put("d", type=SYM, to=OUT).put("d", type=DIR, mode=0o777).put("d/new")"#),
    Attack(
      testDescription: "a hard link to a file outside",
      layer: #"l.put("hard", type=HARD, to=OUT + "/secret").put("hard", data=b"mine")"#, code: "image-failed"),
    Attack(
      testDescription: "a hard link to a file outside, by ../",
      layer: #"l.put("hard", type=HARD, to=UP + OUT + "/secret")"#, code: "image-failed"),
    Attack(
      testDescription: "a hard link through a link",
      layer: #"l.put("link", type=SYM, to=OUT).put("hard", type=HARD, to="link/secret")"#, code: "image-failed"),
    Attack(
      testDescription: "whiteouts outside",
      layer: #"l.put(UP + OUT + "/.wh.secret").put("link", type=SYM, to=OUT).put("link/.wh.secret")"#),
    Attack(
      testDescription: "a whiteout of ..", layer: #"l.put("a/b").put("a/.wh...", data=b"")"#, code: "image-failed"),
    Attack(
      testDescription: "a whiteout of .. at the top", layer: #"l.put("a/b").put(".wh...", data=b"")"#,
      code: "image-failed"),
    Attack(
      testDescription: "a whiteout of .", layer: #"l.put("a/b").put("a/.wh..", data=b"")"#, line: "ls -d a",
      prints: "a\n"),
    Attack(
      testDescription: "a whiteout of . at the top", layer: #"l.put("a/b").put(".wh..", data=b"")"#,
      code: "image-failed"),
    Attack(
      testDescription: "a link in place of the root itself",
      layer: #"l.put("a").put(".", type=SYM, to=OUT).put("secret").put("new")"#, code: "image-failed"),
    Attack(
      testDescription: "a link in place of the folder above the root",
      layer: #"l.put("a").put("..", type=SYM, to=OUT).put("../secret").put("new")"#, code: "image-failed"),
    Attack(
      testDescription: "a hard link in place of the root itself",
      layer: #"l.put("a").put("/", type=HARD, to=OUT + "/secret").put("new")"#, code: "image-failed"),
    Attack(
      testDescription: "opaque whiteouts outside",
      layer: #"l.put(UP + OUT + "/.wh..wh..opq").put("link", type=SYM, to=OUT).put("link/.wh..wh..opq")"#),
    Attack(
      testDescription: "setuid, setgid and capabilities",
      layer: #"""
        l.put("su", mode=0o6755).put("group", type=DIR, mode=0o2777)
        l.put("ping", SCHILY_xattr_security_capability="\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0")
        """#,
      line: """
        find . -perm /6000 | wc -l; stat -c %a su group; python3 -c "import os; print(os.listxattr('ping'))"
        """, prints: "0\n755\n777\n[]\n"),
    Attack(
      testDescription: "devices and FIFOs",
      layer: #"""
        l.put("dev/sda", type=BLOCK, device=(8, 0), mode=0o666).put("null", type=CHAR, device=(1, 3), mode=0o666)
        l.put("fifo", type=FIFO, mode=0o666).put("dev/zero", type=CHAR, device=(1, 5))
        """#, line: "find . ! -type f ! -type d ! -type l | wc -l", prints: "0\n"),
    Attack(
      testDescription: "links in place of what a sandbox mounts over",
      layer: #"""
        for name in ["proc", "dev", "tmp", "run", "bobbin", "etc"]: l.put(name, type=SYM, to=OUT)
        """#, line: "find proc dev tmp run bobbin etc dev/shm -maxdepth 0 -type d | wc -l; ls dev etc",
      prints: "7\ndev:\nshm\n\netc:\ngroup\nhosts\npasswd\nresolv.conf\n"),
    Attack(
      testDescription: "files in place of what a sandbox mounts over",
      layer: #"""
        for name in ["proc", "dev", "tmp", "run", "bobbin", "etc"]: l.put(name, type=FIFO)
        """#, line: "find proc dev tmp run bobbin etc dev/shm -maxdepth 0 -type d | wc -l", prints: "7\n"),
    Attack(
      testDescription: "links in place of the files of /etc that a sandbox mounts over",
      layer: #"""
        l.put("etc/passwd", type=SYM, to=OUT + "/secret").put("etc/hosts", type=SYM, to="/proc/self/mem")
        l.put("etc/resolv.conf", type=DIR).put("etc/resolv.conf/inner").put("etc/group", data=b"g")
        l.put("dev/shm", type=SYM, to=OUT)
        """#,
      line: "stat -c '%F' etc/passwd etc/hosts etc/resolv.conf dev/shm; cat etc/group",
      prints: "regular empty file\nregular empty file\nregular empty file\ndirectory\ng"),
    Attack(
      testDescription: "folders that nobody may enter",
      layer: #"l.put("closed", type=DIR, mode=0).put("closed/a", mode=0)"#,
      line: "stat -c %a closed closed/a", prints: "700\n400\n"),
    Attack(
      testDescription: "a folder that is too deep to be looked into",
      layer: #"l.put("/".join(["d"] * 150) + "/file")"#, code: "image-too-large"),
  ]

  @Test("as a tar of a root", arguments: attacks)
  func tar(attack: Attack) throws {
    shelf.python("l = layer('image.tar')\n\(attack.layer)\nl.end()")
    try expect(attack)
  }

  @Test("as a layer of an OCI archive, over a layer that has something", arguments: attacks)
  func archive(attack: Attack) throws {
    shelf.python(
      """
      below = layer('below.tar').put('usr/bin/true').put('out/secret').end()
      l = layer('layer.tar')
      \(attack.layer)
      oci('image.tar', [below, l.end()])
      """)
    try expect(attack)
  }

  private func expect(_ attack: Attack) throws {
    #expect(try shelf.add("image.tar") == attack.code)
    shelf.expectNothingElse()
    if attack.code == nil { #expect(try shelf.inRoot(attack.line) == attack.prints) }
    let named = try shelf.store.find("image")
    #expect((named == nil) == (attack.code != nil))
  }
}
