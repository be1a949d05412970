import Testing

@testable import Jobs

@Suite("The list of what may be mounted")
struct MountRulesTests {
  @Test("it is read with comments and trailing commas, read-only unless it says more")
  func read() throws {
    let rules = try MountRules.read(
      utf8(
        """
        // what jobs may see
        { "roots": [ { "path": "~/projects", "allowReadWrite": true, }, { "path": "/srv/data" }, ],
          "blocked": ["*.pem", "a/b",], }
        """))
    #expect(
      rules.roots == [
        MountRules.Root(path: "~/projects", allowsReadWrite: true), MountRules.Root(path: "/srv/data"),
      ])
    #expect(rules.blocked.map(\.text) == ["*.pem", "a/b"])
    #expect(try MountRules.read(utf8("{}")) == MountRules())
  }

  @Test(
    "a bad list is refused, where it is wrong",
    arguments: [
      ("", .empty, nil), ("[]", .wrongType, nil), (#"{"root": []}"#, .unknownKey, "root"),
      (#"{"roots": ["/srv"]}"#, .wrongType, "roots[0]"), (#"{"roots": [{}]}"#, .missingKey, "roots[0]"),
      (#"{"roots": [{"path": ""}]}"#, .outOfRange, "roots[0].path"),
      (#"{"roots": [{"path": "srv"}]}"#, .badValue, "roots[0].path"),
      (#"{"roots": [{"path": "~me"}]}"#, .badValue, "roots[0].path"),
      (#"{"roots": [{"path": "/"}]}"#, .badValue, "roots[0].path"),
      (#"{"roots": [{"path": "//"}]}"#, .badValue, "roots[0].path"),
      (#"{"roots": [{"path": "/a", "allowReadwrite": true}]}"#, .unknownKey, "roots[0].allowReadwrite"),
      (#"{"roots": [{"path": "/a", "allowReadWrite": "yes"}]}"#, .wrongType, "roots[0].allowReadWrite"),
      (#"{"blocked": [""]}"#, .outOfRange, "blocked[0]"), (#"{"blocked": ["/"]}"#, .badValue, "blocked[0]"),
      (#"{"blocked": "x"}"#, .wrongType, "blocked"),
    ] as [(String, RefusalCode, String?)])
  func bad(_ text: String, _ code: RefusalCode, _ key: String?) {
    let refusal = refusal { () throws(Refusal) in try MountRules.read(utf8(text)) }
    #expect(refusal?.code == code && refusal?.key == key)
  }

  @Test(
    "a pattern is of whole names, '*' is any run, '/' stands between names in a row, and case is the same",
    arguments: [
      ("a", "/a", true), ("a", "/x/A/y", true), ("a", "/ab", false), ("*", "/x", true), ("*.pem", "/x/k.PEM", true),
      ("*.pem", "/x/k.pem.bak", false), ("k*", "/x/k", true), ("a*b*c", "/aXbYbc", true), ("a*b*c", "/aXc", false),
      ("*a", "/aaab", false), ("**a", "/xa", true), ("a/b", "/x/a/b/y", true), ("a/b", "/a/x/b", false),
      ("/a/b/", "/a/b", true), ("a/*", "/a", false), ("a/*/c", "/x/a/b/c", true), ("ä", "/Ä", true), ("a", "/", false),
    ])
  func patterns(_ pattern: String, _ path: String, _ matches: Bool) throws {
    var rules = MountRules()
    rules.blocked = [try #require(MountRules.Pattern(pattern))]
    #expect(rules.pattern(blocking: path) == (matches ? pattern : nil))
  }
}
