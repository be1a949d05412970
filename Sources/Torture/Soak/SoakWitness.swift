import Platform

/// Looks at the spool while no runner is alive: whose result shows, or is finished in `processing`, has ended for good.
struct SoakWitness {
  private let spool: Folder
  /// Of which it was noted, by place and stem.
  private var seen: Set<String> = []
  /// The drops whose results said that they were given up.
  private(set) var givenUp: [Int] = []

  init(_ spool: Folder) { self.spool = spool }

  /// - Parameter number: of the drop that has these bytes.
  mutating func look(_ journal: SoakJournal, number: ([UInt8]) -> Int?) throws(SystemError) {
    let underway = try spool.folder("processing")
    for place in ["done", "errors"] {
      let folder = try spool.folder(place)
      for name in try folder.names() where name.hasSuffix(".result.json") && !seen.contains(place + "/" + name) {
        let job = String(name.dropLast(".result.json".utf8.count)) + ".json"
        // Between the two renames of its end the job is where it was.
        var bytes = try Self.read(job, in: folder)
        if bytes == nil { bytes = try Self.read(job, in: underway) }
        guard let number = bytes.flatMap(number) else { continue }
        seen.insert(place + "/" + name)
        if let result = try Self.read(name, in: folder).flatMap(SoakResult.init), result.status == "interrupted" {
          givenUp.append(number)
        }
        try journal.note(.shown, number)
      }
    }
    for name in try underway.names() where name.hasSuffix(".run.json") && !name.hasPrefix(".") {
      let job = String(name.dropLast(".run.json".utf8.count)) + ".json"
      guard let record = try Self.read(name, in: underway), SoakResult(record)?.isFinal == true,
        let bytes = try Self.read(job, in: underway), let number = number(bytes)
      else { continue }
      try journal.note(.shown, number)
    }
  }

  /// A person takes it back.
  mutating func forget(_ stem: String, in place: String) { seen.remove("\(place)/\(stem).result.json") }

  private static func read(_ name: String, in folder: Folder) throws(SystemError) -> [UInt8]? {
    guard try folder.has(name) else { return nil }
    return try folder.open(name).readAll(limit: 1 << 22)
  }
}
