import Platform

/// A folder of one test, gone with it.
public final class TemporaryFolder: Sendable {
  public let path: String
  public let folder: Folder

  /// - Parameter name: a folder of that name within a new one, for tests of odd paths.
  public init(_ name: String? = nil) throws {
    base = try FileSystem.makeTemporaryFolder(prefix: "bobbin-test-")
    path = name.map { [base] in base + "/" + $0 } ?? base
    try FileSystem.makeFolders(path: path)
    folder = try Folder(path: path)
  }

  private let base: String

  // Not Tree.remove: what is tested must not clear up after itself, and names here may be anything.
  deinit { Command.shell("chmod -R u+rwx '\(base)' 2>/dev/null; rm -rf '\(base)'") }

  @discardableResult
  public func write(_ name: String, _ bytes: [UInt8]) throws -> Descriptor {
    let file = try folder.create(name)
    try file.write(bytes)
    return file
  }

  @discardableResult
  public func write(_ name: String, _ text: String) throws -> Descriptor { try write(name, Array(text.utf8)) }

  public func read(_ name: String) throws -> [UInt8] { try folder.open(name).readAll(limit: 64 << 20) }
  public func text(_ name: String) throws -> String { String(decoding: try read(name), as: UTF8.self) }
}
