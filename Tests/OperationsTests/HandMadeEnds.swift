import Jobs
import Operations
import Platform
import Spool

/// Messages, requests of the group `g` and tasks that came to their end, and cleaning.
extension HandMadeSpool {
  /// What is counted from the moment that it came there, which no test can set, came two hours ago.
  static let twoHoursLater = Timestamp(seconds: Clock.wall() / 1_000_000_000 + 7200)
  static let message = #"{"to":"ops","text":"x"}"#

  func putMessage(
    _ name: String, in place: SpoolPlace, ago seconds: Int64 = 7000, _ text: String = message
  ) throws {
    try put(JobFile.result(name), #"{"id":"x","status":"failed"}"#, in: place)
    let ended = Self.twoHoursLater.nanoseconds - seconds * 1_000_000_000
    try folders[place].setModified(JobFile.result(name), to: ended)
    try put(JobFile.job(name), text, in: place)
  }

  /// The copies of a message's files that were made for it.
  func putCopies(_ name: String) throws {
    try inner(JobFile.files(name), of: folders[.outbox]).create("1-a").write([])
  }

  func requests(_ place: SpoolPlace) throws -> Folder {
    try RequestFiles(folders: folders, disk: KernelDisk()).subfolder(of: place, GroupName(validating: "g"))
  }

  func requestNames(_ place: SpoolPlace) throws -> [String] { try requests(place).names().sorted() }

  func putRequest(_ name: String, in place: SpoolPlace) throws {
    try requests(place).create(JobFile.job(name)).write(Array("{}".utf8))
    if place == .failedRequests { try requests(place).create(JobFile.result(name)).write(Array("{}".utf8)) }
  }

  func stale() throws -> Folder { try inner(RequestFiles.stale, of: requests(.failedRequests)) }

  func putEndedTask(_ name: String) throws {
    try putTask(name, in: .doneTasks)
    try put(TaskFile.state(name), "{}", in: .doneTasks)
  }

  func inner(_ name: String, of folder: Folder) throws -> Folder {
    try folder.makeFolder(name)
    return try folder.folder(name)
  }

  /// What was removed, by its folder and name.
  @discardableResult
  func clean(
    _ request: CleanRequest = CleanRequest(keep: 0), between: () throws -> Void = {}
  ) throws -> [String] {
    let plan = try access.planCleaning(request)
    try between()
    let cleaner = try Cleaner(access)
    return try plan.items.filter { try cleaner.remove($0) }.map { "\($0.folder) \($0.id)" }
  }
}
