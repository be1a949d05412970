import Testing

@testable import Jobs

@Suite("Channels") struct ChannelTests {
  private func channel(_ json: String) throws -> Channel {
    let settings = try Settings.read(utf8(#"{"channels": {"ops": \#(json)}}"#))
    return try #require(settings.channels[ChannelName(validating: "ops")])
  }

  @Test("each way to deliver is read, with its defaults")
  func deliverers() throws {
    let command = try channel(#"{"command": ["/bin/send", "-x", ""]}"#)
    #expect(command == Channel(.command(["/bin/send", "-x", ""])))
    #expect(command.timeout == .seconds(30) && command.retry.attempts == 5 && command.rate == nil)
    #expect(try channel(#"{"file": {"folder": "/srv/out"}}"#).deliverer == .file(folder: "/srv/out"))
    let mail = try channel(#"{"mail": {"from": "Ops <a@b.c>"}}"#)
    #expect(try mail.deliverer == .mail(from: #require(MailAddress("Ops <a@b.c>"))))
    let hook = try channel(
      #"{"webhook": {"url": "https://h.example/x?y=1", "secret": "S", "headers": {"X-A": "1"}, "headerSecrets": {"Authorization": "T"}}}"#
    )
    var expected = WebHook(url: try #require(WebAddress("https://h.example/x?y=1")))
    expected.secret = "S"
    expected.headers = [WebHook.Header("X-A", "1")]
    expected.secretHeaders = [WebHook.Header("Authorization", "T")]
    #expect(hook.deliverer == .webHook(expected))
  }

  @Test("rate, timeout, retry, env and secrets are read")
  func others() throws {
    let channel = try channel(
      #"{"command": ["send"], "rate": "30/m", "timeout": "5s", "retry": {"delay": "1s"}, "env": {"A": "1"}, "secrets": ["T"]}"#
    )
    #expect(channel.rate == DeliveryRate(count: 30, period: .seconds(60)) && channel.timeout == .seconds(5))
    #expect(channel.retry.delay == .seconds(1) && channel.retry.attempts == 5)
    #expect(channel.env == [EnvEntry("A", "1")] && channel.secrets == ["T"])
    #expect(try self.channel(#"{"command": ["send"], "retry": 2}"#).retry.attempts == 2)
  }

  @Test(
    "bad channels are refused, with the key",
    arguments: [
      (#"{}"#, .missingKey, ""), (#"[]"#, .wrongType, ""),
      (#"{"command": ["a"], "file": {"folder": "/a"}}"#, .conflictingKeys, ".file"),
      (#"{"command": []}"#, .outOfRange, ".command"), (#"{"command": "a b"}"#, .wrongType, ".command"),
      (#"{"command": ["./a"]}"#, .badValue, ".command[0]"), (#"{"command": [""]}"#, .badValue, ".command[0]"),
      (#"{"comand": ["a"]}"#, .unknownKey, ".comand"),
      (#"{"file": {"folder": "a"}}"#, .badValue, ".file.folder"), (#"{"file": {}}"#, .missingKey, ".file"),
      (#"{"file": {"path": "/a"}}"#, .unknownKey, ".file.path"),
      (#"{"file": {"folder": "/a"}, "env": {}}"#, .conflictingKeys, ".env"),
      (#"{"file": {"folder": "/a"}, "secrets": []}"#, .conflictingKeys, ".secrets"),
      (#"{"mail": {"from": "a@b, c@d"}}"#, .badValue, ".mail.from"),
      (#"{"webhook": {}}"#, .missingKey, ".webhook"),
      (#"{"webhook": {"url": "https://a/"}, "secrets": ["T"]}"#, .conflictingKeys, ".secrets"),
      (#"{"webhook": {"url": "https://a/", "headers": {"A B": "1"}}}"#, .badValue, ".webhook.headers.A B"),
      (#"{"webhook": {"url": "https://a/", "headers": {"A": "1\r\nB: 2"}}}"#, .badValue, ".webhook.headers.A"),
      (
        #"{"webhook": {"url": "https://a/", "headers": {"content-type": "x"}}}"#, .badValue,
        ".webhook.headers.content-type"
      ),
      (
        #"{"webhook": {"url": "https://a/", "headers": {"X-Bobbin-Y": "x"}}}"#, .badValue, ".webhook.headers.X-Bobbin-Y"
      ),
      (
        #"{"webhook": {"url": "https://a/", "headers": {"A": "1"}, "headerSecrets": {"a": "T"}}}"#, .conflictingKeys,
        ".webhook.headerSecrets.a"
      ),
      (#"{"command": ["a"], "rate": "30"}"#, .badValue, ".rate"),
      (#"{"command": ["a"], "rate": "0/s"}"#, .badValue, ".rate"),
      (#"{"command": ["a"], "timeout": "500ms"}"#, .outOfRange, ".timeout"),
      (#"{"command": ["a"], "env": {"BOBBIN_X": ""}}"#, .badValue, ".env.BOBBIN_X"),
      (#"{"command": ["a"], "env": {"T": ""}, "secrets": ["T"]}"#, .conflictingKeys, ""),
    ] as [(String, RefusalCode, String)])
  func refuses(_ json: String, _ code: RefusalCode, _ key: String) {
    let refusal = refusal { () throws(Refusal) in try Settings.read(utf8(#"{"channels": {"ops": \#(json)}}"#)) }
    #expect(refusal?.code == code, "\(refusal?.reason ?? "it is read")")
    #expect(refusal?.key == "channels.ops" + key)
  }

  @Test("a channel's name has the form of a group's")
  func names() {
    for name in ["", "a b", "-a", ".x", "a:b", String(repeating: "a", count: 65)] {
      let text = #"{"channels": {"\#(name)": {"command": ["a"]}}}"#
      #expect(refusal { () throws(Refusal) in try Settings.read(utf8(text)) }?.code == .badName)
    }
  }

  @Test("no refusal repeats an address, a header's value or what stands where a secret's name belongs")
  func discretion() {
    for json in [
      #"{"webhook": {"url": "ftp://h/s3cr3tpath"}}"#, #"{"webhook": {"url": "https://u:s3cr3t@h/"}}"#,
      #"{"webhook": {"url": "https://a/", "headers": {"A": "s3cr3t\u0007"}}}"#,
      #"{"webhook": {"url": "https://a/", "headerSecrets": {"Authorization": "Bearer s3cr3t"}}}"#,
      #"{"webhook": {"url": "https://a/", "secret": "s3cr3t!"}}"#,
    ] {
      let refusal = refusal { () throws(Refusal) in try Settings.read(utf8(#"{"channels": {"ops": \#(json)}}"#)) }
      #expect(refusal.map { !$0.reason.contains("s3cr3t") } == true, "\(json)")
    }
  }

  @Test(
    "a web address is https, or http to this machine, and is read alike by everybody",
    arguments: [
      ("https://example.com", true), ("https://example.com:8443/a/b?c=d%20e", true), ("https://[2001:db8::1]/x", true),
      ("http://localhost/x", true), ("http://localhost:80", true), ("http://127.0.0.1:5000/", true),
      ("http://127.1.2.3/", true), ("http://[::1]:1/", true),
      ("http://example.com/", false), ("http://127.0.0.1.example.com/", false),
      ("http://localhost.example.com/", false),
      ("http://127.0.0.1@example.com/", false), ("https://user:pass@example.com/", false),
      ("http://127.0.0.256/", false),
      ("ftp://localhost/", false), ("file:///etc/passwd", false), ("https://", false), ("https:///x", false),
      ("https://a b/", false), ("https://a/\n", false), ("https://a/#x", false), ("https://a\\b/", false),
      ("https://a:0/", false), ("https://a:99999/", false), ("https://a:b/", false), ("https://ä.de/", false),
      ("https://a/{1,2}", false), ("HTTPS://a/", false), ("https://[::1/", false),
    ])
  func addresses(_ text: String, _ isGood: Bool) { #expect((WebAddress(text) != nil) == isGood) }

  @Test("rates are read as they are shown")
  func rates() {
    for text in ["1/s", "30/m", "1000000/h"] { #expect(DeliveryRate.parse(text)?.description == text) }
    for text in ["", "1", "/s", "1/d", "-1/s", "1.5/s", "1000001/s", "1/s/s", "99999999999999999999/s"] {
      #expect(DeliveryRate.parse(text) == nil)
    }
  }
}
