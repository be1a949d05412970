import Platform

/// A folder for one call of a peer, and what is done in it by lines of shell, as a person would.
struct PeerPlace {
  let bobbin: Bobbin
  let ground: Ground
  let path: String
  let folder: Folder

  init(_ bobbin: Bobbin, _ ground: Ground, _ name: String) throws {
    (self.bobbin, self.ground) = (bobbin, ground)
    path = ground.newPath(String(name.filter { $0.isLetter }))
    try FileSystem.makeFolders(path: path)
    folder = try Folder(path: path)
  }

  /// Runs a line in the folder to its end.
  @discardableResult
  func run(_ script: String) throws -> Child.End { try start(script).success() }

  /// Starts a line in the folder.
  func start(_ script: String) throws -> Child { try Child(words(script)) }

  /// Runs a line and answers what it printed, 64 KiB at most.
  func output(_ script: String) throws -> String {
    let ends = try Program.pipe()
    try Child(words(script), output: ends.write).success()
    let bytes = try ends.read.readChunk(65_536)
    return String(decoding: bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...], as: UTF8.self)
  }

  /// Repeats a line of shell; answers how long that took, ns.
  func `repeat`(_ times: Int, _ script: String, before: String = "") throws -> Int64 {
    try run("\(before)\ni=0; while [ $i -lt \(times) ]; do \(script); i=$((i+1)); done").wall
  }

  func write(_ name: String, _ text: String) throws { try folder.create(name).write(Array(text.utf8)) }

  func lines(_ name: String, _ count: Int, _ line: (Int) -> String) throws {
    try write(name, (1...max(1, count)).map { line($0) + "\n" }.joined())
  }

  /// Runs what lets the jobs go and returns after the last one's end.
  func drain(_ jobs: Int, queueing: Int64? = nil, _ body: () throws -> Void) throws -> Drain {
    try ground.sync()
    let before = Family.processorTime()
    let start = Clock.continuous()
    try body()
    let wall = Clock.continuous() - start
    return Drain(jobs: jobs, wall: wall, processor: Family.processorTime() - before, queueing: queueing)
  }

  /// Hands jobs over one by one, each when the last one has started and the tool may be idle again.
  ///
  /// - Parameters:
  ///   - pause: between two, ns: of a tool that looks every so often it must be as long, or they fall into step.
  ///   - hand: hands one over and answers what it printed, once it has.
  func latency(_ drops: Int, pause: ClosedRange<Int64> = 10_000_000...30_000_000, _ hand: () throws -> Int64) throws
    -> Sample
  {
    var sample = Sample()
    for _ in 0..<drops {
      Clock.wait(nanoseconds: .random(in: pause))
      let handed = Clock.wall()
      sample.add(Double(try hand() - handed) / 1e6)
    }
    return sample
  }

  private func words(_ script: String) -> [String] { ["/bin/sh", "-c", "cd '\(path)' || exit 1\n\(script)"] }
}
