import Jobs
import Platform
import Spool

/// An open spool as the verbs see it: the folders, opened when first needed, the disk and a clock.
///
/// Every verb reads the directories themselves, so it works whether a runner runs or not.
public final class SpoolAccess {
  /// The folders of the spool.
  public let folders: SpoolFolders
  let disk: any Disk
  /// The wall clock.
  let now: @Sendable () -> Timestamp
  /// Which group a message is for, as the settings said when the first job was read: a listing reads very many.
  // Why they cannot be read is told elsewhere.
  private lazy var routes: [Route] = (try? settingsOrDefaults().routes) ?? []

  /// Opens an existing spool and makes nothing.
  ///
  /// - Parameters:
  ///   - disk: where changes go; default the kernel's.
  ///   - now: the wall clock.
  /// - Throws: `spool`.
  public init(
    path: String, disk: any Disk = KernelDisk.standard(),
    now: @escaping @Sendable () -> Timestamp = { Timestamp(nanoseconds: Clock.wall()) }
  ) throws(OperationError) {
    do throws(SpoolError) { folders = try SpoolFolders(path: path, makingMissing: false) } catch {
      throw .spool(error)
    }
    self.disk = disk
    self.now = now
  }

  #if DEBUG
    /// For a test that counts what is asked about the names in a spool.
    init(_ folders: SpoolFolders) {
      self.folders = folders
      disk = KernelDisk()
      now = { Timestamp(nanoseconds: Clock.wall()) }
    }
  #endif

  /// Makes a spool, or completes one.
  ///
  /// - Returns: false if there was one already.
  public static func make(path: String) throws(OperationError) -> Bool {
    // A first look, for the words only; making is idempotent.
    let wasThere = (try? SpoolFolders(path: path, makingMissing: false)) != nil
    do throws(SpoolError) { try SpoolFolders.make(path: path) } catch { throw .spool(error) }
    return !wasThere
  }

  var mover: JobMover { JobMover(folders: folders, disk: disk) }

  /// A folder to read from; nil when somebody removed it, which reads like an empty one. The runner makes it anew.
  func readable(_ place: SpoolPlace) throws(SystemError) -> Folder? {
    do throws(SystemError) { return try folders[place] } catch {
      if error.isMissing { return nil }
      throw error
    }
  }

  /// Makes folders anew that somebody removed, as a runner does.
  func makeMissing(_ places: [SpoolPlace]) throws(SystemError) {
    for place in places where try readable(place) == nil { try folders.reopen(place) }
  }

  /// Whether a name is in a folder.
  func has(_ name: String, in place: SpoolPlace) throws(SystemError) -> Bool {
    try readable(place)?.has(name) ?? false
  }

  /// A whole small file of ours or of the owner's; nil if it is not there or not a regular file.
  func bytes(of name: String, in folder: Folder?, limit: Int = 64 << 20) throws(SystemError) -> [UInt8]? {
    guard let folder else { return nil }
    do throws(SystemError) {
      let file = try folder.open(name)
      guard try file.status().kind == .file else { return nil }
      return try file.readAll(limit: limit)
    } catch {
      if error.isMissing || error.isLink { return nil }
      throw error
    }
  }

  // MARK: - Settings

  /// `settings.json`; nil when there is none, a refusal when it is bad.
  public func settings() throws(SystemError) -> Result<Settings, Refusal>? {
    if let refusal = try notAFile("settings.json") { return .failure(refusal) }
    guard let bytes = try bytes(of: "settings.json", in: folders.root) else { return nil }
    do throws(Refusal) { return .success(try Settings.read(bytes)) } catch { return .failure(error) }
  }

  /// What the runner says, and does not start, when settings are a folder, a link or a FIFO.
  func notAFile(_ name: String) throws(SystemError) -> Refusal? {
    guard let status = try folders.root.status(name), status.kind != .file else { return nil }
    return Refusal(code: .notAFile, reason: "\(name) is not a regular file")
  }

  /// The settings that are good, or the defaults: for looking, where bad ones are told elsewhere.
  func settingsOrDefaults() throws(SystemError) -> Settings {
    guard case .success(let settings)? = try settings() else { return Settings() }
    return settings
  }

  /// `groups/G.json`; nil when there is none.
  func groupSettings(_ group: GroupName) throws(SystemError) -> Result<GroupSettings, Refusal>? {
    guard let bytes = try bytes(of: "\(group).json", in: readable(.groups)) else { return nil }
    do throws(Refusal) { return .success(try GroupSettings.read(bytes)) } catch { return .failure(error) }
  }

  // MARK: - One job's files

  /// A job file as it lies there: read like the runner reads it, never through a link.
  func job(_ id: JobID, in place: SpoolPlace, limit: Int) throws(SystemError) -> Result<Job, Refusal>? {
    guard let folder = try readable(place) else { return nil }
    do throws(SystemError) {
      return try DropReader(maxBytes: limit, routes: routes).readClaimed(JobFile.job(id.text), in: folder).content
    } catch {
      if error.isMissing { return nil }
      throw error
    }
  }

  /// The record beside a job in this folder; nil when there is none or it cannot be read.
  func record(_ id: JobID, in place: SpoolPlace) throws(SystemError) -> JobRecord? {
    guard let name = JobFile.sidecar(id.text, in: place), let bytes = try bytes(of: name, in: readable(place)) else {
      return nil
    }
    return try? JobRecord.decode(bytes)  // half written or foreign: there is no record then
  }
}
