import CBench
import Platform

/// Many files at once, made in C.
enum Files {
  /// What `bobbin submit -` is held against: as many files of one content, one sync for each thousand. Answers ns.
  static func make(_ count: Int, _ text: String, in folder: String) throws -> Int64 {
    let bytes = Array(text.utf8)
    var wall: Int64 = 0
    let code = bench_files(folder, Int32(count), bytes, bytes.count, 1000, &wall)
    guard code == 0 else { throw SystemError(call: "files of the bare loop", code: code) }
    return wall
  }

  /// Names "old-NUMBER" with an ending, all of one content and links to few files.
  static func link(_ count: Int, ending: String, _ text: String, in folder: String) throws {
    let bytes = Array(text.utf8)
    let code = bench_links(folder, Int32(count), ending, bytes, bytes.count)
    guard code == 0 else { throw SystemError(call: "linkat", code: code) }
  }
}
