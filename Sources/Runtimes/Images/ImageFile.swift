import Platform

/// What a person gave us to be made an image of, recognised by its content and never by its name.
enum ImageFile: Equatable {
  /// A folder with `oci-layout` and `index.json`.
  case layoutFolder
  /// Any other folder: a root file system.
  case rootFolder
  /// A tar with an OCI layout in it.
  case layoutArchive
  /// A tar as `docker save` and `podman save` write it.
  case dockerArchive
  /// Any other tar: a root file system.
  case rootArchive
  /// Something that has to be unpacked before it can be told.
  case compressed(Compression)

  /// How a file is compressed, by the program that undoes it.
  enum Compression: Equatable {
    case gzip, xz, zstd, bzip2

    var tool: ImageTool {
      switch self {
      case .gzip: ImageTool(name: "gzip", package: "gzip")
      case .xz: ImageTool(name: "xz", package: "xz-utils")
      case .zstd: ImageTool(name: "zstd", package: "zstd")
      case .bzip2: ImageTool(name: "bzip2", package: "bzip2")
      }
    }

    /// By the first bytes (RFC 1952, RFC 8878, the others' own descriptions).
    init?(_ start: [UInt8]) {
      let marks: [(Compression, [UInt8])] = [
        (.gzip, [0x1F, 0x8B]), (.xz, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]), (.zstd, [0x28, 0xB5, 0x2F, 0xFD]),
        (.bzip2, [0x42, 0x5A, 0x68]),
      ]
      guard let mark = marks.first(where: { start.starts(with: $0.1) }) else { return nil }
      self = mark.0
    }
  }

  /// - Parameter shown: its path, for messages.
  static func recognise(_ file: Descriptor, shown: String) throws(ImageFailure) -> ImageFile {
    do {
      let status = try file.status()
      switch status.kind {
      case .folder: return try recognise(folder: Folder(file, path: shown), shown)
      case .file: return try recognise(file: file, size: status.size, shown)
      case .link, .other: throw ImageFailure.notAnImage(shown, reason: "expected an archive or a folder")
      }
    } catch let failure as ImageFailure {
      throw failure
    } catch let error as SystemError {
      throw .system(error)
    } catch { throw .notAnImage(shown, reason: "\(error)") }
  }

  private static func recognise(folder: Folder, _ shown: String) throws -> ImageFile {
    if try folder.has("oci-layout"), try folder.has("index.json") { return .layoutFolder }
    if try Tree.isEmpty(folder) { throw ImageFailure.notAnImage(shown, reason: "the folder is empty") }
    return .rootFolder
  }

  private static func recognise(file: Descriptor, size: Int64, _ shown: String) throws -> ImageFile {
    if size == 0 { throw ImageFailure.notAnImage(shown, reason: "the file is empty") }
    if let compression = Compression(try file.readAll(limit: 6).map { $0 }) {
      try file.rewind()
      return .compressed(compression)
    }
    try file.rewind()
    do throws(TarListing.Fault) {
      let names = try TarListing(file).names
      if names.contains("oci-layout"), names.contains("index.json") { return .layoutArchive }
      return names.contains("manifest.json") ? .dockerArchive : .rootArchive
    } catch {
      switch error {
      case .notTar:
        throw ImageFailure.notAnImage(
          shown, reason: "expected a tar (also gzip, xz, zstd, bzip2), an OCI or docker archive, or a folder")
      case .cutShort: throw ImageFailure.notAnImage(shown, reason: "the archive is cut short")
      case .system(let error): throw ImageFailure.system(error)
      }
    }
  }
}
