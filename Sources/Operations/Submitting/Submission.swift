import Jobs
import Platform
import Spool

/// Publishes drafts one by one; each is on the disk when its id is answered.
public struct Submission {
  private var publisher: Publisher
  /// Longest job file that the spool's runner reads, bytes.
  public let limit: Int

  /// - Throws: `system`.
  public init(_ access: SpoolAccess) throws(OperationError) {
    publisher = Publisher(folders: access.folders, disk: access.disk)
    do throws(SystemError) { limit = Int(try access.settingsOrDefaults().maxJobBytes.bytes) } catch {
      throw .system(error)
    }
  }

  /// Publishes under the draft's id, or a numbered one if it is taken.
  /// - Throws: `nameTaken` if the draft wants that very id, `system`.
  public mutating func publish(_ draft: JobDraft) throws(OperationError) -> JobID {
    do throws(SystemError) {
      if let id = try publisher.publish(draft.bytes, stem: draft.stem, exactly: draft.exactly) { return id }
    } catch { throw .system(error) }
    throw .nameTaken(draft.stem)
  }
}
