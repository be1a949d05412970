import Jobs
import Scheduling

/// Units, names and addresses: short texts of people, and of servers.
enum TextRules {
  static let all = [
    FuzzRule("duration", upTo: 64, duration), FuzzRule("size", upTo: 64, size),
    FuzzRule("timestamp", upTo: 64, timestamp), FuzzRule("rate", upTo: 32, rate),
    FuzzRule("retry-after", upTo: 64, retryAfter), FuzzRule("names", upTo: 300, names),
    FuzzRule("addresses", upTo: 300, addresses),
  ]

  private static func duration(_ bytes: [UInt8]) throws(Broken) {
    let text = text(bytes)
    if let duration = DurationText.parse(text) {
      try hold(.zero...DurationText.longest ~= duration, "\(duration) is out of range")
      let written = DurationText.format(duration)
      try hold(DurationText.parse(written) == duration, "\(text) is written as \(written)")
      _ = DurationText.rounded(duration)
    }
    // Tokens of JSON numbers are all that this is given.
    guard case .number(let token)? = (try? JSONReader.read(bytes))?.value else { return }
    if let duration = DurationText.parse(number: token) {
      try hold(.zero...DurationText.longest ~= duration, "\(duration) is out of range")
    }
  }

  private static func size(_ bytes: [UInt8]) throws(Broken) {
    guard let size = ByteCount.parse(text(bytes)) else { return }
    try hold(size.bytes >= 0, "\(size.bytes) bytes")
    let written = ByteCount.format(size)
    try hold(ByteCount.parse(written) == size, "\(text(bytes)) is written as \(written)")
  }

  private static func timestamp(_ bytes: [UInt8]) throws(Broken) {
    guard let time = Timestamp(rfc3339: text(bytes)) else { return }
    try hold(time.text.utf8.count == 24, "it is written as \(time.text)")
    // Milliseconds are kept, the first of those that Int64 holds is not whole.
    if time.inMilliseconds.nanoseconds % 1_000_000 == 0 {
      try hold(Timestamp(rfc3339: time.text) == time.inMilliseconds, "\(time.nanoseconds) is written as \(time.text)")
    }
    for offset: Int64 in [-43_200, 0, 3600, 50_400] {
      let written = time.secondsText(offset: offset)
      guard let again = Timestamp(rfc3339: written) else { continue }  // over the end of time
      let difference = time.nanoseconds.subtractingReportingOverflow(again.nanoseconds)
      try hold(
        !difference.overflow && (0..<1_000_000_000).contains(difference.partialValue),
        "\(time.nanoseconds) is written as \(written)")
    }
  }

  private static func rate(_ bytes: [UInt8]) throws(Broken) {
    guard let rate = DeliveryRate.parse(text(bytes)) else { return }
    try hold(DeliveryRate.parse(rate.description) == rate, "\(text(bytes)) is written as \(rate)")
    try hold((1...1_000_000).contains(rate.count), "\(rate)")
  }

  private static func retryAfter(_ bytes: [UInt8]) throws(Broken) {
    for now: Int64 in [0, 1_700_000_000, 9_000_000_000] {
      guard let wait = RetryAfter.parse(text(bytes), now: Timestamp(seconds: now)) else { continue }
      try hold(.zero...RetryRule.longestRetryAfter ~= wait, "a wait of \(wait)")
    }
  }

  private static func names(_ bytes: [UInt8]) throws(Broken) {
    if let id = try read(bytes, hasPlace: false, JobID.init(stem:)) {
      try hold(Array(id.text.utf8) == bytes, "\(id) is another name")
      let (stem, number) = id.numberSplit
      if let number { try hold(JobID(unchecked: stem).numbered(number) == id, "\(id) is put together differently") }
      _ = try reread(Array(id.numbered(1_000_000).text.utf8), as: "a name with a number", JobID.init(derived:))
    }
    let task = try read(bytes, hasPlace: false, TaskName.read)
    if let task {
      for isManual in [false, true] {
        let id = OccurrenceID.make(task, at: Timestamp(seconds: 1_700_000_000), isManual: isManual)
        _ = try reread(Array(id.text.utf8), as: "the id of a task's job", JobID.init(stem:))
        let read = try needed(OccurrenceID.read(id), "\(id) is no task's")
        try hold(
          Array(read.task.utf8) == bytes && read.time.nanoseconds == 1_700_000_000_000_000_000
            && read.isManual == isManual, "\(id) is of another task")
      }
    }
    if let read = OccurrenceID.read(JobID(unchecked: text(bytes))) {
      let id = OccurrenceID.make(read.task, at: read.time, isManual: read.isManual)
      try hold(text(bytes).utf8.starts(with: id.text.utf8), "\(text(bytes)) is read as \(id)")
    }
    let word = text(bytes)
    if let group = try? GroupName(validating: word) { try hold(group.text == word, "\(group) is another group") }
    if let image = try? ImageName(validating: word) {
      // Short forms are one name.
      try hold((try? ImageName(validating: image.text)) == image, "\(word) is shortened to \(image), which is another")
    }
    _ = ZoneTable.isName(word)
  }

  private static func addresses(_ bytes: [UInt8]) throws(Broken) {
    let text = text(bytes)
    if let address = WebAddress(text) {
      try hold(address.origin + address.target == text, "\(text) is taken apart into others")
      try hold(text.hasPrefix("https://") || text.hasPrefix("http://"), "\(text) is of another scheme")
    }
    if let address = MailAddress(text) {
      try hold(MailAddress(address.address)?.address == address.address, "\(address.address) is none alone")
      try hold(address.address.utf8.count { $0 == 0x40 } == 1, "\(text) is several")
      try hold(address.name.map { !$0.utf8.contains { $0 < 0x20 } } ?? true, "control characters in the name")
    }
  }
}
