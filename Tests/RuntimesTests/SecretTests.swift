import Jobs
import Platform
import TestSupport
import Testing

@testable import Runtimes

@Suite("Secrets are read from files that nobody else can read or write")
struct SecretTests {
  private let place: TemporaryFolder
  private let store: SecretStore

  init() throws {
    place = try TemporaryFolder()
    store = SecretStore(config: ConfigFolder(path: place.path + "/bobbin", home: place.path))
    shell("umask 077; mkdir -p bobbin/secrets; printf 'hunter2\\n' > bobbin/secrets/TOKEN")
  }

  private func shell(_ line: String) {
    let command = Command.shell("cd '\(place.path)' && { \(line); }")
    if !command.isSuccess { Issue.record("\(line): \(command.text)") }
  }

  private func code(_ names: String...) -> String? {
    do throws(SecretRefusal) {
      _ = try store.read(names)
      return nil
    } catch { return error.code.rawValue }
  }

  @Test("they come in the order they were asked for, and none is asked for in vain")
  func read() throws {
    shell("umask 077; printf other > bobbin/secrets/OTHER")
    #expect(
      try store.read(["TOKEN", "OTHER"]) == [
        Secret(name: "TOKEN", value: "hunter2"), Secret(name: "OTHER", value: "other"),
      ])
    shell("rm -r bobbin")
    #expect(try store.read([]).isEmpty)
  }

  @Test(
    "one line break at the end is dropped, everything else is the value",
    arguments: [
      ("a", "a"), ("a\\n", "a"), ("a\\n\\n", "a\n"), ("a\\r\\n", "a\r"), ("\\na\\n", "\na"), (" a ", " a "),
      ("ü\\n", "ü"),
      ("a\\nb", "a\nb"),
    ])
  func lineBreaks(_ written: String, _ value: String) throws {
    shell("printf '\(written)' > bobbin/secrets/TOKEN")
    #expect(try store.read(["TOKEN"]).map(\.value) == [value])
  }

  @Test("64 KiB are taken, a byte more is not")
  func longest() throws {
    shell("head -c 65536 /dev/zero | tr '\\0' x > bobbin/secrets/TOKEN; echo >> bobbin/secrets/TOKEN")
    #expect(try store.read(["TOKEN"])[0].value.utf8.count == 65536)
    shell("printf xx >> bobbin/secrets/TOKEN")
    #expect(code("TOKEN") == "secret-unsafe")
  }

  @Test("what is not there is missing", arguments: ["true", "rm -r bobbin/secrets", "rm -r bobbin"])
  func missing(_ change: String) {
    shell(change)
    #expect(code("NONE") == "secret-missing")
  }

  @Test(
    "what others could read, write or swap is not used",
    arguments: [
      "chmod 640 bobbin/secrets/TOKEN", "chmod 604 bobbin/secrets/TOKEN", "chmod 620 bobbin/secrets/TOKEN",
      "chmod 755 bobbin/secrets", "chmod 777 bobbin/secrets", "chmod 770 bobbin/secrets", "chmod 777 bobbin",
      "chmod 1777 bobbin/secrets", "mv bobbin/secrets/TOKEN t; ln -s ../../t bobbin/secrets/TOKEN",
      "mv bobbin/secrets/TOKEN bobbin/secrets/T; ln -s T bobbin/secrets/TOKEN",
      "rm bobbin/secrets/TOKEN; mkfifo -m 600 bobbin/secrets/TOKEN",
      "rm bobbin/secrets/TOKEN; mkdir bobbin/secrets/TOKEN",
      "rm bobbin/secrets/TOKEN; mknod -m 600 bobbin/secrets/TOKEN p", ": > bobbin/secrets/TOKEN",
      "echo > bobbin/secrets/TOKEN", "printf 'a\\0b' > bobbin/secrets/TOKEN", "printf '\\377' > bobbin/secrets/TOKEN",
      "rm -r bobbin/secrets; mkdir -m 777 s; mkdir -m 700 s/x; ln -s ../s/x bobbin/secrets",
    ])
  func unsafe(_ change: String) {
    #expect(code("TOKEN") == nil)
    shell(change)
    #expect(code("TOKEN") == "secret-unsafe")
  }

  @Test("a file or a folder of another user is not used", .enabled(if: Need.root, "\(Need.rootSays)"))
  func foreign() {
    shell("chown 65534 bobbin/secrets/TOKEN")
    #expect(code("TOKEN") == "secret-unsafe")
    shell("chown 0 bobbin/secrets/TOKEN; chown 65534 bobbin/secrets")
    #expect(code("TOKEN") == "secret-unsafe")
  }

  @Test("a name that is more than a name leads nowhere", arguments: ["../TOKEN", "x/../TOKEN", "", ".", "LD_PRELOAD"])
  func names(_ name: String) {
    shell("cp -p bobbin/secrets/TOKEN bobbin/TOKEN; cp -p bobbin/secrets/TOKEN bobbin/secrets/LD_PRELOAD")
    #expect(code(name) == "secret-unsafe")
  }

  @Test("a reason never has a part of the secret in it")
  func reasons() throws {
    shell("printf 'hunter2\\377' > bobbin/secrets/TOKEN")
    let refusal = try #require(throws: SecretRefusal.self) { try store.read(["TOKEN"]) }
    #expect(!refusal.reason.contains("hunter2"))
  }
}
