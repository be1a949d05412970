import Jobs
import Operations

/// Groups as JSON for `--json`. Keys are only ever added.
extension JSONWriter {
  mutating func member(_ key: StaticString, texts: [String]) {
    self.key(key)
    beginArray()
    for text in texts { string(text) }
    endArray()
  }

  mutating func group(_ entry: GroupEntry) {
    beginObject()
    members(of: entry)
    endObject()
  }

  private mutating func members(of entry: GroupEntry) {
    member("group", entry.name.text)
    member("kind", entry.kind.rawValue)
    member("slots", entry.good?.slots ?? 1)
    member("paused", entry.paused)
    if let refusal = entry.refusal {
      key("refusal")
      self.refusal(refusal, file: "groups/\(entry.name).json")
    }
    member("waiting", entry.waiting)
    member("running", entry.running)
    member("image", entry.good?.image)
    member("agent", entry.good?.agent != nil)
    member("folder", entry.hasFolder)
    member("requestsDone", entry.requestsDone)
    member("requestsRefused", entry.requestsRefused)
  }

  mutating func group(_ detail: GroupDetail) {
    beginObject()
    members(of: detail.entry)
    member("chats", texts: detail.chats)
    key("folders")
    beginArray()
    for usage in detail.folders {
      beginObject()
      member("path", usage.path)
      if usage.isNoFolder { member("isFolder", false) }
      member("names", usage.names)
      member("bytes", Int(usage.bytes))
      if usage.isCut { member("cut", true) }
      endObject()
    }
    endArray()
    key("settings")
    rows(detail.values)
    key("lastRequests")
    beginArray()
    for answered in detail.answered { self.answered(answered) }
    endArray()
    endObject()
  }

  /// What counts, key by key, and who said it.
  mutating func rows(_ rows: [EffectiveValue]) {
    beginObject()
    for row in rows {
      key(row.key)
      beginObject()
      key("value")
      raw(row.value)
      member("from", ConfigText.source(row.source))
      endObject()
    }
    endObject()
  }

  mutating func verdict(_ verdict: MountVerdict, job: String = "job") {
    beginObject()
    member("host", verdict.mount.host)
    member("container", verdict.mount.container)
    member("readOnly", verdict.mount.isReadOnly)
    member("from", verdict.isOfJob ? job : "group")
    member("allowed", verdict.refusal == nil)
    member("path", verdict.path)
    member("code", verdict.refusal?.code)
    member("reason", verdict.refusal?.reason)
    endObject()
  }

  mutating func audit(_ audit: GroupAudit) {
    beginObject()
    member("group", audit.entry.name.text)
    member("kind", audit.entry.kind.rawValue)
    member("weakens", audit.weakens)
    member("network", audit.network)
    member("image", audit.entry.good?.image)
    member("user", audit.user.map { Int($0) })
    member("secrets", texts: audit.secrets)
    key("mounts")
    beginArray()
    for verdict in audit.mounts { self.verdict(verdict, job: "agent") }
    endArray()
    key("findings")
    beginArray()
    for finding in audit.findings {
      beginObject()
      member("code", finding.code.rawValue)
      member("weakens", finding.code.weakens)
      if !finding.what.isEmpty { member("what", finding.what) }
      member("text", GroupAuditText.sentence(finding))
      endObject()
    }
    endArray()
    member("refused", audit.trail.refused)
    member("reachedOthers", audit.trail.allowed)
    key("lastRefused")
    beginArray()
    for refused in audit.trail.last {
      beginObject()
      member("time", refused.time)
      member("kind", refused.kind)
      member("request", refused.request)
      member("code", refused.code)
      member("reason", refused.reason)
      endObject()
    }
    endArray()
    endObject()
  }
}
