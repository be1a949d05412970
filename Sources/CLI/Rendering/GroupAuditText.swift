import Jobs
import Operations

/// `group audit`: a review of one group.
enum GroupAuditText {
  static func lines(_ audit: GroupAudit, colour: Bool) -> [String] {
    let entry = audit.entry
    var lines = [Paint.bold.on(entry.name.text, colour) + "  " + entry.kind.rawValue]
    func add(_ name: String, _ value: String) {
      lines.append("  " + Paint.dim.on(HelpText.padded(name, 11), colour) + Visible.text(value))
    }
    if entry.refusal == nil {
      add("network", audit.network)
      if entry.kind == .isolated {
        add("image", entry.good?.image ?? "none: sandboxes with the machine's own programs")
        add("user", audit.user.map(String.init) ?? "the runner's own, never root")
      }
      add("secrets", audit.secrets.isEmpty ? "none" : audit.secrets.joined(separator: ", "))
    }
    for verdict in audit.mounts { add("mount", mount(verdict)) }
    for finding in audit.findings {
      let text = "\(sentence(finding)) [\(finding.code.rawValue)]"
      lines.append(
        finding.code.weakens
          ? "! " + Paint.yellow.on(Visible.text(text), colour) : "  " + Visible.text(text))
    }
    if audit.trail.allowed > 0 {
      add("reached", "other groups, \(Amounts.count(audit.trail.allowed, "time", "times"))")
    }
    add("refused", Amounts.count(audit.trail.refused, "request", "requests"))
    for refused in audit.trail.last { add("", self.refused(refused)) }
    return lines
  }

  private static func mount(_ verdict: MountVerdict) -> String {
    let place = verdict.mount.container
    if let refusal = verdict.refusal { return "\(place): refused, \(refusal.reason) [\(refusal.code)]" }
    return "\(place): \(verdict.path ?? ""), read-\(verdict.mount.isReadOnly ? "only" : "write")"
      + (verdict.isOfJob ? ", of its agent" : "")
  }

  private static func refused(_ refused: AuditTrail.Refused) -> String {
    let time = refused.time.map { Amounts.time($0) } ?? "at some time"
    return "\(time)  \(refused.kind)/\(refused.request): \(refused.reason) [\(refused.code)]"
  }

  /// What a finding means, and for whom.
  static func sentence(_ finding: GroupFinding) -> String {
    let what = finding.what
    return switch finding.code {
    case .hostGroup: "its jobs are processes of the runner's user, with all that this user can reach"
    case .mainGroup: "'main' may steer every other group, and write to everybody"
    case .mountWritable: "its containers may write to \(what)"
    case .networkHost: "its jobs have the machine's own network"
    case .network: "its jobs have the network \(what)"
    case .userRoot: "its containers run as root"
    case .privileged: "its agent runs in a privileged container"
    case .privilegedAllowed:
      "jobs that a person submits may be privileged: settings.json says \"allowPrivileged\": true"
    case .device: "its jobs have the device \(what)"
    case .devicesAllowed: "jobs that a person submits may have devices: \(what)"
    case .secrets: "its jobs may ask for secrets: \(what)"
    case .mayTasks: "it may make and change tasks of " + others(what)
    case .mayJobs: "it may run and end jobs of " + others(what)
    case .mayMessages:
      "it may send messages by " + (what == "any" ? "every channel" : "the channel \(what), to anybody")
    case .channelOpen: "it may send messages to anybody by the channel \(what)"
    case .keptContainer: "one container serves its jobs one after another, for up to \(what)"
    case .sessionShared: "all its chats share one session"
    case .requestsRaised: "it may ask for more than others: \(what)"
    case .folderLink: "\(what) is a symbolic link: nobody goes by it, and somebody put it there"
    case .badSettings: "its settings are not accepted, its jobs wait: \(what)"
    case .mountRefused: "a mount would be refused: \(what)"
    case .notAllowed: "settings.json does not allow its \(what): its jobs are refused"
    case .channel: "it may send messages to \(what)"
    case .noLimits: "nobody limits the \(what) of its sandboxes"
    }
  }

  private static func others(_ what: String) -> String { what == "any" ? "every group" : "the group \(what)" }
}
