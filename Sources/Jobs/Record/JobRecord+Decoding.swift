extension JobRecord {
  /// Reads a record or a result, of this version or another.
  ///
  /// Keys that are not known are passed over: a later version wrote them. Missing ones have the defaults that stand at the
  /// properties; only `id` and `status` must be there.
  /// - Throws: the codes of `JSONReader.read`; `missing-key`, `wrong-type`, `bad-value`, `out-of-range`.
  public static func decode(_ bytes: [UInt8]) throws(Refusal) -> JobRecord {
    // A value may be as deep as any file, and stands one level further in.
    let root = Field(
      root: try JSONReader.read(bytes, dialect: .record, maxDepth: JSONReader.maxDepth + 8), source: bytes)
    var record = JobRecord(id: JobID(unchecked: ""))
    var outcome = Outcome(.failed)
    var deferral = Deferral()
    var live = Live()
    var status: Field?
    for field in try root.members("an object with a record's keys") {
      switch field.name {
      case "id": record.id = try field.jobID()
      case "status": status = field
      case "nextAttemptAt": deferral.until = try field.timestamp()
      case "process": live.process = try ProcessMark.decode(field)
      default:
        if try !outcome.take(field) { try record.take(field) }
      }
    }
    if record.id.text.isEmpty {
      throw root.refusal(.missingKey, "no 'id' in the record", "expected the job's id")
    }
    guard let status else { throw root.refusal(.missingKey, "no 'status' in the record", "expected the job's status") }
    switch try status.text() {
    case "running": record.state = .running(live)
    case "deferred":
      deferral.code = outcome.code
      deferral.reason = outcome.reason
      record.state = .deferred(deferral)
    default:
      outcome.status = try status.word(FinalStatus.self)
      record.state = .finished(outcome)
    }
    record.attemptsTotal = max(record.attemptsTotal, record.attempts.count)
    return record
  }

  private mutating func take(_ field: Field) throws(Refusal) {
    switch field.name {
    case "droppedAs": droppedAs = try field.text()
    case "stdout": stdout = try StreamText.decode(field)
    case "stderr": stderr = try StreamText.decode(field)
    case "submittedAt": submittedAt = try field.timestamp()
    case "startedAt": startedAt = try field.timestamp()
    case "finishedAt": finishedAt = try field.timestamp()
    case "waitSeconds": waitSeconds = try field.seconds()
    case "runSeconds": runSeconds = try field.seconds()
    case "cpuSeconds": cpuSeconds = try field.seconds()
    case "maxMemoryBytes": maxMemoryBytes = Int64(try field.integer(0...Int.max))
    case "accounting": accounting = try field.text()
    case "runtime": runtime = try field.text()
    case "runtimeVersion": runtimeVersion = try field.text()
    case "image": image = try field.text()
    case "imageDigest": imageDigest = try field.text()
    case "phases": phases = try Phases.decode(field)
    case "attempts":
      for element in try field.elements() { attempts.append(try Attempt.decode(element)) }
    case "attemptsTotal": attemptsTotal = try field.integer(0...Int.max - 1)
    case "attemptsUsed": attemptsUsed = try field.integer(0...Int.max - 1)
    case "budgetStartedAt": budgetStartedAt = try field.timestamp()
    case "interruptions": interruptions = try field.integer(0...Int.max - 1)
    case "leftover": leftover = try field.integer(0...Int.max)
    case "files": files = try field.text()
    case "runner": runner = try RunnerMark.decode(field)
    case "group": group = try field.groupName()
    case "jobKey": jobKey = try field.text()
    case "chat": chat = try field.text()
    case "message": messageID = try field.text()
    case "after":
      for element in try field.elements() { after.append(try ResolvedDependency.decode(element)) }
    case "retryOf": retryOf = try field.jobID()
    default: break
    }
  }
}

extension JobRecord.Phases {
  fileprivate static func decode(_ field: Field) throws(Refusal) -> JobRecord.Phases {
    var phases = JobRecord.Phases(queued: nil, create: .zero, start: .zero, run: .zero, collect: .zero)
    for member in try field.members() {
      switch member.name {
      case "queued": phases.queued = try member.seconds()
      case "create": phases.create = try member.seconds()
      case "start": phases.start = try member.seconds()
      case "run": phases.run = try member.seconds()
      case "collect": phases.collect = try member.seconds()
      default: break
      }
    }
    return phases
  }
}

extension Outcome {
  /// Reads one key of an outcome; false when it is none.
  fileprivate mutating func take(_ field: Field) throws(Refusal) -> Bool {
    switch field.name {
    case "code": code = try field.text()
    case "reason": reason = try field.text()
    case "line": line = try field.integer(0...Int.max)
    case "column": column = try field.integer(0...Int.max)
    case "key": key = try field.text()
    case "exitCode": exitCode = try field.integer(Field.int32)
    case "signal": signal = try field.text()
    case "value": value = CompactJSON(field.node)
    case "valueError": valueError = try field.text()
    case "sameAs": sameAs = try field.jobID()
    default: return false
    }
    return true
  }
}

extension Attempt {
  static func decode(_ field: Field) throws(Refusal) -> Attempt {
    var attempt = Attempt(number: 1, status: "")
    for member in try field.members() {
      switch member.name {
      case "number": attempt.number = try member.integer(0...Int.max - 1)
      case "startedAt": attempt.startedAt = try member.timestamp()
      case "finishedAt": attempt.finishedAt = try member.timestamp()
      case "status": attempt.status = try member.text()
      case "code": attempt.code = try member.text()
      case "reason": attempt.reason = try member.text()
      case "exitCode": attempt.exitCode = try member.integer(Field.int32)
      case "signal": attempt.signal = try member.text()
      case "counted": attempt.counted = try member.flag()
      case "runSeconds": attempt.runSeconds = try member.seconds()
      case "cpuSeconds": attempt.cpuSeconds = try member.seconds()
      case "maxMemoryBytes": attempt.maxMemoryBytes = Int64(try member.integer(0...Int.max))
      default: break
      }
    }
    return attempt
  }
}

extension Field {
  /// What fits the C types that codes and pids go back into, so that no later conversion can trap.
  static let int32 = Int(Int32.min)...Int(Int32.max)
}

extension StreamText {
  static func decode(_ field: Field) throws(Refusal) -> StreamText {
    var stream = StreamText()
    for member in try field.members() {
      switch member.name {
      case "text": stream.text = try member.text()
      case "bytes": stream.bytes = Int64(try member.integer(0...Int.max))
      case "truncated": stream.truncated = try member.flag()
      case "notUTF8": stream.notUTF8 = try member.flag()
      case "log": stream.log = try member.text()
      default: break
      }
    }
    return stream
  }
}

extension ProcessMark {
  /// All three or a refusal: a pid that stands for another process, or 0 for a whole group, must not come from a gap.
  fileprivate static func decode(_ field: Field) throws(Refusal) -> ProcessMark {
    var mark = ProcessMark(pid: 0, startTicks: -1, session: 0)
    for member in try field.members() {
      switch member.name {
      case "pid": mark.pid = try member.integer(1...Field.int32.upperBound)
      case "startTicks": mark.startTicks = Int64(try member.integer(0...Int.max))
      case "session": mark.session = try member.integer(1...Field.int32.upperBound)
      default: break
      }
    }
    guard mark.pid > 0, mark.startTicks >= 0, mark.session > 0 else {
      throw field.refusal(.missingKey, "an incomplete process", "expected pid, startTicks and session")
    }
    return mark
  }
}

extension RunnerMark {
  fileprivate static func decode(_ field: Field) throws(Refusal) -> RunnerMark {
    var mark = RunnerMark(host: "", machine: "", boot: "", pid: 0)
    for member in try field.members() {
      switch member.name {
      case "host": mark.host = try member.text()
      case "machine": mark.machine = try member.text()
      case "boot": mark.boot = try member.text()
      case "pid": mark.pid = try member.integer(0...Field.int32.upperBound)
      case "startTicks": mark.startTicks = Int64(try member.integer(0...Int.max))
      default: break
      }
    }
    return mark
  }
}

extension ResolvedDependency {
  fileprivate static func decode(_ field: Field) throws(Refusal) -> ResolvedDependency {
    var dependency = ResolvedDependency(asked: JobID(unchecked: ""))
    for member in try field.members() {
      switch member.name {
      case "asked": dependency.asked = try member.jobID()
      case "id": dependency.id = try member.jobID()
      case "status": dependency.status = try member.text()
      default: break
      }
    }
    if dependency.asked.text.isEmpty {
      throw field.refusal(.missingKey, "no 'asked' in a dependency", "expected the id that was asked for")
    }
    return dependency
  }
}
