import Jobs
import Platform

/// An image that was put into the store.
public struct AddedImage: Sendable {
  public let name: ImageName
  public let record: ImageRecord
  /// The same image was there already; it only has one name more, or the same again.
  public let wasThere: Bool
  /// What its maker should know: libraries that were not found.
  public let notes: [String]
}

extension ImageStore {
  /// Puts an archive or a folder into the store, under a name that from then on means this image.
  ///
  /// - Throws: `notAnImage`, `tooLarge`, `noRoom`, `programMissing`, `programFailed`, `timedOut`, `system`; nothing is left then.
  public func add(path: String, as name: ImageName, limits: ImageLimits = ImageLimits()) throws(ImageFailure)
    -> AddedImage
  {
    let real: String
    let source: Descriptor
    do throws(SystemError) {
      real = try FileSystem.realPath(path)
      // Opening a FIFO would wait for its writer.
      let isOther = try FileSystem.status(path: real)?.kind == .other
      source = isOther ? try FileSystem.openNull() : try FileSystem.openForReading(path: real)
    } catch { throw .system(error) }
    let kind = try ImageFile.recognise(source, shown: path)
    return try make(name, source: real, limits) { (work) throws(ImageFailure) in
      try work.fetch(kind, source, real, shown: path)
      return []
    }
  }

  /// Fetches an image by skopeo: from a registry, or by any transport of containers-transports(5) that the name begins with.
  public func pull(
    _ reference: String, as name: ImageName, environment: [String], limits: ImageLimits = ImageLimits()
  ) throws(ImageFailure) -> AddedImage {
    try make(name, source: reference, limits) { (work) throws(ImageFailure) in
      try work.copy(from: reference, environment: environment, checksPolicy: true)
      return []
    }
  }

  /// Builds an image from what is on this machine.
  ///
  /// - Parameter folder: what the recipe's `files` lie in.
  public func build(
    _ recipe: ImageRecipe, file: String, folder: Folder, limits: ImageLimits = ImageLimits()
  ) throws(ImageFailure) -> AddedImage {
    var base: StoredImage?
    if let name = recipe.base {
      base = try find(name.text)
      if base == nil { throw .missing(name.text) }
    }
    return try make(recipe.name, source: file, note: recipe.note, limits) { (work) throws(ImageFailure) in
      let builder = try RootBuilder(recipe, file: file, folder: folder, base: base, in: work)
      let notes = try builder.build()
      try work.fetch(.rootFolder, builder.root.descriptor, file, shown: file, environment: builder.environment)
      return notes
    }
  }

  /// From a layout that `fill` makes in a work's folder to an image that is found by its name.
  private func make(
    _ name: ImageName, source: String, note: String? = nil, _ limits: ImageLimits,
    fill: (ImageWork) throws(ImageFailure) -> [String]
  ) throws(ImageFailure) -> AddedImage {
    try working(limits) { (work, images) throws(ImageFailure) in
      // What would keep it from being published in the end is told at once.
      _ = try Self.names(in: images)
      let notes = try fill(work)
      let layout = try ImageLayout(in: work)
      var record = layout.record(addedAt: Timestamp(nanoseconds: now()), source: source)
      record.note = note
      try work.unpack(&record)
      let wasThere = try publish(record, from: work, as: name, in: images)
      return AddedImage(name: name, record: record, wasThere: wasThere, notes: notes)
    }
  }

  /// Does something in a folder of its own, of which nothing is left afterwards.
  func working<Answer>(
    _ limits: ImageLimits, _ body: (_ work: ImageWork, _ images: Folder) throws(ImageFailure) -> Answer
  ) throws(ImageFailure) -> Answer {
    let images = try openOrMake()
    let (work, dead) = try locked(images) { (images) throws(ImageFailure) in
      do throws(SystemError) {
        let dead = try Leftovers.take(in: images)
        return (try ImageWork(in: images, limits: limits, searchPath: searchPath), dead)
      } catch { throw .system(error) }
    }
    defer { Leftovers.remove([work.name], in: images) }
    Leftovers.remove(dead, in: images)
    try work.checkRoom()
    return try body(work, images)
  }

  /// `state/images`, made if it is missing.
  private func openOrMake() throws(ImageFailure) -> Folder {
    do throws(SystemError) {
      if try state.makeFolder(Self.folderName) { try state.descriptor.sync() }
      return try state.folder(Self.folderName)
    } catch { throw .system(error) }
  }

  /// Shows what was made: on the disk first, whole when it appears, its name last.
  private func publish(
    _ record: ImageRecord, from work: ImageWork, as name: ImageName, in images: Folder
  ) throws(ImageFailure) -> Bool {
    do throws(SystemError) {
      // A root has tens of thousands of files: one call for all that was written to this disk costs less than one each.
      try FileSystem.syncAll(work.folder)
    } catch { throw .system(error) }
    return try locked(images) { (images) throws(ImageFailure) in
      let place = ImageDigest.folder(of: record.digest)
      do {
        let isThere = (try? images.folder(place)).flatMap { try? Self.record(of: record.digest, in: $0) } != nil
        if !isThere {
          // One that somebody damaged goes out of the way.
          if try images.status(place) != nil { try images.move(place, to: images, as: Leftovers.removedName()) }
          try work.folder.move(ImageWork.imageName, to: images, as: place)
          try images.descriptor.sync()
        }
        var names = try Self.names(in: images)
        names.digests[name] = record.digest
        try Self.write(names, in: images)
        return isThere
      } catch let failure as ImageFailure {
        throw failure
      } catch let error as SystemError {
        throw .system(error)
      } catch { throw .unusable(name.text, reason: "\(error)") }
    }
  }

  /// Replaces `names.json`; called while the store is locked.
  static func write(_ names: ImageNames, in images: Folder) throws(SystemError) {
    let temporary = ".\(namesName).new"
    if try images.has(temporary) { try images.remove(temporary) }
    let file = try images.create(temporary)
    try file.write(names.encode())
    try file.syncData()
    try images.replace(namesName, with: temporary)
    try images.descriptor.sync()
  }

  /// Does something that changes the store, alone. Not for what takes long: others wait.
  func locked<Answer>(
    _ images: Folder, _ body: (Folder) throws(ImageFailure) -> Answer
  ) throws(ImageFailure) -> Answer {
    let own: Folder
    do throws(SystemError) {
      // A lock belongs to an open file, so each takes its own.
      own = try state.folder(Self.folderName)
      try own.descriptor.lockWaiting()
    } catch { throw .system(error) }
    defer { withExtendedLifetime(own) {} }
    return try body(images)
  }
}
