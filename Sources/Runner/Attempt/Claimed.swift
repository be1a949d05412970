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
  /// The settings of its group; nil: it has none.
  var group: GroupSettings?

  var id: JobID { record.id }
}
