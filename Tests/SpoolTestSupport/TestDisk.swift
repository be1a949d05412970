import Platform
import Spool

/// A disk of a test: the kernel's, but for the steps that it takes itself.
public protocol TestDisk: Disk {}

extension TestDisk {
  /// What the steps of a test go on with.
  public var real: KernelDisk { KernelDisk() }

  public func create(_ name: String, in folder: Folder) throws(SystemError) -> Descriptor {
    try real.create(name, in: folder)
  }
  public func write(_ bytes: [UInt8], to file: Descriptor) throws(SystemError) { try real.write(bytes, to: file) }
  public func sync(_ file: Descriptor) throws(SystemError) { try real.sync(file) }
  public func syncEntries(of folder: Folder) throws(SystemError) { try real.syncEntries(of: folder) }
  public func syncAll(_ folder: Folder) throws(SystemError) { try real.syncAll(folder) }
  public func move(_ name: String, from: Folder, to: Folder, as newName: String) throws(SystemError) {
    try real.move(name, from: from, to: to, as: newName)
  }
  public func move(_ name: [UInt8], from: Folder, to: Folder, as newName: String) throws(SystemError) {
    try real.move(name, from: from, to: to, as: newName)
  }
  public func replace(_ name: String, with other: String, in folder: Folder) throws(SystemError) {
    try real.replace(name, with: other, in: folder)
  }
  public func remove(_ name: String, in folder: Folder) throws(SystemError) { try real.remove(name, in: folder) }
  public func makeFolder(_ name: String, in folder: Folder) throws(SystemError) {
    try real.makeFolder(name, in: folder)
  }
  public func setModified(_ name: String, in folder: Folder, to nanoseconds: Int64) throws(SystemError) {
    try real.setModified(name, in: folder, to: nanoseconds)
  }
}
