import Jobs
import Platform
import Spool

/// Whether a job may run as it is, by what settings and group say at the moment.
struct Admission {
  let core: Core
  let lanes: Lanes

  /// The job as it is to run.
  func admit(_ job: Job, _ group: GroupSettings?) throws(Refusal) -> Job {
    try OriginGate.admit(job, for: job.chosenRuntime, group: group, settings: core.settings)
  }

  /// The job as it is to run, if it needs nothing but a process.
  func plain(_ job: Job) -> Job? {
    guard job.after == nil, job.message == nil, job.secrets.isEmpty, !job.needsIsolation else { return nil }
    let group = lanes.settings(of: job.group)
    // Its image, its group's folders and session and the box that waits for it are known when it starts.
    guard group?.image == nil, group?.session.name(for: job) == nil,
      let admitted = try? admit(job, group),  // its refusal comes with the claim
      admitted.chosenRuntime == .process, admitted.mounts.isEmpty, forbidden(admitted, group) == nil
    else { return nil }
    return admitted
  }

  func expired(_ job: Job, _ record: JobRecord) -> Outcome? {
    let now = Timestamp(nanoseconds: core.wall)
    let end: Timestamp
    switch job.expires {
    case nil: return nil
    case .at(let time):
      // A retry by hand is a wish to run it all the same.
      if record.budgetStartedAt.map({ $0 > time }) ?? false { return nil }
      end = time
    case .within(let span): end = (record.budgetStartedAt ?? record.submittedAt ?? now) + span
    }
    guard now >= end else { return nil }
    return Outcome(.expired, code: "expired", reason: "it could not be started before \(end.text)")
  }

  /// What this build or the group does not allow.
  func forbidden(_ job: Job, _ group: GroupSettings?) -> Outcome? {
    let runtime = job.chosenRuntime
    if job.needsIsolation, runtime == .process {
      return Outcome(
        Refusal(
          code: .notPermitted,
          reason:
            "a job with '\(job.origin != nil ? "origin" : job.image != nil ? "image" : "mounts")' runs only in isolation; expected no \"runtime\": \"process\"",
          key: "runtime"))
    }
    if let refusal = job.refusal(in: runtime) ?? job.refusal(by: core.settings, group: group, in: runtime) {
      return Outcome(refusal)
    }
    if let name = job.secrets.first(where: { !core.settings.allows(secret: $0, for: job, group: group) }) {
      return Outcome(
        Refusal(
          code: .secretNotAllowed,
          reason: "the secret '\(name)' is not in 'secrets' of settings.json, or the group has a list without it",
          key: "secrets"))
    }
    if runtime == .process, !lanes.mayRunOnHost(job.group), let group = job.group {
      return Outcome(
        Refusal(
          code: .hostGroup,
          reason:
            "group '\(group.text)' is not a host group, and a plain process may not run in it; expected \"host\": true in groups/\(group.text).json",
          key: "group"))
    }
    return nil
  }
}
