import Jobs
import Platform

/// The images of a spool, unpacked: `state/images`.
///
/// ```
/// images/
///   names.json             which name is which digest
///   sha256-HEX/            an image, whole and never changed; HEX is of its manifest
///     image.json           `ImageRecord`
///     root/                its root file system
///   .adding-PID-RANDOM/    on its way in; its maker holds a lock on it
///   .removed-RANDOM/       on its way out; it stays as long as somebody runs on it
/// ```
///
/// Whatever changes is made beside and renamed into place in `images/` itself, so readers need no lock, and one look at that
/// folder's times says whether anything has changed.
public final class ImageStore: Sendable {
  static let folderName = "images"
  static let rootName = "root"
  static let recordName = "image.json"
  static let namesName = "names.json"

  /// What was read, and of what.
  struct Book: Sendable {
    let status: FileStatus
    /// Whether no change can follow that leaves the folder's times as they were.
    let isSettled: Bool
    let names: ImageNames
    var records: [String: ImageRecord] = [:]
  }

  /// The spool's `state`.
  let state: Folder
  private let book = Locked<Book?>(nil)
  /// The wall clock, ns since 1970.
  let now: @Sendable () -> Int64

  /// Where programs are looked for, as PATH.
  public let searchPath: String

  /// Where Linux systems have their programs.
  public static let usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// The store in a spool's `state`, which need not have one yet.
  ///
  /// - Parameters:
  ///   - searchPath: where umoci, skopeo and the others are looked for;
  ///   - now: the wall clock, ns since 1970.
  public init(
    state: Folder, searchPath: String = usualPath,
    now: @escaping @Sendable () -> Int64 = { Clock.wall() }
  ) {
    self.state = state
    self.searchPath = searchPath
    self.now = now
  }

  /// The image of that name, or of that digest; nil: there is none. Cheap enough for every start of a job: some ten system
  /// calls when nothing has changed.
  ///
  /// - Throws: `badName`, `unusable`, `system`.
  public func find(_ text: String) throws(ImageFailure) -> StoredImage? {
    let name = try Self.name(text)
    guard let images = try folder() else { return nil }
    var book = try current(images)
    guard let digest = name.digest ?? book.names.digests[name] else { return nil }
    guard let (folder, root) = try open(digest, in: images) else {
      if name.digest == nil, try current(images).names.digests[name] == digest {
        throw .unusable(name.text, reason: "the folder of \(digest) is not there")
      }
      return nil
    }
    if let record = book.records[digest] { return StoredImage(record: record, root: root) }
    let record = try Self.record(of: digest, in: folder)
    book.records[digest] = record
    keep(book)
    return StoredImage(record: record, root: root)
  }

  /// A name as people type it.
  static func name(_ text: String) throws(ImageFailure) -> ImageName {
    do throws(Refusal) { return try ImageName(validating: text) } catch { throw .badName(error) }
  }

  /// `state/images`, opened anew each time: somebody may have cleared `state`. Nil: there is none.
  func folder() throws(ImageFailure) -> Folder? {
    do throws(SystemError) { return try state.folder(Self.folderName) } catch {
      if error.isMissing { return nil }
      throw .system(error)
    }
  }

  /// An image's folder and its root, which is locked against removal; nil: it is not there, or on its way out.
  private func open(_ digest: String, in images: Folder) throws(ImageFailure) -> (folder: Folder, root: Folder)? {
    let name = ImageDigest.folder(of: digest)
    do throws(SystemError) {
      let folder = try images.folder(name)
      let root = try folder.folder(Self.rootName)
      try root.descriptor.lockShared()
      // Between the open and the lock it may have been taken away: then another stands there now, or none.
      guard try images.status(name)?.inode == folder.descriptor.status().inode else { return nil }
      return (folder, root)
    } catch {
      // Exclusively it is held by whoever removes it.
      if error.isMissing || error.isBusy { return nil }
      throw error.isLink || error.isNoFolder ? .unusable(digest, reason: error.description) : .system(error)
    }
  }

  static func record(of digest: String, in folder: Folder) throws(ImageFailure) -> ImageRecord {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try folder.plainBytes(recordName, limit: ImageRecord.limit)
    } catch { throw .unusable(digest, reason: error.description) }
    do throws(Refusal) {
      let record = try ImageRecord.decode(bytes)
      guard record.digest == digest else {
        throw Refusal(code: .badValue, reason: "\(recordName) is of another image: \(record.digest)")
      }
      return record
    } catch { throw .unusable(digest, reason: "\(recordName): \(error.reason)") }
  }

  // MARK: - What was read

  /// The names as they are now, from memory if nothing in the folder has changed since they were read.
  private func current(_ images: Folder) throws(ImageFailure) -> Book {
    let status: FileStatus
    let now = now()
    do throws(SystemError) { status = try images.descriptor.status() } catch { throw .system(error) }
    if let known = book.withLock({ $0 }), known.status.isSame(as: status) { return known }
    let book = Book(
      status: status, isSettled: status.isSettled(at: now), names: try Self.names(in: images))
    keep(book)
    return book
  }

  private func keep(_ read: Book) {
    guard read.isSettled else { return }
    book.withLock { $0 = read }
  }

  static func names(in images: Folder) throws(ImageFailure) -> ImageNames {
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try images.plainBytes(namesName, limit: ImageNames.limit) } catch {
      if error.isMissing { return ImageNames() }
      throw .namesUnusable(reason: error.description)
    }
    do throws(Refusal) { return try ImageNames.decode(bytes) } catch {
      throw .namesUnusable(reason: error.reason)
    }
  }
}

extension Folder {
  /// A whole regular file of ours.
  func plainBytes(_ name: String, limit: Int) throws(SystemError) -> [UInt8] {
    let file = try open(name)
    guard try file.status().kind == .file else {
      throw SystemError(call: "read", code: SystemError.noPermission, path: path + "/" + name)
    }
    return try file.readAll(limit: limit)
  }
}
