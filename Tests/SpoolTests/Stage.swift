import Jobs
import Platform
import Spool
import TestSupport

/// A spool of one test, without a runner.
struct Stage {
  let place: TemporaryFolder
  let folders: SpoolFolders

  init() throws {
    place = try TemporaryFolder()
    try SpoolFolders.make(path: place.path + "/spool")
    folders = try SpoolFolders(path: place.path + "/spool", makingMissing: true)
  }

  var path: String { folders.path }

  @discardableResult
  func write(_ name: String, _ text: String = "", in place: SpoolPlace) throws -> Descriptor {
    let file = try folders[place].create(name)
    try file.write(Array(text.utf8))
    return file
  }

  func text(_ name: String, in place: SpoolPlace) throws -> String {
    String(decoding: try folders[place].open(name).readAll(limit: 1 << 20), as: UTF8.self)
  }

  func has(_ name: String, in place: SpoolPlace) throws -> Bool { try folders[place].has(name) }
  func names(_ place: SpoolPlace) throws -> [String] { try names(of: folders, place) }

  /// Without the spool's own folders in it.
  func names(of folders: SpoolFolders, _ place: SpoolPlace) throws -> [String] {
    try folders[place].names().filter { !place.children.contains($0) }.sorted()
  }
}

func id(_ text: String) -> JobID { JobID(unchecked: text) }
