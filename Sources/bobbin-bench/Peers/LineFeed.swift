import Platform

/// A named pipe from which a tool reads one job a line, and the file into which its jobs print when they started.
final class LineFeed {
  private let pipe: Descriptor
  private let output: String
  private var handed = 0

  /// The pipe is `feed` in the place, the file `starts`; the tool is started afterwards.
  init(_ place: PeerPlace) throws {
    try place.run("mkfifo feed; : > starts")
    // For reading too, so that the opening does not wait for the tool.
    pipe = try place.folder.update("feed")
    output = place.path + "/starts"
  }

  /// Hands a line over and answers when its job started, wall clock, ns.
  func hand(_ line: String) throws -> Int64 {
    try pipe.write(Array((line + "\n").utf8))
    handed += 1
    try wait("a job's start", seconds: 30) { DateJob.stamps(ProcFacts.text(output)).count >= handed }
    return DateJob.stamps(ProcFacts.text(output))[handed - 1]
  }
}
