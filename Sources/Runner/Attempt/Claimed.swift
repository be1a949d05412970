import Jobs
import Platform
import Scheduling

/// A job that lies in `processing` and was read: the bytes that count. Whoever claimed it hands it on, as one that is not
/// copied on its way.
final class Claimed {
  let handle: Handle?
  let content: Result<Job, Refusal>
  let file: Descriptor?
  var record: JobRecord
  /// `processing/NAME.run.json` is there.
  let hasRecord: Bool
  /// As what it was looked at ahead, if its content is still that; nil: it was read when it was claimed.
  let ahead: Prepared?
  /// The settings of its group; nil: it has none.
  var group: GroupSettings?

  var id: JobID { record.id }

  init(
    handle: Handle?, content: Result<Job, Refusal>, file: Descriptor?, record: JobRecord, hasRecord: Bool,
    ahead: Prepared? = nil
  ) {
    (self.handle, self.content, self.file) = (handle, content, file)
    (self.record, self.hasRecord, self.ahead) = (record, hasRecord, ahead)
  }
}

/// The head of the queue as it was a moment ago.
final class Prepared {
  let handle: Handle
  let id: JobID
  let job: Job
  let file: Descriptor
  /// Of the file before it was read: after the claim it must be the same.
  let status: FileStatus
  let since: Int64

  init(_ handle: Handle, _ id: JobID, _ job: Job, _ file: Descriptor, _ status: FileStatus, since: Int64) {
    (self.handle, self.id, self.job) = (handle, id, job)
    (self.file, self.status, self.since) = (file, status, since)
  }
}
