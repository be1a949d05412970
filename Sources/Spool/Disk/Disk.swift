import Platform

/// Every step that changes the disk durably goes through here: the one narrow seam below the store. `KernelDisk` does it;
/// `FaultyDisk` (debug builds) fails or dies at a chosen step; a model with crash states can take the same place.
///
/// Used from the loop's thread and from the sync worker.
public protocol Disk: Sendable {
  func create(_ name: String, in folder: Folder) throws(SystemError) -> Descriptor
  func write(_ bytes: [UInt8], to file: Descriptor) throws(SystemError)
  /// Bytes and size of a file.
  func sync(_ file: Descriptor) throws(SystemError)
  /// The entries of a folder.
  func syncEntries(of folder: Folder) throws(SystemError)
  /// All that was written and renamed in the file system of a folder.
  func syncAll(_ folder: Folder) throws(SystemError)
  /// rename without overwriting.
  func move(_ name: String, from: Folder, to: Folder, as newName: String) throws(SystemError)
  func move(_ name: [UInt8], from: Folder, to: Folder, as newName: String) throws(SystemError)
  /// rename over a file of ours.
  func replace(_ name: String, with other: String, in folder: Folder) throws(SystemError)
  func remove(_ name: String, in folder: Folder) throws(SystemError)
  func makeFolder(_ name: String, in folder: Folder) throws(SystemError)
  func setModified(_ name: String, in folder: Folder, to nanoseconds: Int64) throws(SystemError)
}

/// The disk itself.
public struct KernelDisk: Disk {
  public init() {}

  public func create(_ name: String, in folder: Folder) throws(SystemError) -> Descriptor { try folder.create(name) }
  public func write(_ bytes: [UInt8], to file: Descriptor) throws(SystemError) { try file.write(bytes) }
  public func sync(_ file: Descriptor) throws(SystemError) { try file.syncData() }
  public func syncEntries(of folder: Folder) throws(SystemError) { try folder.descriptor.sync() }
  public func syncAll(_ folder: Folder) throws(SystemError) { try FileSystem.syncAll(folder) }
  public func move(_ name: String, from: Folder, to: Folder, as newName: String) throws(SystemError) {
    try from.move(name, to: to, as: newName)
  }
  public func move(_ name: [UInt8], from: Folder, to: Folder, as newName: String) throws(SystemError) {
    try from.move(name, to: to, as: newName)
  }
  public func replace(_ name: String, with other: String, in folder: Folder) throws(SystemError) {
    try folder.replace(name, with: other)
  }
  public func remove(_ name: String, in folder: Folder) throws(SystemError) { try folder.remove(name) }
  public func makeFolder(_ name: String, in folder: Folder) throws(SystemError) { try folder.makeFolder(name) }
  public func setModified(_ name: String, in folder: Folder, to nanoseconds: Int64) throws(SystemError) {
    try folder.setModified(name, to: nanoseconds)
  }
}
