import Jobs
import Operations
import Platform
import Spool

/// A spool in a temporary folder, made file by file; removed with the last owner.
final class HandMadeSpool {
  let path: String
  private let home: String
  let folders: SpoolFolders
  let access: SpoolAccess
  /// What the operations take for now.
  static let now = Timestamp(seconds: 4_000_000_000)

  init(disk: any Disk = KernelDisk(), now: Timestamp = HandMadeSpool.now) throws {
    home = try FileSystem.makeTemporaryFolder(prefix: "bobbin-operations-")
    path = home + "/spool"
    try SpoolFolders.make(path: path)
    folders = try SpoolFolders(path: path, makingMissing: true)
    access = try SpoolAccess(path: path, disk: disk, now: { now })
  }

  deinit {
    // Left over in /tmp if that fails: no harm to the next test.
    try? Tree.empty(Folder(path: home))
    if let slash = home.lastIndex(of: "/"), let parent = try? Folder(path: String(home[..<slash])) {
      try? parent.removeFolder(String(home[home.index(after: slash)...]))
    }
  }

  func put(_ name: String, _ text: String = #"{"run":"true"}"#, in place: SpoolPlace) throws {
    let folder = try folders[place]
    if try folder.has(name) { try folder.remove(name) }
    try folder.create(name).write(Array(text.utf8))
  }

  func put(_ name: String, _ text: String) throws {
    if try folders.root.has(name) { try folders.root.remove(name) }
    try folders.root.create(name).write(Array(text.utf8))
  }

  /// A job that has ended, with its result; `ended` seconds since 1970.
  func putEnded(_ id: String, _ status: FinalStatus = .succeeded, exitCode: Int? = 0, ended: Int64 = 3_999_999_000)
    throws
  {
    let place = status.isSuccess ? SpoolPlace.done : .errors
    var outcome = Outcome(status)
    outcome.exitCode = exitCode
    var record = JobRecord(id: JobID(unchecked: id), state: .finished(outcome))
    record.append(Attempt(number: 1, status: status.rawValue))
    try put(JobFile.result(id), String(decoding: record.encode(), as: UTF8.self), in: place)
    try folders[place].setModified(JobFile.result(id), to: ended * 1_000_000_000)
    try put(JobFile.job(id), in: place)
  }

  /// A job that waits for its second attempt.
  func putDeferred(_ id: String, due: Int64) throws {
    var record = JobRecord(
      id: JobID(unchecked: id),
      state: .deferred(Deferral(until: Timestamp(seconds: due), reason: "exit 3")))
    var attempt = Attempt(number: 1, status: "failed")
    attempt.exitCode = 3
    record.append(attempt)
    try put(JobFile.record(id), String(decoding: record.encode(), as: UTF8.self), in: .deferred)
    try folders[.deferred].setModified(JobFile.record(id), to: due * 1_000_000_000)
    try put(JobFile.job(id), #"{"run":"exit 3","retry":5}"#, in: .deferred)
  }

  /// Without the folders that the spool has in there.
  func names(_ place: SpoolPlace) throws -> [String] {
    try folders[place].names().filter { !place.children.contains($0) }.sorted()
  }

  func record(_ name: String, in place: SpoolPlace) throws -> JobRecord {
    try JobRecord.decode(folders[place].open(name).readAll(limit: 1 << 20))
  }

  func text(_ name: String, in place: SpoolPlace) throws -> String {
    String(decoding: try folders[place].open(name).readAll(limit: 1 << 20), as: UTF8.self)
  }

  /// Stands for a runner: holds its lock as long as the answer lives.
  func runner() throws -> Folder {
    let own = try Folder(path: path)
    try own.descriptor.lockExclusively()
    return own
  }

  func entries(_ place: SpoolPlace, _ change: (inout ListingRequest) -> Void = { _ in }) throws -> StateListing {
    var request = ListingRequest()
    request.places = [place]
    change(&request)
    var listing = StateListing(place: place)
    try access.list(request) { listing = $0 }
    return listing
  }
}

extension JobID: ExpressibleByStringLiteral {
  public init(stringLiteral text: String) { self.init(unchecked: text) }
}
