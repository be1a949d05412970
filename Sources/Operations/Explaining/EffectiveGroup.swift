import Jobs
import Platform
import Spool

/// A group's settings with every default filled in, and who said each.
struct EffectiveGroup {
  let name: GroupName
  let group: GroupSettings
  let settings: Settings
  /// The file as it was written; nil: there is none.
  let stated: JSONNode?

  /// The rows, what shapes its jobs first and what it may ask for last.
  func values() -> [EffectiveValue] {
    rows.map { key, value, source in
      guard let node = stated?.member(key) else { return EffectiveValue(key: key, value: value, source: source) }
      var shown = value
      // What is an object or an array stands there as it was written; single values in their normal form. Limits on
      // requests are few, and what is not said of them counts as well.
      switch node.value {
      case .array, .object: if key != "requests" { shown = CompactJSON(node).bytes }
      default: break
      }
      return EffectiveValue(key: key, value: shown, source: .group(name))
    }
  }

  private var rows: [(String, [UInt8], EffectiveValue.Source)] {
    let user: EffectiveValue.Source = settings.containerUser == nil ? .builtIn : .settings("containerUser")
    let timeout: Duration? = group.host ? nil : RuntimeChoice.sandbox.defaultTimeout
    return [
      ("host", ValueText.flag(group.host), .builtIn),
      ("slots", ValueText.number(group.slots), .builtIn),
      ("ordered", ValueText.flag(group.ordered), .builtIn),
      ("image", text(group.image), .builtIn),
      (
        "containerUser",
        (group.containerUser ?? settings.containerUser).map { ValueText.number(Int($0)) } ?? ValueText.null,
        user
      ),
      ("keep", duration(group.keep), .builtIn),
      ("timeout", duration(group.timeout ?? timeout), .builtIn),
      ("priority", ValueText.number(group.priority ?? 0), .builtIn),
      ("limits", ValueText.none, .builtIn),
      ("maxLimits", ValueText.none, .builtIn),
      ("env", ValueText.none, .builtIn),
      ("network", text(group.network ?? (group.host ? nil : "none")), .builtIn),
      ("mounts", ValueText.empty, .builtIn),
      (
        "secrets", Self.texts(group.secrets ?? settings.secrets),
        group.secrets == nil && !settings.secrets.isEmpty ? .settings("secrets") : .builtIn
      ),
      ("agent", ValueText.null, .builtIn),
      ("trigger", text(group.trigger), .builtIn),
      ("session", Self.session(group.session), .builtIn),
      // The one group that people steer the others from.
      (
        "may", name.text == Rights.main ? Self.texts(["message:any", "task:any", "job:any"]) : ValueText.empty, .builtIn
      ),
      ("channels", ValueText.empty, .builtIn),
      ("requests", Self.requests(group.requests), .builtIn),
      ("maxParallel", ValueText.number(group.maxParallel), .builtIn),
      ("description", text(group.description), .builtIn),
    ]
  }

  private func text(_ text: String?) -> [UInt8] { text.map { ValueText.text($0) } ?? ValueText.null }
  private func duration(_ span: Duration?) -> [UInt8] { span.map { ValueText.duration($0) } ?? ValueText.null }

  private static func texts(_ texts: [String]) -> [UInt8] {
    ValueText.json { writer in
      writer.beginArray()
      for text in texts { writer.string(text) }
      writer.endArray()
    }
  }

  private static func session(_ session: SessionSettings) -> [UInt8] {
    ValueText.json { writer in
      writer.beginObject()
      writer.member("context", session.context.rawValue)
      writer.member("bytes", ByteCount.format(session.bytes))
      writer.endObject()
    }
  }

  private static func requests(_ limits: RequestLimits) -> [UInt8] {
    ValueText.json { writer in
      writer.beginObject()
      writer.member("perMinute", limits.perMinute)
      writer.member("waiting", limits.waiting)
      writer.member("bytes", ByteCount.format(limits.bytes))
      writer.member("fileBytes", ByteCount.format(limits.fileBytes))
      writer.endObject()
    }
  }
}

extension SpoolAccess {
  /// What counts for a group: its settings, with every default.
  /// - Throws: `settings` of `settings.json` or of the group, `system`.
  public func effectiveValues(of name: GroupName) throws(OperationError) -> [EffectiveValue] {
    let (settings, _) = try readSettings()
    var (group, stated): (GroupSettings, JSONNode?) = (GroupSettings(), nil)
    let bytes: [UInt8]?
    do throws(SystemError) { bytes = try self.bytes(of: "\(name).json", in: readable(.groups)) } catch {
      throw .system(error)
    }
    if let bytes {
      do throws(Refusal) {
        (group, stated) = (try GroupSettings.read(bytes), try JSONReader.read(bytes, dialect: .settings))
      } catch { throw .settings(error, file: "groups/\(name).json") }
    }
    return EffectiveGroup(name: name, group: group, settings: settings, stated: stated).values()
  }
}
