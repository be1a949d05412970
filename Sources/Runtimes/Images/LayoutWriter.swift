import Jobs
import Platform

/// Makes an OCI layout around one layer. Equal layers and variables make equal digests: nothing of time or place goes into it.
struct LayoutWriter {
  private struct Blob {
    let digest: String
    let size: Int64
  }

  private let work: ImageWork
  private let layout: Folder
  private let blobs: Folder

  #if arch(arm64)
    private static let architecture = "arm64"
  #else
    private static let architecture = "amd64"
  #endif

  init(in work: ImageWork) throws(SystemError) {
    self.work = work
    try work.folder.makeFolder(ImageWork.layoutName)
    layout = try work.folder.folder(ImageWork.layoutName)
    try layout.makeFolder("blobs")
    let folder = try layout.folder("blobs")
    try folder.makeFolder("sha256")
    blobs = try folder.folder("sha256")
  }

  /// - Parameters:
  ///   - layer: a tar in the work's folder, not compressed; it becomes a part of the layout;
  ///   - environment: `Env` of the image.
  func write(layer: String, environment: [String]) throws(ImageFailure) {
    let layer = try take(layer)
    let config = try put { writer in
      writer.member("architecture", Self.architecture)
      writer.member("os", "linux")
      writer.key("config")
      writer.beginObject()
      writer.key("Env")
      writer.beginArray()
      for entry in environment { writer.string(entry) }
      writer.endArray()
      writer.endObject()
      writer.key("rootfs")
      writer.beginObject()
      writer.member("type", "layers")
      writer.key("diff_ids")
      writer.beginArray()
      writer.string(layer.digest)
      writer.endArray()
      writer.endObject()
    }
    let manifest = try put { writer in
      writer.member("schemaVersion", 2)
      writer.member("mediaType", "application/vnd.oci.image.manifest.v1+json")
      writer.key("config")
      writer.blob(config.digest, config.size, "application/vnd.oci.image.config.v1+json")
      writer.key("layers")
      writer.beginArray()
      writer.blob(layer.digest, layer.size, "application/vnd.oci.image.layer.v1.tar")
      writer.endArray()
    }
    let index = document { writer in
      writer.member("schemaVersion", 2)
      writer.key("manifests")
      writer.beginArray()
      writer.blob(
        manifest.digest, manifest.size, "application/vnd.oci.image.manifest.v1+json", reference: "image")
      writer.endArray()
    }
    do throws(SystemError) {
      try layout.create("oci-layout").write(document { $0.member("imageLayoutVersion", "1.0.0") })
      try layout.create("index.json").write(index)
    } catch { throw .system(error) }
  }

  /// Writes a blob.
  private func put(_ build: (inout JSONWriter) -> Void) throws(ImageFailure) -> Blob {
    let name = "blob"
    do throws(SystemError) { try work.folder.create(name).write(document(build)) } catch { throw .system(error) }
    return try take(name)
  }

  /// Makes a file of the work's folder a blob.
  private func take(_ name: String) throws(ImageFailure) -> Blob {
    let file: Descriptor
    do throws(SystemError) { file = try work.folder.open(name) } catch { throw .system(error) }
    let said = try ImageTool.checksum.run(.init(arguments: [], input: file), in: work)
    let digest = "sha256:" + String(decoding: said.prefix(64), as: UTF8.self)
    guard ImageDigest.isValid(digest) else {
      throw .programFailed(ImageTool.checksum.name, reason: "it printed no checksum")
    }
    do throws(SystemError) {
      try work.folder.move(name, to: blobs, as: String(digest.dropFirst("sha256:".count)))
      return Blob(digest: digest, size: try file.status().size)
    } catch { throw .system(error) }
  }

  private func document(_ build: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter(.compact)
    writer.beginObject()
    build(&writer)
    writer.endObject()
    return writer.bytes
  }
}

extension JSONWriter {
  /// A descriptor (image-spec, descriptor.md).
  fileprivate mutating func blob(_ digest: String, _ size: Int64, _ type: String, reference: String? = nil) {
    beginObject()
    member("mediaType", type)
    member("digest", digest)
    member("size", Int(size))
    if let reference {
      key("annotations")
      beginObject()
      key("org.opencontainers.image.ref.name")
      string(reference)
      endObject()
    }
    endObject()
  }
}
