import Jobs
import Platform
import Runtimes
import Spool

/// What an image may take while it is made; what is nil has its default.
public struct ImageRequest: Sendable {
  /// Of the disk; default 10 GiB.
  public var maxSize: ByteCount?
  /// For each program that does a part of it; default 1 h.
  public var patience: Duration?
  /// Where umoci, skopeo and the others are looked for, the PATH of whoever asks; default: the usual folders.
  public var searchPath: String?

  public init(maxSize: ByteCount? = nil, patience: Duration? = nil, searchPath: String? = nil) {
    self.maxSize = maxSize
    self.patience = patience
    self.searchPath = searchPath
  }
}

/// An image of the spool.
public struct ImageEntry: Sendable {
  /// In order; empty: it is found by its digest alone.
  public let names: [ImageName]
  public let digest: String
  /// Nil: somebody damaged it.
  public let record: ImageRecord?
  /// Why there is no record.
  public let problem: ImageProblem?
}

/// An image that was made.
public struct NewImage: Sendable {
  public let name: ImageName
  public let record: ImageRecord
  /// The same was there already.
  public let wasThere: Bool
  /// Libraries that were not found.
  public let notes: [String]
}

extension SpoolAccess {
  /// All images.
  public func images() throws(OperationError) -> [ImageEntry] {
    try asking { (store) throws(ImageFailure) in
      try store.list().map { row in
        switch row.record {
        case .success(let record): ImageEntry(names: row.names, digest: row.digest, record: record, problem: nil)
        case .failure(let failure):
          ImageEntry(names: row.names, digest: row.digest, record: nil, problem: ImageProblem(failure))
        }
      }
    }
  }

  /// Puts an archive or a folder into the spool.
  ///
  /// - Parameter name: default: that of the file.
  public func addImage(_ path: String, as name: String?, _ request: ImageRequest) throws(OperationError) -> NewImage {
    let limits = try limits(request)
    return try asking(request) { (store) throws(ImageFailure) in
      NewImage(try store.add(path: path, as: try Self.imageName(name ?? Self.stem(of: path)), limits: limits))
    }
  }

  /// Fetches an image from a registry, or by a transport of containers-transports(5).
  ///
  /// - Parameters:
  ///   - reference: `python:3.12`, `docker://…`, `oci:…`;
  ///   - name: default: that of a reference to a registry, else its last part;
  ///   - variable: the environment; skopeo gets what it needs to reach registries and to sign in there.
  public func pullImage(
    _ reference: String, as name: String?, _ request: ImageRequest, variable: (String) -> String?
  ) throws(OperationError) -> NewImage {
    let limits = try limits(request)
    let transport = Self.transport(of: reference)
    let isRegistry = transport == nil || transport == "docker"
    let bare = Self.withoutTransport(reference)
    let environment = Self.passed.compactMap { name in variable(name).map { "\(name)=\($0)" } }
    return try asking(request, isPull: true) { (store) throws(ImageFailure) in
      let name = try Self.imageName(name ?? (isRegistry ? bare : Self.stem(of: bare)))
      let whole = transport == nil ? "docker://" + bare : Self.absolute(reference)
      return NewImage(try store.pull(whole, as: name, environment: environment, limits: limits))
    }
  }

  /// Builds an image by a recipe.
  ///
  /// - Parameter path: the recipe, or the folder in which it is `image.json`.
  public func buildImage(_ path: String, _ request: ImageRequest) throws(OperationError) -> NewImage {
    let limits = try limits(request)
    return try withRecipe(path, request) { (store, recipe, file, folder) throws(ImageFailure) in
      NewImage(try store.build(recipe, file: file, folder: folder, limits: limits))
    }
  }

  /// Builds an image by a recipe and gives it to a container engine instead of the spool.
  ///
  /// - Returns: its name, and what the recipe's author should know.
  public func buildImage(
    _ path: String, into engine: RuntimeChoice, _ request: ImageRequest
  ) throws(OperationError) -> (name: ImageName, notes: [String]) {
    let limits = try limits(request)
    return try withRecipe(path, request) { (store, recipe, file, folder) throws(ImageFailure) in
      let runtime: EngineRuntime
      do throws(StartFailure) {
        runtime = try EngineMachine(searchPath: store.searchPath).runtime(engine)
      } catch {
        if case .runtimeMissing = error { throw .programMissing(engine.rawValue, package: engine.package) }
        throw .programFailed(engine.rawValue, reason: error.reason)
      }
      return (recipe.name, try store.build(recipe, file: file, folder: folder, into: runtime, limits: limits))
    }
  }

  /// Takes an image out of an engine again; the spool's own stays with it.
  public func forgetImage(_ name: String, in runtime: RuntimeChoice) {
    guard runtime.isEngine else { return }
    let machine = EngineMachine(searchPath: Machine.environment("PATH") ?? "")
    // One that does not answer keeps it.
    _ = try? machine.runtime(runtime).removeImage(name)
  }

  private func withRecipe<Answer>(
    _ path: String, _ request: ImageRequest,
    _ body: (ImageStore, ImageRecipe, _ file: String, Folder) throws(ImageFailure) -> Answer
  ) throws(OperationError) -> Answer {
    let file: String
    let folder: Folder
    let bytes: [UInt8]
    do throws(SystemError) {
      let isFolder = try FileSystem.status(path: path, following: true)?.kind == .folder
      file = isFolder ? path + "/image.json" : path
      let slash = file.lastIndex(of: "/")
      folder = try Folder(path: slash.map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? ".")
      bytes = try FileSystem.openInput(path: file).readAll(limit: Self.longestRecipe)
    } catch { throw .system(error) }
    return try asking(request) { (store) throws(ImageFailure) in
      let recipe: ImageRecipe
      do throws(Refusal) {
        if bytes.count > Self.longestRecipe { throw Refusal(code: .tooBig, reason: "the recipe is larger than 1 MiB") }
        recipe = try ImageRecipe.read(bytes)
      } catch { throw .badRecipe(error, file: file) }
      return try body(store, recipe, file, folder)
    }
  }

  /// Takes an image out.
  public func removeImage(_ name: String) throws(OperationError) -> ImageRemovalOutcome {
    try asking { (store) throws(ImageFailure) in
      switch try store.remove(name) {
      case .untagged: .untagged
      case .removed: .removed
      case .inUse: .inUse
      }
    }
  }

  // MARK: - Words

  private static let longestRecipe = 1 << 20
  /// Where registries are, how they are reached, and who one is there (curl(1), containers-auth.json(5)).
  private static let passed = [
    "HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "http_proxy", "https_proxy",
    "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
  ]
  private static let transports = [
    "docker", "oci", "oci-archive", "docker-archive", "dir", "containers-storage", "docker-daemon", "sif",
  ]

  private static func imageName(_ text: String) throws(ImageFailure) -> ImageName {
    do throws(Refusal) { return try ImageName(validating: text) } catch { throw .badName(error) }
  }

  private static func transport(of reference: String) -> String? {
    transports.first { reference.hasPrefix($0 + ":") && ($0 != "docker" || reference.hasPrefix("docker://")) }
  }

  /// skopeo stands in another folder than the caller.
  private static func absolute(_ reference: String) -> String {
    guard let transport = transport(of: reference),
      ["oci", "oci-archive", "docker-archive", "dir"].contains(transport),
      !reference.hasPrefix(transport + ":/"), let folder = Machine.currentFolder
    else { return reference }
    return "\(transport):\(folder)/" + withoutTransport(reference)
  }

  private static func withoutTransport(_ reference: String) -> String {
    guard let transport = transport(of: reference) else { return reference }
    let rest = reference.dropFirst(transport.count + 1)
    return String(transport == "docker" ? rest.dropFirst(2) : rest)
  }

  /// A file's name without what says how it is packed.
  private static func stem(of path: String) -> String {
    var name = path.split(separator: "/").last.map(String.init) ?? path
    for ending in [".gz", ".xz", ".zst", ".bz2", ".tgz", ".tar", ".oci"] where name.hasSuffix(ending) {
      name = String(name.dropLast(ending.count))
    }
    return name
  }

  private func limits(_ request: ImageRequest) throws(OperationError) -> ImageLimits {
    var limits = ImageLimits()
    do throws(SystemError) { limits.minFree = try settingsOrDefaults().minFree } catch { throw .system(error) }
    if let size = request.maxSize { limits.maxSize = size }
    if let patience = request.patience { limits.patience = patience }
    return limits
  }

  private func asking<Answer>(
    _ request: ImageRequest = ImageRequest(), isPull: Bool = false, _ body: (ImageStore) throws(ImageFailure) -> Answer
  ) throws(OperationError) -> Answer {
    let state: Folder
    do throws(SystemError) { state = try folders[.state] } catch { throw .system(error) }
    let now = now
    // ldconfig is no program for everybody's PATH.
    let searchPath = request.searchPath.map { $0 + ":/usr/sbin:/sbin" } ?? ImageStore.usualPath
    let store = ImageStore(state: state, searchPath: searchPath, now: { now().nanoseconds })
    do throws(ImageFailure) { return try body(store) } catch { throw .image(ImageProblem(error, isPull: isPull)) }
  }
}

/// What became of an image that was to go.
public enum ImageRemovalOutcome: String, Equatable, Sendable {
  /// The name is gone; the image has others.
  case untagged
  case removed
  /// No new job gets it, and its files go when the last job on it has ended.
  case inUse = "in-use"
}

extension NewImage {
  init(_ added: AddedImage) {
    self.init(name: added.name, record: added.record, wasThere: added.wasThere, notes: added.notes)
  }
}
