import Testing

@testable import Jobs

@Suite("Settings")
struct SettingsTests {
  @Test("an empty object is every default")
  func defaults() throws {
    let settings = try Settings.read(utf8("{}"))
    #expect(settings == Settings())
    #expect(settings.slots == nil)
    #expect(settings.scanInterval == .seconds(1))
    #expect(settings.quiet == .seconds(2))
    #expect(settings.maxJobBytes == .mebibytes(1))
    #expect(settings.grace == .seconds(10))
    #expect(settings.minFree == .mebibytes(256))
    #expect(settings.maxInterruptions == 3)
    #expect(settings.afterTimeout == .seconds(3600))
    #expect(settings.durability == .full)
    #expect(settings.notifications && !settings.shared && !settings.networkFileSystem)
    #expect(settings.retention.done.keepsAll && settings.retention.errors.keepsAll && settings.retention.logs.keepsAll)
    #expect(settings.logLevel == .info)
  }

  @Test("every key is taken, comments and trailing commas too")
  func everyKey() throws {
    let settings = try Settings.read(
      utf8(
        #"""
        // what this spool does
        {
          "slots": 4, "scanInterval": "50ms", "notifications": false, "quiet": 5, "maxJobBytes": "64m", "grace": "1m",
          "minFree": 0, "maxInterruptions": 0, "afterTimeout": "2h", "durability": "relaxed", /* fast */
          "env": ["SSH_AUTH_SOCK"], "secrets": ["token"], "defaults": { "process": { "timeout": "1h", }, },
          "maxLimits": { "timeout": "1d", "output": "1g" },
          "retention": { "done": { "age": "30d", "count": 100 }, "errors": {}, "logs": { "count": 0 } },
          "shared": true, "networkFileSystem": true, "logLevel": "debug",
        }
        """#))
    #expect(settings.slots == 4)
    #expect(settings.scanInterval == .milliseconds(50))
    #expect(!settings.notifications && settings.shared && settings.networkFileSystem)
    #expect(settings.quiet == .seconds(5))
    #expect(settings.maxJobBytes == .mebibytes(64))
    #expect(settings.durability == .relaxed)
    #expect(settings.env == ["SSH_AUTH_SOCK"] && settings.secrets == ["token"])
    #expect(settings.defaults[.process].timeout == .seconds(3600))
    #expect(settings.defaults[.docker] == JobDefaults())
    #expect(settings.maxLimits.timeout == .seconds(86_400))
    #expect(settings.retention.done == Retention.Rule(age: .seconds(30 * 86_400), count: 100))
    #expect(settings.retention.logs.count == 0)
    #expect(settings.logLevel == .debug)
  }

  @Test(
    "bad settings are refused",
    arguments: [
      ("", .empty, nil), ("[]", .wrongType, nil), (#"{"slots": 0}"#, .outOfRange, "slots"),
      (#"{"slots": 1025}"#, .outOfRange, "slots"),
      (#"{"slots": "4"}"#, .wrongType, "slots"), (#"{"scanInterval": "49ms"}"#, .outOfRange, "scanInterval"),
      (#"{"scanInterval": "2h"}"#, .outOfRange, "scanInterval"),
      (#"{"maxJobBytes": "65m"}"#, .outOfRange, "maxJobBytes"),
      (#"{"maxJobBytes": 0}"#, .outOfRange, "maxJobBytes"), (#"{"durability": "some"}"#, .badValue, "durability"),
      (#"{"env": "A"}"#, .wrongType, "env"), (#"{"env": ["A=B"]}"#, .badValue, "env[0]"),
      (#"{"secrets": ["../a"]}"#, .badValue, "secrets[0]"),
      (#"{"slot": 1}"#, .unknownKey, "slot"), (#"{"x-a": 1}"#, .unknownKey, "x-a"),
      (#"{"defaults": {"auto": {}}}"#, .unknownKey, "defaults.auto"),
      (#"{"defaults": {"process": {"run": "a"}}}"#, .unknownKey, "defaults.process.run"),
      (#"{"defaults": {"process": {"limits": {"memory": 1}}}}"#, .outOfRange, "defaults.process.limits.memory"),
      (#"{"maxLimits": {"cpus": 0}}"#, .outOfRange, "maxLimits.cpus"),
      (#"{"maxLimits": {"time": 1}}"#, .unknownKey, "maxLimits.time"),
      (#"{"retention": {"done": {"count": -1}}}"#, .outOfRange, "retention.done.count"),
      (#"{"retention": {"done": "1d"}}"#, .wrongType, "retention.done"),
      (#"{"retention": {"tmp": {}}}"#, .unknownKey, "retention.tmp"),
      (#"{"shared": 1}"#, .wrongType, "shared"), (#"{"logLevel": "loud"}"#, .badValue, "logLevel"),
      (#"{"slots": 1, "slots": 2}"#, .duplicateKey, "slots"),
    ] as [(String, RefusalCode, String?)])
  func refuses(_ text: String, _ code: RefusalCode, _ key: String?) {
    let refusal = refusal { () throws(Refusal) in try Settings.read(utf8(text)) }
    #expect(refusal?.code == code)
    #expect(refusal?.key == key)
    #expect(refusal?.line == 1)
  }

  @Test("a group's settings are read")
  func group() throws {
    #expect(try GroupSettings.read(utf8("{}")) == GroupSettings())
    let group = try GroupSettings.read(
      utf8(
        #"{"slots": 2, "ordered": true, "host": true, "timeout": "1m", "limits": {"openFiles": 9}, "env": {"A": "1"}, "description": "d",}"#
      ))
    #expect(group.slots == 2 && group.ordered && group.host)
    #expect(group.timeout == .seconds(60))
    #expect(group.limits?.openFiles == 9)
    #expect(group.env == [EnvEntry("A", "1")])
    let boxed = try GroupSettings.read(utf8(#"{"image": "busybox:1", "keep": "10m", "containerUser": 1000}"#))
    #expect(boxed.image == "busybox:1" && boxed.keep == .seconds(600) && boxed.containerUser == 1000)
  }

  @Test(
    "bad group settings are refused",
    arguments: [
      (#"{"slots": 0}"#, .outOfRange), (#"{"ordered": "yes"}"#, .wrongType), (#"{"odered": true}"#, .unknownKey),
      (#"{"image": "-i"}"#, .badValue), (#"{"keep": "500ms"}"#, .outOfRange), (#"{"containerUser": -1}"#, .outOfRange),
      (#"{"host": true, "keep": "1m"}"#, .conflictingKeys), (#"{"host": true, "image": "i"}"#, .conflictingKeys),
      (#"{"trigger": ""}"#, .outOfRange),
      (#"{"agent": "a"}"#, .wrongType), (#"{"may": ["all"]}"#, .badValue),
      (#"{"priority": 101}"#, .outOfRange), (#"{"secrets": ["A/B"]}"#, .badValue),
      (#"{"mounts": [{"host": "/a", "container": "/proc"}]}"#, .badValue),
      (#"{"maxLimits": {"timeot": 1}}"#, .unknownKey),
      (#"{"host": true, "mounts": [{"host": "/a", "container": "/b"}]}"#, .conflictingKeys),
      (#"{"limits": {"pids": 0}}"#, .outOfRange), (#"{"env": {"BOBBIN_A": ""}}"#, .badValue),
    ] as [(String, RefusalCode)])
  func refusesGroup(_ text: String, _ code: RefusalCode) {
    #expect(refusal { () throws(Refusal) in try GroupSettings.read(utf8(text)) }?.code == code)
  }
}
