import Jobs
import Platform

/// What a look at a dropped file says.
public enum DropReading<Content> {
  /// A whole job, or task, that may be taken.
  case ready(Content)
  /// Can never become one.
  case refused(Refusal)
  /// Incomplete, and somebody has it open for writing: left alone.
  case beingWritten
  /// Complete but held open, or incomplete and not: to be looked at again when it was unchanged for `quiet`.
  case unsettled
  /// No longer there: the user was quicker.
  case gone
}

/// Reads dropped files: never through a link, never waiting, never more than the limit (DESIGN §1.8, §2).
public struct DropReader: Sendable {
  /// Longest job file that is read, bytes.
  public let maxBytes: Int

  /// Which group a message is for.
  private let routes: [Route]
  /// A file with a second name is refused: through that it could be written after it was moved away.
  private let refusesLinks: Bool

  public init(maxBytes: Int, routes: [Route] = [], refusesLinks: Bool = false) {
    (self.maxBytes, self.routes, self.refusesLinks) = (maxBytes, routes, refusesLinks)
  }

  /// As the settings say.
  public init(_ settings: Settings) {
    self.init(maxBytes: Int(settings.maxJobBytes.bytes), routes: settings.routes)
  }

  /// - Parameter isQuiet: the runner saw the file unchanged for `quiet` on its continuous clock.
  /// - Throws: errors that are the machine's and not the file's (no descriptors, no memory, EIO): look again later.
  public func look(
    at name: [UInt8], in folder: Folder, isQuiet: Bool
  ) throws(SystemError) -> (reading: DropReading<Job>, status: FileStatus?) {
    try look(at: name, in: folder, isQuiet: isQuiet) { (bytes) throws(Refusal) in
      try Job.read(bytes).routed(by: routes)
    }
  }

  /// The same for files that are read as something else.
  public func look<Content>(
    at name: [UInt8], in folder: Folder, isQuiet: Bool, as read: ([UInt8]) throws(Refusal) -> Content
  ) throws(SystemError) -> (reading: DropReading<Content>, status: FileStatus?) {
    guard let before = try folder.status(name) else { return (.gone, nil) }
    guard before.kind == .file else { return (.refused(Self.notAFile(before.kind)), before) }
    if refusesLinks, before.linkCount > 1 { return (.refused(Self.linked), before) }
    let file: Descriptor
    do throws(SystemError) { file = try folder.open(name, isUnnoticed: true) } catch {
      if error.isMissing { return (.gone, nil) }
      // It became a link between the two looks.
      if error.isLink { return (.refused(Self.notAFile(.link)), before) }
      if error.isNotPermitted { return (.refused(Self.unreadable(error)), before) }
      throw error
    }
    let hasWriter: Bool?
    let content: Result<Content, Refusal>
    if before.size > Int64(maxBytes) {
      hasWriter = FileSystem.hasWriter(file)
      content = .failure(Self.tooBig(maxBytes))
    } else {
      let bytes = try file.readAll(limit: maxBytes, size: before.size)
      // Asked after reading: a writer that came and went in between left another size or time behind.
      let after = try file.status()
      guard after.kind == .file else { return (.refused(Self.notAFile(after.kind)), after) }
      if refusesLinks, after.linkCount > 1 { return (.refused(Self.linked), after) }
      hasWriter = after.sameContent(as: before) && Int(after.size) == bytes.count ? FileSystem.hasWriter(file) : true
      content = Self.parse(bytes, limit: maxBytes, as: read)
    }
    return (Self.judge(content, hasWriter: hasWriter, isQuiet: isQuiet), before)
  }

  /// Reads a claimed job: the bytes that count. No waiting: it was judged whole before it was claimed. The open file
  /// keeps what was read (`contents`), so that it can be written once more when the disk loses it.
  ///
  /// - Returns: the file when it is a regular one that could be opened, and its status before it was read.
  public func readClaimed(_ name: String, in folder: Folder) throws(SystemError) -> (
    content: Result<Job, Refusal>, file: Descriptor?, status: FileStatus?
  ) {
    try readTaken(name, in: folder) { (bytes) throws(Refusal) in try Job.read(bytes).routed(by: routes) }
  }

  /// The same for files that are read as something else.
  public func readTaken<Content>(
    _ name: String, in folder: Folder, as read: ([UInt8]) throws(Refusal) -> Content
  ) throws(SystemError) -> (content: Result<Content, Refusal>, file: Descriptor?, status: FileStatus?) {
    let file: Descriptor
    do throws(SystemError) { file = try folder.open(Array(name.utf8), isUnnoticed: true) } catch {
      if error.isNotPermitted { return (.failure(Self.unreadable(error)), nil, nil) }
      // It became a link between the look and the claim, or something that cannot be opened (a socket).
      if error.isLink { return (.failure(Self.notAFile(.link)), nil, nil) }
      if error.isNoDevice { return (.failure(Self.notAFile(.other)), nil, nil) }
      throw error
    }
    let status = try file.status()
    guard status.kind == .file else { return (.failure(Self.notAFile(status.kind)), nil, nil) }
    guard status.size <= Int64(maxBytes) else { return (.failure(Self.tooBig(maxBytes)), file, status) }
    let bytes = try file.readAll(limit: maxBytes, size: status.size)
    if bytes.count <= maxBytes { file.keep(bytes) }
    return (Self.parse(bytes, limit: maxBytes, as: read), file, status)
  }

  /// The table of DESIGN §2 "Half-written drops". `hasWriter` nil: it cannot be asked, only quiet decides.
  static func judge<Content>(
    _ content: Result<Content, Refusal>, hasWriter: Bool?, isQuiet: Bool
  ) -> DropReading<Content> {
    switch content {
    case .success(let content): return hasWriter == false || isQuiet ? .ready(content) : .unsettled
    case .failure(let refusal) where refusal.code.mayBeHalfWritten:
      if hasWriter == true { return .beingWritten }
      return isQuiet ? .refused(refusal) : .unsettled
    case .failure(let refusal):
      if refusal.code == .tooBig { return hasWriter == true ? .beingWritten : .refused(refusal) }
      return hasWriter == false || isQuiet ? .refused(refusal) : .unsettled
    }
  }

  private static func parse<Content>(
    _ bytes: [UInt8], limit: Int, as read: ([UInt8]) throws(Refusal) -> Content
  ) -> Result<Content, Refusal> {
    if bytes.count > limit { return .failure(tooBig(limit)) }
    do throws(Refusal) { return .success(try read(bytes)) } catch { return .failure(error) }
  }

  private static func notAFile(_ kind: FileStatus.Kind) -> Refusal {
    let what =
      switch kind {
      case .folder: "a folder"
      case .link: "a symbolic link"
      default: "neither a file nor a folder"
      }
    return Refusal(code: .notAFile, reason: "this is \(what); expected a regular file with one JSON object")
  }

  private static let linked = Refusal(
    code: .notAFile, reason: "this file has a second name, a hard link; expected a file with one name")

  private static func tooBig(_ limit: Int) -> Refusal {
    Refusal(
      code: .tooBig,
      reason: "the file is larger than \(ByteCount.format(ByteCount(Int64(limit)))), the setting maxJobBytes")
  }

  private static func unreadable(_ error: SystemError) -> Refusal {
    Refusal(code: .unreadable, reason: "the file cannot be read: \(error.reason)")
  }
}
