extension RetryPolicy {
  private static let keys = ["attempts", "delay", "factor", "maxDelay", "jitter"]

  /// Reads a number of attempts or an object.
  static func read(_ field: Field) throws(Refusal) -> RetryPolicy {
    if case .number = field.node.value { return RetryPolicy(attempts: try field.integer(1...1000)) }
    var policy = RetryPolicy()
    var maxDelay: Field?
    for member in try field.members("a number of attempts or an object") {
      switch member.name {
      case "attempts": policy.attempts = try member.integer(1...1000)
      case "delay": policy.delay = try member.duration()
      case "factor": policy.factor = try member.double(1...100)
      case "maxDelay":
        policy.maxDelay = try member.duration()
        maxDelay = member
      case "jitter": policy.jitter = try member.double(0...1)
      default: throw member.unknownKey(among: keys)
      }
    }
    if let maxDelay, policy.maxDelay < policy.delay {
      throw maxDelay.outOfRange("at least the delay, \(DurationText.format(policy.delay))")
    }
    policy.maxDelay = max(policy.maxDelay, policy.delay)
    return policy
  }
}

extension After {
  /// Reads an id, an array of ids, or an object.
  static func read(_ field: Field) throws(Refusal) -> After {
    switch field.node.value {
    case .string, .array: return After(jobs: try ids(field))
    default: break
    }
    var after = After(jobs: [])
    var need: Field?
    for member in try field.members("a job's id, an array of ids, or an object") {
      switch member.name {
      case "jobs": after.jobs = try ids(member)
      case "need": need = member
      case "onFailure": after.onFailure = try member.word(OnFailure.self)
      default: throw member.unknownKey(among: ["jobs", "need", "onFailure"])
      }
    }
    if after.jobs.isEmpty {
      throw field.refusal(.missingKey, "no 'jobs' in 'after'", "expected an array of at least one job's id")
    }
    if let need { after.need = try self.need(need, of: after.jobs.count) }
    return after
  }

  private static func need(_ field: Field, of count: Int) throws(Refusal) -> Need {
    if case .number = field.node.value { return .count(try field.integer(1...count)) }
    guard case .string(let word) = field.node.value else { throw field.wrongType("\"all\", \"any\" or a number") }
    switch word {
    case "all": return .all
    case "any": return .any
    default: throw field.badValue("\"all\", \"any\" or a number")
    }
  }

  private static func ids(_ field: Field) throws(Refusal) -> [JobID] {
    if case .string = field.node.value { return [try field.jobID()] }
    let elements = try field.elements("an array of job ids")
    guard (1...Job.maxAfter).contains(elements.count) else {
      throw field.outOfRange("1 to \(Job.maxAfter) job ids")
    }
    var ids: [JobID] = []
    var seen: Set<JobID> = []
    for element in elements {
      let id = try element.jobID()
      guard seen.insert(id).inserted else {
        throw element.refusal(.badValue, "the job \(quoted(id.text)) again", "expected each job once")
      }
      ids.append(id)
    }
    return ids
  }
}

extension Limits {
  static let keys =
    ["memory", "swap", "cpus", "pids", "openFiles", "fileSize", "cpuTime", "scratch", "output"] + EngineLimits.keys

  /// Reads an object of limits.
  static func read(_ field: Field) throws(Refusal) -> Limits {
    var limits = Limits()
    for member in try field.members("an object of limits") {
      guard try limits.take(member) else { throw member.unknownKey(among: keys) }
    }
    return limits
  }

  /// Reads one limit; false when the key is none.
  mutating func take(_ member: Field) throws(Refusal) -> Bool {
    switch member.name {
    case "memory": memory = try member.byteCount(1 << 20...Int64.max)
    case "swap": swap = try member.byteCount()
    case "cpus": cpus = try member.double(0.01...1024)
    case "pids": pids = try member.integer(1...4_194_304)
    case "openFiles": openFiles = try member.integer(3...1_048_576)
    case "fileSize": fileSize = try member.byteCount()
    case "cpuTime": cpuTime = try member.duration(.seconds(1)...DurationText.longest)
    case "scratch": scratch = try member.byteCount(4096...Int64.max)
    case "output": output = try member.byteCount(1024...1 << 40)
    default: return try engine.take(member)
    }
    return true
  }
}
