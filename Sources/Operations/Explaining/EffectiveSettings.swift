import Jobs
import Platform
import Spool

/// One value that counts, and who said it.
public struct EffectiveValue: Equatable, Sendable {
  /// Where a value comes from.
  public enum Source: Equatable, Sendable {
    case builtIn
    /// A key of `settings.json`.
    case settings(String)
    case group(GroupName)
    case job
  }

  /// A dotted path, `limits.output`.
  public var key: String
  /// As JSON.
  public var value: [UInt8]
  public var source: Source

  public init(key: String, value: [UInt8], source: Source) {
    self.key = key
    self.value = value
    self.source = source
  }
}

/// Makes the value of a row.
enum ValueText {
  static func json(_ build: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter(.compact, capacity: 64)
    build(&writer)
    return writer.bytes
  }

  static func text(_ text: String) -> [UInt8] { json { $0.string(text) } }
  static func number(_ number: Int) -> [UInt8] { json { $0.int(Int64(number)) } }
  /// Without the `.0` that Swift prints.
  static func decimal(_ number: Double) -> [UInt8] {
    let text = "\(number)"
    return Array((text.hasSuffix(".0") ? String(text.dropLast(2)) : text).utf8)
  }
  static func flag(_ flag: Bool) -> [UInt8] { json { $0.bool(flag) } }
  static func duration(_ duration: Duration) -> [UInt8] { text(DurationText.format(duration)) }
  static func size(_ count: ByteCount) -> [UInt8] { text(ByteCount.format(count)) }
  static let null: [UInt8] = Array("null".utf8)
  static let none: [UInt8] = Array("{}".utf8)
  static let empty: [UInt8] = Array("[]".utf8)
}

extension SpoolAccess {
  /// Every setting with its value and where that comes from.
  /// - Throws: `settings` if the file is bad, `system`.
  public func effectiveSettings() throws(OperationError) -> [EffectiveValue] {
    let (settings, root) = try readSettings()
    let spelled: [(String, [UInt8])] = [
      ("slots", ValueText.number(settings.slots ?? Machine.processors)),
      ("profile", ValueText.text(settings.profile.rawValue)),
      ("scanInterval", ValueText.duration(settings.scanInterval)),
      ("taskInterval", ValueText.duration(settings.taskInterval)),
      ("maxMissed", ValueText.number(settings.maxMissed)),
      ("notifications", ValueText.flag(settings.notifications)),
      ("quiet", ValueText.duration(settings.quiet)),
      ("maxJobBytes", ValueText.size(settings.maxJobBytes)),
      ("grace", ValueText.duration(settings.grace)),
      ("minFree", ValueText.size(settings.minFree)),
      ("maxInterruptions", ValueText.number(settings.maxInterruptions)),
      ("afterTimeout", ValueText.duration(settings.afterTimeout)),
      ("durability", ValueText.text(settings.durability.rawValue)),
      ("env", ValueText.empty), ("secrets", ValueText.empty),
      ("sandboxUser", ValueText.number(Int(settings.sandboxUser))), ("sandboxPaths", ValueText.empty),
      ("containerUser", settings.containerUser.map { ValueText.number(Int($0)) } ?? ValueText.null),
      ("allowNetworks", ValueText.empty), ("allowUsers", ValueText.empty),
      ("allowPrivileged", ValueText.flag(settings.allowPrivileged)), ("allowDevices", ValueText.empty),
      ("defaults", ValueText.none),
      ("maxLimits", ValueText.none), ("retention", ValueText.none),
      ("channels", ValueText.none),
      ("shared", ValueText.flag(settings.shared)),
      ("networkFileSystem", ValueText.flag(settings.networkFileSystem)),
      ("logLevel", ValueText.text(settings.logLevel.rawValue)),
    ]
    return spelled.map { key, value in
      guard let stated = root?.member(key) else { return EffectiveValue(key: key, value: value, source: .builtIn) }
      // What is an object or an array stands there as it was written; single values in their normal form.
      var shown = value
      switch stated.value {
      case .object where key == "channels": shown = EffectiveChannels.json(settings.channels)
      case .array, .object: shown = CompactJSON(stated).bytes
      default: break
      }
      return EffectiveValue(key: key, value: shown, source: .settings(key))
    }
  }

  /// What counts for one job: its keys, with what its group and the settings fill in.
  /// - Throws: `settings` of `settings.json` or of the group, `system`.
  public func effectiveValues(of job: Job) throws(OperationError) -> [EffectiveValue] {
    let (settings, group) = try surroundings(of: job)
    return EffectiveJob(
      job: job, group: group, settings: settings, engine: InstalledEngines.ofMachine().first ?? .sandbox
    ).values()
  }

  /// What the gate would say of a job with `origin`; nil: it passes.
  /// - Throws: `settings` of `settings.json` or of the group, `system`.
  public func gateRefusal(of job: Job) throws(OperationError) -> Refusal? {
    let (settings, group) = try surroundings(of: job)
    do throws(Refusal) {
      try OriginGate.check(job, for: job.chosenRuntime, group: group, settings: settings)
      return nil
    } catch { return error }
  }

  /// The settings that count for a job.
  /// - Throws: `settings` of `settings.json` or of the group, `system`.
  func surroundings(of job: Job) throws(OperationError) -> (Settings, GroupSettings?) {
    let (settings, _) = try readSettings()
    var group: GroupSettings?
    if let name = job.group {
      let read: Result<GroupSettings, Refusal>?
      do throws(SystemError) { read = try groupSettings(name) } catch { throw .system(error) }
      switch read {
      case .success(let settings)?: group = settings
      case .failure(let refusal)?: throw .settings(refusal, file: "groups/\(name).json")
      case nil: break
      }
    }
    return (settings, group)
  }

  private func readSettings() throws(OperationError) -> (Settings, JSONNode?) {
    let bytes: [UInt8]?
    let refusal: Refusal?
    do throws(SystemError) {
      refusal = try notAFile("settings.json")
      bytes = try self.bytes(of: "settings.json", in: folders.root)
    } catch { throw .system(error) }
    if let refusal { throw .settings(refusal, file: "settings.json") }
    guard let bytes else { return (Settings(), nil) }
    do throws(Refusal) {
      return (try Settings.read(bytes), try JSONReader.read(bytes, dialect: .settings))
    } catch { throw .settings(error, file: "settings.json") }
  }
}
