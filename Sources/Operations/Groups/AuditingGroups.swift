import Jobs
import Platform
import Spool

extension SpoolAccess {
  /// The access review of all groups, or of one; by the machine as it is now and for the user who asks: the runner's, if
  /// it is to count.
  ///
  /// - Parameter variable: the environment, which may say where the list of mounts lies.
  /// - Throws: `settings` of `settings.json`, `system`.
  public func auditGroups(
    _ only: GroupName? = nil, variable: (String) -> String?
  ) throws(OperationError) -> [GroupAudit] {
    let (settings, _) = try readSettings()
    do throws(SystemError) {
      let trail = try auditTrail()
      let entries = if let only { [try groupEntry(only)] } else { try groups().entries }
      let check = try MountChecker(folders.pathsWritableByGroups(), path: folders.path, variable: variable)
      var audits: [GroupAudit] = []
      for entry in entries {
        let group = entry.good ?? GroupSettings()
        var review = GroupReview(entry, settings: settings)
        let mounts = check.verdicts(group)
        review.add(mounts)
        for (place, path) in [(SpoolPlace.groups, "groups"), (.ipc, "ipc")] {
          if try readable(place)?.status(entry.name.text)?.kind == .link { review.add(link: "\(path)/\(entry.name)") }
        }
        var audit = GroupAudit(
          entry: entry, mounts: mounts, network: group.network ?? (entry.kind == .isolated ? "none" : "host"))
        audit.user = group.containerUser ?? settings.containerUser
        audit.secrets = GroupReview.secrets(group, settings)
        audit.findings = review.findings
        audit.trail = trail.groups[entry.name.text] ?? AuditTrail.Group()
        audits.append(audit)
      }
      return audits
    } catch { throw .system(error) }
  }
}
