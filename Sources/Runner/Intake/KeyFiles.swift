import Jobs
import Platform
import Scheduling
import Spool

/// Idempotency keys on the disk: `keys/HASH.json` names the job that used a key last. Whether that job succeeded is told
/// by where it lies, so no key file is ever updated when a job ends.
final class KeyFiles {
  struct Use: Equatable {
    let id: JobID
    let work: String
  }

  private let folders: SpoolFolders
  private let writer: RecordWriter

  init(folders: SpoolFolders, writer: RecordWriter) {
    self.folders = folders
    self.writer = writer
  }

  /// Notes, on the disk, that this job is about to run under the key.
  func note(_ key: KeyTable.Key, id: JobID, work: String) throws(SystemError) {
    var json = JSONWriter()
    json.beginObject()
    json.member("key", key.key)
    json.member("group", key.group)
    json.member("id", id.text)
    json.member("work", work)
    json.endObject()
    try writer.writeDurably(json.line(), as: Self.name(key), in: folders[.keys])
  }

  /// The job that succeeded under the key; nil if none did, or its result was cleaned away.
  ///
  /// - Parameter asking: the name of the job that wants to run. Where its own success lies alone a person took it from there
  ///   to be run again.
  /// - Throws: it cannot be told now. That must never count as none: the work would be done once more.
  func succeeded(_ key: KeyTable.Key, asking name: JobID?) throws(SystemError) -> Use? {
    guard let use = try read(key) else { return nil }
    let done = try folders[.done]
    guard try done.has(JobFile.result(use.id.text)) else { return nil }
    if use.id == name, try !done.has(JobFile.job(use.id.text)) { return nil }
    return use
  }

  private func read(_ key: KeyTable.Key) throws(SystemError) -> Use? {
    let folder = try folders[.keys]
    do throws(SystemError) {
      return Self.use(of: key, in: try folder.open(Self.name(key)).readAll(limit: 65_536))
    } catch {
      if error.isMissing { return nil }
      throw error
    }
  }

  /// What a file says of its key; nil: it was torn by a crash before its job ran, or is another key's.
  static func use(of key: KeyTable.Key, in bytes: [UInt8]) -> Use? {
    guard let root = try? JSONReader.read(bytes, dialect: .strict) else { return nil }  // torn
    func text(_ name: String) -> String? {
      if case .string(let text)? = root.member(name)?.value { text } else { nil }
    }
    guard let id = text("id"), let work = text("work"), text("key") == key.key, text("group") == key.group else {
      return nil
    }
    return Use(id: JobID(unchecked: id), work: work)
  }

  static func name(_ key: KeyTable.Key) -> String {
    // The group and the key, apart by a byte that neither can hold.
    Fingerprint.of([key.group ?? "", key.key]) + ".json"
  }
}
