import Jobs
import Platform
import Scheduling

/// A job that lies in `processing` and was read: the bytes that count.
struct Claimed {
  let handle: Handle?
  let content: Result<Job, Refusal>
  let file: Descriptor?
  var record: JobRecord
  /// `processing/NAME.run.json` is there.
  var hasRecord: Bool

  var id: JobID { record.id }
}
