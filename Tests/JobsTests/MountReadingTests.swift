import Testing

@testable import Jobs

@Suite("Reading mounts and secrets")
struct MountReadingTests {
  @Test("mounts are read-only unless they say otherwise, and their places come without a slash at the end")
  func mounts() throws {
    let job = try job(
      #""mounts": [{"host": "/a/../b", "container": "/data/"}, {"host": "/c", "container": "/tmp/x", "readOnly": false}]"#
    )
    #expect(
      job.mounts == [
        Mount(host: "/a/../b", container: "/data"), Mount(host: "/c", container: "/tmp/x", isReadOnly: false),
      ])
    #expect(job.needsIsolation)
    #expect(try !Job.read(utf8(#"{"run": "a", "mounts": []}"#)).needsIsolation)
  }

  @Test(
    "a bad mount is refused, where it stands",
    arguments: [
      (#"{}"#, .wrongType, "mounts"), (#"["/a"]"#, .wrongType, "mounts[0]"),
      (#"[{"hots": "/a"}]"#, .unknownKey, "mounts[0].hots"), (#"[{"host": "/a"}]"#, .missingKey, "mounts[0]"),
      (#"[{"container": "/a"}]"#, .missingKey, "mounts[0]"),
      (#"[{"host": "a", "container": "/a"}]"#, .badValue, "mounts[0].host"),
      (#"[{"host": "/a", "container": "/a", "readOnly": "no"}]"#, .wrongType, "mounts[0].readOnly"),
    ] as [(String, RefusalCode, String)])
  func badMounts(_ mounts: String, _ code: RefusalCode, _ key: String) {
    let refusal = refusal { () throws(Refusal) in try job(#""mounts": \#(mounts)"#) }
    #expect(refusal?.code == code && refusal?.key == key && refusal?.line != nil)
  }

  @Test(
    "a container path that is not plain, or that is the sandbox's own, is refused",
    arguments: [
      "data", "", ".", "..", "/", "//", "/.", "/..", "/data/..", "/data/../etc", "/data/./x", "/data//x", "//data",
      "/data:ro", "/a,b", #"/a\nb"#, #"/a\u007fb"#, "/proc", "/proc/1", "/dev/shm", "/sys/fs", "/run", "/run/x", "/tmp",
      "/tmp/", "/usr", "/usr/local/x", "/bin", "/sbin", "/lib", "/lib64", "/libx32", "/etc/passwd", "/bobbin",
      "/bobbin-ipc/x",
    ])
  func badPlaces(_ path: String) {
    let text = #""mounts": [{"host": "/a", "container": "\#(path)"}]"#
    let refusal = refusal { () throws(Refusal) in try job(text) }
    #expect(refusal?.code == .badValue && refusal?.key == "mounts[0].container", "\(path)")
  }

  @Test(
    "a container path of one's own is taken",
    arguments: ["/data", "/tmp/x", "/home/me/.x", "/proceed", "/user", "/a b", "/…", "/...", "/data/..."])
  func goodPlaces(_ path: String) throws {
    #expect(try job(#""mounts": [{"host": "/a", "container": "\#(path)"}]"#).mounts.map(\.container) == [path])
  }

  @Test(
    "two mounts do not lie in each other",
    arguments: [
      ("/a", "/a", true), ("/a", "/a/b", true), ("/a/b/c", "/a", true), ("/a", "/ab", false),
      ("/a/b", "/a/c", false),
    ])
  func nestedMounts(_ one: String, _ other: String, _ isRefused: Bool) {
    let refusal = refusal { () throws(Refusal) in
      try job(#""mounts": [{"host": "/x", "container": "\#(one)"}, {"host": "/y", "container": "\#(other)"}]"#)
    }
    #expect((refusal?.code == .conflictingKeys) == isRefused)
    #expect((refusal != nil) == isRefused)
  }

  @Test("64 mounts and 64 secrets are taken, 65 are not")
  func manyMounts() {
    func mounts(_ n: Int) -> String {
      #""mounts": ["# + (0..<n).map { #"{"host": "/h", "container": "/m\#($0)"}"# }.joined(separator: ",") + "]"
    }
    func secrets(_ n: Int) -> String { #""secrets": ["# + (0..<n).map { #""S\#($0)""# }.joined(separator: ",") + "]" }
    for text in [mounts(64), secrets(64)] { #expect(refusal { () throws(Refusal) in try job(text) } == nil) }
    for text in [mounts(65), secrets(65)] {
      #expect(refusal { () throws(Refusal) in try job(text) }?.code == .outOfRange)
    }
  }

  @Test("a process cannot have mounts")
  func mountsOfProcess() throws {
    let text = #""runtime": "process", "mounts": [{"host": "/a", "container": "/b"}]"#
    let refusal = refusal { () throws(Refusal) in try job(text) }
    #expect(refusal?.code == .conflictingKeys && refusal?.key == "mounts")
    #expect(try job(#""runtime": "process", "mounts": []"#).mounts.isEmpty)
  }

  @Test(
    "secrets are named as variables are",
    arguments: [
      (#"["TOKEN", "_a1", "b"]"#, nil), (#"[]"#, nil), (#""TOKEN""#, .wrongType), (#"[1]"#, .wrongType),
      (#"[""]"#, .badValue), (#"["1A"]"#, .badValue), (#"["A-B"]"#, .badValue), (#"["../A"]"#, .badValue),
      (#"["A/B"]"#, .badValue), (#"[".A"]"#, .badValue), (#"["A=B"]"#, .badValue), (#"["Ä"]"#, .badValue),
      (#"["PATH"]"#, .badValue), (#"["HOME"]"#, .badValue), (#"["LD_PRELOAD"]"#, .badValue),
      (#"["BOBBIN_RESULT"]"#, .badValue), (#"["A", "A"]"#, .badValue),
    ] as [(String, RefusalCode?)])
  func secretNames(_ secrets: String, _ code: RefusalCode?) {
    #expect(refusal { () throws(Refusal) in try job(#""secrets": \#(secrets)"#) }?.code == code)
  }

  @Test("a variable is a secret or of 'env', not both")
  func secretInEnv() {
    let refusal = refusal { () throws(Refusal) in try job(#""secrets": ["A"], "env": {"A": "x"}"#) }
    #expect(refusal?.code == .conflictingKeys && refusal?.key == "secrets")
  }
}
