import Jobs
import Platform

/// The steps from what was given to a root: each by a program, in the work's own folder.
extension ImageWork {
  private static let layerName = "layer.tar"
  private static let sourceName = "source"

  /// Makes a layout of a file or folder.
  ///
  /// - Parameters:
  ///   - file: open; - path: where it is, as seen from the work's folder; - shown: as the person named it;
  ///   - environment: `Env`, of what has no config of its own.
  func fetch(
    _ kind: ImageFile, _ file: Descriptor, _ path: String, shown: String, environment: [String] = []
  ) throws(ImageFailure) {
    switch kind {
    case .layoutFolder: try copy(path, by: "oci")
    case .layoutArchive: try copy(path, by: "oci-archive")
    case .dockerArchive: try copy(path, by: "docker-archive")
    case .rootArchive:
      let layer = try system { () throws(SystemError) in try folder.create(Self.layerName) }
      guard try system({ () throws(SystemError) in try layer.append(allOf: file, limit: limits.maxSize.bytes) }) else {
        throw .tooLarge(limit: limits.maxSize)
      }
      try wrap(environment)
    case .rootFolder:
      _ = try pack(Folder(file, path: shown))
      try wrap(environment)
    case .compressed(let compression):
      let layer = try system { () throws(SystemError) in try folder.create(Self.layerName) }
      try compression.tool.run(.init(arguments: ["-dc"], input: file, output: layer), in: self)
      try system { () throws(SystemError) in try layer.rewind() }
      let inner = try ImageFile.recognise(layer, shown: shown)
      if case .compressed = inner { throw .notAnImage(shown, reason: "it is compressed twice") }
      if inner == .rootArchive { return try wrap(environment) }
      try fetch(inner, layer, Self.layerName, shown: shown)
    }
  }

  /// Makes a tar of a folder, in an order and with owners that are the same each time, so that the digest is.
  ///
  /// - Returns: its path.
  func pack(_ root: Folder) throws(ImageFailure) -> String {
    let layer = try system { () throws(SystemError) in try folder.create(Self.layerName) }
    let arguments = [
      "--create", "--file=-", "--format=gnu", "--sort=name", "--numeric-owner", "--owner=0", "--group=0", ".",
    ]
    try ImageTool.tar.run(.init(arguments: arguments, output: layer, folder: root), in: self)
    return try path(Self.layerName)
  }

  private func wrap(_ environment: [String]) throws(ImageFailure) {
    let writer = try system { () throws(SystemError) in try LayoutWriter(in: self) }
    try writer.write(layer: Self.layerName, environment: environment)
  }

  /// A local file by one of skopeo's transports, in which a path must not have a colon: it is reached by a link, and all else by
  /// names in the work's folder.
  private func copy(_ path: String, by transport: String) throws(ImageFailure) {
    try system { () throws(SystemError) in try folder.makeLink(Self.sourceName, to: path) }
    try copy(from: "\(transport):\(Self.sourceName)", environment: [], checksPolicy: false)
  }

  /// - Parameter checksPolicy: containers-policy.json(5) of the machine says whom to trust. A file that somebody has here needs
  ///   no one's leave.
  func copy(from reference: String, environment: [String], checksPolicy: Bool) throws(ImageFailure) {
    let policies = ["/etc/containers/policy.json", Machine.home + "/.config/containers/policy.json"]
    let hasPolicy = policies.contains { ((try? FileSystem.status(path: $0, following: true)) ?? nil) != nil }
    var arguments = checksPolicy && hasPolicy ? [] : ["--insecure-policy"]
    arguments += [
      "--tmpdir", try path(Self.temporaryName), "copy", "--quiet", reference, "oci:" + ImageLayout.reference,
    ]
    try ImageTool.skopeo.run(
      .init(arguments: arguments, environment: environment, watched: [Self.layoutName, Self.temporaryName]), in: self)
  }

  /// Unpacks the layout, tidies the root and writes the record beside it.
  ///
  /// The root has a folder of its own around it, with nothing else in it: umoci 0.4.7 takes a whiteout of `..` at the top of a
  /// layer at its word and removes the folder above the root (seen 2026-11-26). It fails then.
  func unpack(_ record: inout ImageRecord) throws(ImageFailure) {
    let rootPath = Self.imageName + "/" + ImageStore.rootName
    try ImageTool.umoci.run(
      .init(
        arguments: ["raw", "unpack", "--rootless", "--image", ImageLayout.reference, rootPath], watched: [rootPath]),
      in: self)
    try checkSize(of: rootPath)
    let image = try system { () throws(SystemError) in try folder.folder(Self.imageName) }
    let root = try system { () throws(SystemError) in try image.folder(ImageStore.rootName) }
    record.bytes = try ImageRoot.makeReady(root, limit: limits.maxSize)
    do throws(SystemError) {
      try image.create(ImageStore.recordName).write(record.encode())
      try image.setMode(0o755)
    } catch { throw .system(error) }
  }

  private func system<Answer>(_ body: () throws(SystemError) -> Answer) throws(ImageFailure) -> Answer {
    do throws(SystemError) { return try body() } catch { throw .system(error) }
  }
}
