import Jobs
import Platform

/// Appends a message to a file of its address, a line of JSON each, on the disk when it is delivered.
struct FileDeliverer {
  /// The file of messages whose address cannot be a file's name, or that have none.
  static let common = "messages.jsonl"
  private static let ending = ".jsonl"
  private static let longestName = 200

  let delivery: Delivery
  let path: String

  func deliver() -> DeliveryReport {
    var envelope = delivery.envelope
    envelope.at = delivery.startedAt
    do throws(SystemError) {
      let folder = try Folder(path: path)
      let name = Self.name(for: delivery.message.address)
      let isNew = try !folder.has(name)
      // Never through a link: who may write to the folder must not choose what is appended to.
      let file = try folder.append(name)
      guard try file.status().kind == .file else {
        return DeliveryReport(.again(after: nil), "file-unusable", "\(path)/\(name) is not a regular file")
      }
      // A line that was cut short, by a full disk or our death, ends here.
      let line = (try Self.isCut(folder, name) ? [UInt8(ascii: "\n")] : []) + envelope.line()
      try file.write(line)
      try file.syncData()
      if isNew { try folder.descriptor.sync() }
      return .delivered
    } catch {
      return DeliveryReport(.again(after: nil), "file-unusable", "\(path): \(error.call): \(error.reason)")
    }
  }

  /// The address as a plain name, else the common file.
  static func name(for address: String?) -> String {
    guard let address, (1...longestName).contains(address.utf8.count), !address.utf8.contains(0x2F),
      address.utf8.first != UInt8(ascii: "."), address.utf8.first != UInt8(ascii: "-"), !address.utf8.contains(0)
    else { return common }
    return address + ending
  }

  private static func isCut(_ folder: Folder, _ name: String) throws(SystemError) -> Bool {
    let file = try folder.open(name)
    let size = try file.status().size
    guard size > 0 else { return false }
    var failure: SystemError?
    let last = [UInt8](unsafeUninitializedCapacity: 1) { buffer, count in
      do throws(SystemError) { count = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: size - 1) } catch
      {
        failure = error
      }
    }
    if let failure { throw failure }
    return last.first != UInt8(ascii: "\n")
  }
}
