extension Settings {
  private static let keys = [
    "slots", "profile", "scanInterval", "taskInterval", "maxMissed", "notifications", "quiet", "maxJobBytes", "grace",
    "minFree", "maxInterruptions",
    "afterTimeout", "durability", "env", "secrets", "sandboxUser", "sandboxPaths", "containerUser", "allowNetworks",
    "allowUsers",
    "allowPrivileged", "allowDevices",
    "routes", "tellFailures", "defaults", "maxLimits", "retention", "channels", "shared",
    "networkFileSystem", "logLevel",
  ]

  /// Reads `settings.json`: strict, with comments and trailing commas.
  /// - Throws: the first thing that is wrong, with its place; the codes are those of `Job.read`.
  public static func read(_ bytes: [UInt8]) throws(Refusal) -> Settings {
    let root = Field(root: try JSONReader.read(bytes, dialect: .settings), source: bytes)
    var settings = Settings()
    for field in try root.members("an object of settings") {
      switch field.name {
      case "slots": settings.slots = try field.integer(1...1024)
      case "profile": settings.profile = try field.word(Profile.self)
      case "scanInterval": settings.statedScanInterval = try field.duration(.milliseconds(50)...(.seconds(3600)))
      case "taskInterval": settings.statedTaskInterval = try field.duration(.seconds(1)...(.seconds(3600)))
      case "maxMissed": settings.maxMissed = try field.integer(1...100_000)
      case "notifications": settings.notifications = try field.flag()
      case "quiet": settings.quiet = try field.duration(.zero...(.seconds(3600)))
      case "maxJobBytes": settings.maxJobBytes = try field.byteCount(1...64 << 20)
      case "grace": settings.grace = try field.duration(.zero...(.seconds(86_400)))
      case "minFree": settings.minFree = try field.byteCount()
      case "maxInterruptions": settings.maxInterruptions = try field.integer(0...1000)
      case "afterTimeout": settings.afterTimeout = try field.duration()
      case "durability": settings.durability = try field.word(Durability.self)
      case "env": settings.env = try variableNames(field)
      case "secrets": settings.secrets = try SecretName.readAll(field)
      case "sandboxUser": settings.sandboxUser = UInt32(try field.integer(1...4_294_967_293))
      case "containerUser": settings.containerUser = UInt32(try field.integer(0...4_294_967_293))
      case "allowNetworks":
        for element in try field.elements("an array of networks") {
          settings.allowNetworks.append(try Job.network(element))
        }
      case "allowUsers":
        for element in try field.elements("an array of users' numbers") {
          settings.allowUsers.append(UInt32(try element.integer(0...4_294_967_293)))
        }
      case "allowPrivileged": settings.allowPrivileged = try field.flag()
      case "allowDevices":
        for element in try field.elements("an array of device files, or \"gpus\"") {
          settings.allowDevices.append(try element.text("a device file, or \"gpus\""))
        }
      case "sandboxPaths": settings.sandboxPaths = try SandboxPaths.read(field)
      case "routes": settings.routes = try Route.readAll(field)
      case "tellFailures": settings.tellFailures = try field.flag()
      case "defaults": settings.defaults = try DefaultsByRuntime.read(field)
      case "maxLimits": settings.maxLimits = try MaxLimits.read(field)
      case "retention": settings.retention = try Retention.read(field)
      case "channels": settings.channels = try Channel.readAll(field)
      case "shared": settings.shared = try field.flag()
      case "networkFileSystem": settings.networkFileSystem = try field.flag()
      case "logLevel": settings.logLevel = try field.word(LogLevel.self)
      default: throw field.unknownKey(among: keys)
      }
    }
    return settings
  }

  private static func variableNames(_ field: Field) throws(Refusal) -> [String] {
    var names: [String] = []
    for element in try field.elements("an array of names of variables") {
      let name = try element.text("the name of a variable")
      guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "=")) else {
        throw element.badValue("the name of a variable: not empty, without '='")
      }
      names.append(name)
    }
    return names
  }
}

extension DefaultsByRuntime {
  static func read(_ field: Field) throws(Refusal) -> DefaultsByRuntime {
    var defaults = DefaultsByRuntime()
    let known = RuntimeChoice.allCases.filter { $0 != .auto }
    for member in try field.members("an object of runtimes") {
      guard let runtime = known.first(where: { $0.rawValue == member.name }) else {
        throw member.unknownKey(among: known.map(\.rawValue))
      }
      defaults[runtime] = try JobDefaults.read(member)
    }
    return defaults
  }
}

extension JobDefaults {
  private static let keys = ["timeout", "grace", "retry", "env", "limits", "rerun", "priority"]

  static func read(_ field: Field) throws(Refusal) -> JobDefaults {
    var defaults = JobDefaults()
    for member in try field.members("an object of job keys") {
      switch member.name {
      case "timeout": defaults.timeout = try member.positiveDuration()
      case "grace": defaults.grace = try member.duration()
      case "retry": defaults.retry = try RetryPolicy.read(member)
      case "env": defaults.env = try Job.environment(member)
      case "limits": defaults.limits = try Limits.read(member)
      case "rerun": defaults.rerun = try member.flag()
      case "priority": defaults.priority = try member.integer(-100...100)
      default: throw member.unknownKey(among: keys)
      }
    }
    return defaults
  }
}

extension MaxLimits {
  static func read(_ field: Field) throws(Refusal) -> MaxLimits {
    var most = MaxLimits()
    for member in try field.members("an object of limits") {
      if member.name == "timeout" {
        most.timeout = try member.positiveDuration()
      } else if try !most.limits.take(member) {
        throw member.unknownKey(among: ["timeout"] + Limits.keys)
      }
    }
    return most
  }
}

extension Retention {
  static func read(_ field: Field) throws(Refusal) -> Retention {
    var retention = Retention()
    for member in try field.members("an object with done, errors, logs") {
      switch member.name {
      case "done": retention.done = try rule(member)
      case "errors": retention.errors = try rule(member)
      case "logs": retention.logs = try rule(member)
      default: throw member.unknownKey(among: ["done", "errors", "logs"])
      }
    }
    return retention
  }

  private static func rule(_ field: Field) throws(Refusal) -> Rule {
    var rule = Rule()
    for member in try field.members("an object with age, count") {
      switch member.name {
      case "age": rule.age = try member.duration()
      case "count": rule.count = try member.integer(0...1_000_000_000)
      default: throw member.unknownKey(among: ["age", "count"])
      }
    }
    return rule
  }
}
