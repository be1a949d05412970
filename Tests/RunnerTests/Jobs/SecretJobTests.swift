import Jobs
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(60))) struct SecretJobTests {
  private static let value = #"s3cr3t "quoted" Ünïcode"#
  private let spool: TestSpool

  init() throws {
    spool = try TestSpool(["secrets": #"["TOKEN", "OTHER"]"#])
    try spool.place.folder.makeFolder("config")
    try spool.place.folder.folder("config").makeFolder("bobbin")
    let secrets = try spool.place.folder.folder("config").folder("bobbin")
    try secrets.makeFolder("secrets")
    try secrets.folder("secrets").create("TOKEN").write(Array((Self.value + "\n").utf8))
  }

  private func drain() throws {
    let runner = try spool.start(
      drain: true, environment: ["XDG_CONFIG_HOME=\(spool.place.path)/config", "LOG_LEVEL=trace", "LANG=C.UTF-8"])
    guard case .exited? = runner.end() else {
      Issue.record("the drain did not end\n\(spool.log)")
      return
    }
  }

  private func run(_ body: String) throws -> JobRecord {
    try spool.drop("x", "{\(body)}")
    try drain()
    return try spool.result("x")
  }

  @Test("a job gets them as variables, and only those it asks for")
  func given() throws {
    let length = Self.value.utf8.count
    let result = try run(#""secrets": ["TOKEN"], "run": "printf '%s' \"$TOKEN\" | wc -c; echo ${OTHER-none}""#)
    #expect(result.stdout?.text == "\(length)\nnone\n")
    try spool.drop("y", #"{"run": "echo ${TOKEN-none}"}"#)
    try drain()
    #expect(try spool.result("y").stdout?.text == "none\n")
  }

  @Test("nothing that is written about the job has one in it: streams, logs, value, reasons, bobbin.log")
  func nowhere() throws {
    // Slowly and in pieces, so that it comes in more than one read; the value in each form; a bad BOBBIN_RESULT.
    let script = """
      printf '%s' "$TOKEN" | cut -c 1-9 | tr -d '\\n'; sleep 0.05; printf '%s\\n' "$TOKEN" | cut -c 10-
      echo "$TOKEN" >&2; printf '%s' "u:$TOKEN" | base64 -w 0
      python3 -c 'import json,os,urllib.parse as u; t=os.environ["TOKEN"]; print(json.dumps(t), u.quote(t), u.quote_plus(t))'
      """
    let python =
      "python3 -c 'import json,os; json.dump({\\\"a\\\": [os.environ[\\\"TOKEN\\\"]]}, open(os.environ[\\\"BOBBIN_RESULT\\\"], \\\"w\\\"))'"
    try spool.place.write("job.sh", script)
    let good = #""secrets": ["TOKEN"], "run": "sh \#(spool.place.path)/job.sh; \#(python)""#
    let result = try run(good)
    #expect(result.isSuccess, "\(result.stderr?.text ?? "")")
    let text = result.stdout?.text ?? ""
    #expect(text.matches(of: #/\[redacted TOKEN\]/#).count == 5, "\(text)")
    #expect(result.stderr?.text == "[redacted TOKEN]\n")
    #expect(String(decoding: result.outcome?.value?.bytes ?? [], as: UTF8.self) == #"{"a":["[redacted TOKEN]"]}"#)
    try spool.drop(
      "bad", #"{"secrets": ["TOKEN"], "run": "printf '{\"%s\": 1, \"%s\": 2}' s3cr3t s3cr3t > $BOBBIN_RESULT; exit 3"}"#
    )
    try spool.drop("after", #"{"run": "cat $BOBBIN_AFTER", "after": "x"}"#)
    try drain()
    #expect(try spool.result("bad").outcome?.valueError != nil)
    let encoded = Command.shell("printf '%s' 'u:\(Self.value)' | base64 -w 0").text.dropFirst(4).prefix(12)
    for part in [String(encoded), "s3cr3t \\\"", "s3cr3t \\\\", Self.value, "Ünïcode", "%22quoted", "\\u00dcn"] {
      let found = spool.shell("grep -rlF '\(part)' .").text
      #expect(found.isEmpty, "'\(part)' is in \(found)")
    }
  }

  @Test("a reason that quotes what the job wrote has none in it")
  func reasons() throws {
    let result = try run(
      #""secrets": ["TOKEN"], "run": "printf '{\"%s\":1,\"%s\":1}' \"${TOKEN%% *}long\" \"${TOKEN%% *}long\" > $BOBBIN_RESULT""#
    )
    #expect(result.outcome?.valueError != nil)
    try Folder(path: spool.place.path + "/config/bobbin/secrets").create("OTHER").write(Array("s3cr3tlong".utf8))
    try spool.drop(
      "z", #"{"secrets": ["OTHER"], "run": "printf '{\"%s\":1,\"%s\":1}' $OTHER $OTHER > $BOBBIN_RESULT"}"#)
    try drain()
    let error = try #require(try spool.result("z").outcome?.valueError)
    #expect(error.contains("[redacted OTHER]") && !error.contains("s3cr3tlong"))
  }

  @Test("what is not allowed, not there or not safe is refused by code, and nothing runs")
  func refused() throws {
    let job = { (name: String) in #"{"secrets": ["\#(name)"], "run": "touch \#(spool.place.path)/mark"}"# }
    try spool.drop("not-listed", job("UNLISTED"))
    try spool.drop("missing", job("OTHER"))
    try spool.drop("unsafe", job("TOKEN"))
    Command.shell("chmod 644 '\(spool.place.path)/config/bobbin/secrets/TOKEN'")
    try drain()
    let refused = try spool.result("not-listed")
    #expect(refused.status == "refused" && refused.code == "secret-not-allowed" && refused.outcome?.key == "secrets")
    #expect(try spool.result("missing").code == "secret-missing")
    #expect(try spool.result("unsafe").code == "secret-unsafe")
    #expect(try !spool.place.folder.has("mark"))
    // Mended, a retry by hand gets it.
    Command.shell("chmod 600 '\(spool.place.path)/config/bobbin/secrets/TOKEN'")
    #expect(spool.shell("mv errors/unsafe.json inbox/").isSuccess)
    try drain()
    #expect(try spool.result("unsafe").isSuccess)
  }

  @Test("a group may narrow what the settings allow, and not widen it")
  func group() throws {
    try spool.replace("groups/g.json", #"{"host": true, "secrets": ["OTHER", "UNLISTED"]}"#)
    for name in ["TOKEN", "UNLISTED"] {
      try spool.drop(name.lowercased(), #"{"group": "g", "secrets": ["\#(name)"], "run": "true"}"#)
    }
    try drain()
    for name in ["token", "unlisted"] { #expect(try spool.result(name).code == "secret-not-allowed") }
  }

  @Test("a short one is not looked for, and the log says so")
  func short() throws {
    try Folder(path: spool.place.path + "/config/bobbin/secrets").create("OTHER").write(Array("12345".utf8))
    #expect(try run(#""secrets": ["OTHER"], "run": "echo $OTHER""#).stdout?.text == "12345\n")
    #expect(spool.logged("secret-too-short") == 1)
  }

  @Test("a job's secret stands in no argument list, which others can read")
  func arguments() throws {
    // The pattern is in a file: an argument of grep's would be found.
    let look =
      "printf '%s' \"$TOKEN\" > t; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\\\0' '\\\\n' | grep -cFf t; true"
    let result = try run(#""secrets": ["TOKEN"], "run": "\#(look.replacing("\"", with: "\\\""))""#)
    #expect(result.stdout?.text == "0\n")
  }
}
