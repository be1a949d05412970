import Jobs
import Platform

/// A row of what is in the store.
public struct ImageListing: Sendable {
  /// What it is called, in order; empty: a newer image has its name, or it never had one.
  public let names: [ImageName]
  public let digest: String
  /// What is known of it; a failure of one that somebody damaged.
  public let record: Result<ImageRecord, ImageFailure>
}

/// What became of one name that was to be removed.
public enum ImageRemoval: Equatable, Sendable {
  /// The name is gone; the image has others.
  case untagged
  /// The image is gone.
  case removed
  /// It is not found any more, and its files go when the last job that runs on it has ended: with the next add, pull, build or
  /// rm.
  case inUse
}

extension ImageStore {
  /// All images, those with names first, in the order of the names.
  ///
  /// - Throws: `unusable` of a damaged list of names, `system`.
  public func list() throws(ImageFailure) -> [ImageListing] {
    guard let images = try folder() else { return [] }
    let names = try Self.names(in: images)
    var rows: [ImageListing] = []
    let entries: [String]
    do throws(SystemError) { entries = try images.names() } catch { throw .system(error) }
    for digest in Set(entries.compactMap(ImageDigest.inFolder) + names.digests.values) {
      let record: Result<ImageRecord, ImageFailure>
      do throws(ImageFailure) { record = .success(try Self.record(inImages: images, of: digest)) } catch {
        record = .failure(error)
      }
      rows.append(ImageListing(names: names.names(of: digest), digest: digest, record: record))
    }
    return rows.sorted { one, other in
      switch (one.names.first, other.names.first) {
      case (let a?, let b?): a < b
      case (nil, nil): one.digest < other.digest
      case (let a, _): a != nil
      }
    }
  }

  /// Takes a name away, and the image with its last one; of a digest, or its first 12 or more digits, the image and all its
  /// names.
  ///
  /// A job that runs on it is not hurt: `StoredImage` holds a lock on the root.
  /// - Throws: `badName`, `missing`, `unusable`, `system`.
  public func remove(_ text: String) throws(ImageFailure) -> ImageRemoval {
    let name = try Self.name(text)
    guard let images = try folder() else { throw .missing(text) }
    let (place, dead) = try locked(images) { (images) throws(ImageFailure) in
      let place = try takeOut(name, from: images)
      do throws(SystemError) { return (place, try Leftovers.take(in: images)) } catch { throw .system(error) }
    }
    Leftovers.remove(dead, in: images)
    guard let place else { return .untagged }
    return dead[place] == nil ? .inUse : .removed
  }

  /// - Returns: where the image lies now, to be removed; nil: it stays.
  private func takeOut(_ name: ImageName, from images: Folder) throws(ImageFailure) -> String? {
    var names = try Self.names(in: images)
    let digest: String
    if let found = names.digests[name] {
      digest = found
      names.digests[name] = nil
    } else {
      digest = try self.digest(beginning: name.text, in: images)
      for name in names.names(of: digest) { names.digests[name] = nil }
    }
    do throws(SystemError) {
      // The name first: after a crash between the two there is an image without a name, and never a name without an image.
      try Self.write(names, in: images)
      guard names.names(of: digest).isEmpty, try images.status(ImageDigest.folder(of: digest)) != nil else {
        return nil
      }
      let place = Leftovers.removedName()
      try images.move(ImageDigest.folder(of: digest), to: images, as: place)
      try images.descriptor.sync()
      return place
    } catch { throw .system(error) }
  }

  private func digest(beginning text: String, in images: Folder) throws(ImageFailure) -> String {
    let start = text.hasPrefix("sha256:") ? text : "sha256:" + text
    let entries: [String]
    do throws(SystemError) { entries = try images.names() } catch { throw .system(error) }
    let found = entries.compactMap(ImageDigest.inFolder).filter { $0.hasPrefix(start) }
    guard start.utf8.count >= 7 + 12, found.count == 1 else { throw .missing(text) }
    return found[0]
  }

  private static func record(inImages images: Folder, of digest: String) throws(ImageFailure) -> ImageRecord {
    let folder: Folder
    do throws(SystemError) { folder = try images.folder(ImageDigest.folder(of: digest)) } catch {
      throw .unusable(digest, reason: error.description)
    }
    return try record(of: digest, in: folder)
  }
}
