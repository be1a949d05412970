extension Field {
  /// A text. In job files and settings it has no NUL, which the reader refuses: it may end up in argv or a path.
  func text(_ expected: String = "a text") throws(Refusal) -> String {
    guard case .string(let text) = node.value else { throw wrongType(expected) }
    return text
  }

  /// A text of 1…`limit` bytes.
  func text(_ expected: String, upTo limit: Int) throws(Refusal) -> String {
    let text = try self.text(expected)
    guard (1...limit).contains(text.utf8.count) else { throw outOfRange("\(expected) of 1 to \(limit) bytes") }
    return text
  }

  /// A path from the root.
  func absolutePath() throws(Refusal) -> String {
    let text = try self.text("an absolute path")
    guard text.utf8.first == UInt8(ascii: "/") else { throw badValue("an absolute path") }
    guard text.utf8.count < 4096 else { throw outOfRange("a path of at most 4095 bytes") }
    return text
  }

  /// `true` or `false`.
  func flag() throws(Refusal) -> Bool {
    guard case .bool(let flag) = node.value else { throw wrongType("true or false") }
    return flag
  }

  /// A whole number, written without point or exponent.
  func integer(_ range: ClosedRange<Int>) throws(Refusal) -> Int {
    // Made only for a refusal: building sentences cost more than reading the numbers (1 of 4 µs a job, 2026-11-20).
    var expected: String { "a whole number from \(range.lowerBound) to \(range.upperBound)" }
    guard case .number(let token) = node.value else { throw wrongType(expected) }
    guard token.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }) else {
      throw wrongType(expected)
    }
    // A token of digits that Int does not hold is out of range, not of another type.
    guard let number = Int(token), range.contains(number) else { throw outOfRange(expected) }
    return number
  }

  /// A number.
  func double(_ range: ClosedRange<Double>) throws(Refusal) -> Double {
    var expected: String { "a number from \(Field.short(range.lowerBound)) to \(Field.short(range.upperBound))" }
    guard case .number(let token) = node.value else { throw wrongType(expected) }
    guard let number = Double(token), range.contains(number) else { throw outOfRange(expected) }
    return number
  }

  /// A span of time: a text or a number of seconds.
  func duration(_ range: ClosedRange<Duration> = .zero...DurationText.longest) throws(Refusal) -> Duration {
    let duration: Duration
    switch node.value {
    case .string(let text):
      guard let parsed = DurationText.parse(text) else { throw badValue(DurationText.form + ", at most 3650d") }
      duration = parsed
    case .number(let token):
      guard let parsed = DurationText.parse(number: token) else { throw outOfRange("seconds from 0 to 3650 days") }
      duration = parsed
    default: throw wrongType(DurationText.form)
    }
    guard range.contains(duration) else {
      let low = DurationText.format(range.lowerBound)
      throw outOfRange("a duration from \(low) to \(DurationText.format(range.upperBound))")
    }
    return duration
  }

  /// A span of time longer than nothing.
  func positiveDuration() throws(Refusal) -> Duration {
    let duration = try self.duration()
    guard duration > .zero else { throw outOfRange("a duration longer than 0") }
    return duration
  }

  /// A number of bytes: a text or a plain number.
  func byteCount(_ range: ClosedRange<Int64> = 0...Int64.max) throws(Refusal) -> ByteCount {
    let count: ByteCount
    switch node.value {
    case .string(let text):
      guard let parsed = ByteCount.parse(text) else { throw badValue(ByteCount.form) }
      count = parsed
    case .number(let token):
      // "1e3" and "1.5" are numbers, but not of bytes; a sign or too many digits is a range.
      guard token.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }) else {
        throw wrongType(ByteCount.form)
      }
      guard let parsed = Int64(token) else { throw outOfRange(ByteCount.form) }
      count = ByteCount(parsed)
    default: throw wrongType(ByteCount.form)
    }
    guard range.contains(count.bytes) else {
      let low = ByteCount(range.lowerBound)
      let most = range.upperBound == .max ? "" : " to \(ByteCount(range.upperBound))"
      throw outOfRange(most.isEmpty ? "a size of at least \(low)" : "a size from \(low)\(most)")
    }
    return count
  }

  /// A time by RFC 3339.
  func timestamp() throws(Refusal) -> Timestamp {
    guard case .string(let text) = node.value else { throw wrongType(Timestamp.form) }
    guard let time = Timestamp(rfc3339: text) else { throw badValue(Timestamp.form) }
    return time
  }

  /// One of a few words.
  func word<Word: RawRepresentable & CaseIterable>(_: Word.Type) throws(Refusal) -> Word where Word.RawValue == String {
    if case .string(let text) = node.value, let word = Word(rawValue: text) { return word }
    let known = Word.allCases.map(\.rawValue)
    let list = known.map { "\"\($0)\"" }.joined(separator: ", ")
    guard case .string(let text) = node.value else { throw wrongType("one of \(list)") }
    if let meant = Spelling.nearest(to: text, among: known) {
      throw badValue("one of \(list) (did you mean \"\(meant)\"?)")
    }
    throw badValue("one of \(list)")
  }

  /// A name of a group.
  func groupName() throws(Refusal) -> GroupName {
    let text = try self.text("a group's name")
    do {
      return try GroupName(validating: text)
    } catch {
      throw refusal(error.code, "bad group name", error.reason)
    }
  }

  /// A job's id, a derived one too.
  func jobID() throws(Refusal) -> JobID {
    let text = try self.text("a job's id")
    do {
      return try JobID(derived: [UInt8](text.utf8))
    } catch {
      throw refusal(error.code, "bad job id", error.reason)
    }
  }

  /// A number without the `.0` that Swift prints.
  static func short(_ number: Double) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension Field {
  /// Seconds in a record: a JSON number, negative where a clock went back.
  func seconds() throws(Refusal) -> Duration {
    guard case .number(let token) = node.value else { throw wrongType("a number of seconds") }
    let isNegative = token.utf8.first == UInt8(ascii: "-")
    var bytes = [UInt8](token.utf8)
    if isNegative { bytes.removeFirst() }
    var index = 0
    // Without DurationText's longest: a record of ours may say more, and must still be read.
    if let number = Decimal(bytes, &index), index == bytes.count {
      let seconds = Duration.seconds(number.whole) + .nanoseconds(number.billionths)
      return isNegative ? .zero - seconds : seconds
    }
    guard let seconds = Double(token), seconds.magnitude < 9e9 else { throw outOfRange("a number of seconds") }
    return .nanoseconds(Int64(seconds * 1_000_000_000))
  }
}
