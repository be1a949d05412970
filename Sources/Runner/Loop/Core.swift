import Jobs
import Observability
import Platform
import Runtimes
import Spool

/// What every part of a runner shares. Belongs to whoever has the turn (`ChildThreads`).
final class Core {
  let folders: SpoolFolders
  let disk: any Disk
  let mover: JobMover
  let writer: RecordWriter
  let log: Log
  let disposal: Disposal
  /// Who this runner is, for records.
  let mark: RunnerMark
  /// Names this spool in the environment of its runs: the directory is the identity, so a copy of a spool is another one.
  let spoolID: String
  /// The spool's path without links, for the environment of jobs; as of the last scan.
  private(set) var realPath: String
  let settingsFile: SettingsFile
  /// Names this runner's containers.
  let boxName: BoxName
  /// What holds limits, and finds the processes of runs.
  let cgroups: Cgroups
  /// Container engines, asked when a job wants one.
  let engines = EngineMachine(searchPath: Machine.environment("PATH") ?? "")
  private let options: RunnerOptions

  var settings: Settings { settingsFile.current }
  var slots: Int { options.slots ?? settings.slots ?? Machine.processors }
  var scanInterval: Int64 { (options.scanInterval ?? settings.scanInterval).wholeNanoseconds }
  /// The wall clock and the continuous one, in ns.
  var wall: Int64 { Clock.wall() }
  var now: Int64 { Clock.continuous() }

  /// Opens the spool, takes its lock and makes every check of a start.
  init(_ options: RunnerOptions) throws {
    self.options = options
    do {
      folders = try SpoolFolders(path: options.spool, makingMissing: true)
      settingsFile = try SettingsFile(root: folders.root)
      try SpoolGuard.checkOwners(folders, shared: settingsFile.current.shared)
      let network = try SpoolGuard.checkFileSystem(folders, accepted: settingsFile.current.networkFileSystem)
      try SpoolGuard.lock(folders) { [folders] in WhoFile.namesTheDead(folders) }
      if settingsFile.current.shared { try SpoolGuard.openInbox(folders) }
      try SpoolGuard.checkDevice(folders)
      log = Log(
        level: Core.logLevel(settingsFile.current), file: try Core.logFile(folders), terminal: options.terminal,
        now: { Clock.wall() })
      if let network {
        log.write(
          .warn, "network-file-system",
          "the spool lies on \(network): locks, notifications and syncs of other machines are not promised there")
      }
    } catch let error as SpoolError { throw RunnerFailure.spool(error) } catch let error as SystemError {
      throw RunnerFailure.system(error)
    } catch let error as Refusal { throw RunnerFailure.settings(error, file: "settings.json") }
    disk = KernelDisk.standard()
    mover = JobMover(folders: folders, disk: disk)
    writer = RecordWriter(disk)
    do { disposal = try Disposal(folders: folders) } catch { throw RunnerFailure.system(error) }
    let facts = ProcessTable.facts(Machine.processID)
    mark = RunnerMark(
      host: Machine.hostName, machine: Machine.id, boot: Machine.bootID, pid: Int(Machine.processID),
      startTicks: facts.map { Int64($0.startTicks) })
    do {
      realPath = try FileSystem.realPath(options.spool)
      spoolID = try folders.identity()
      boxName = BoxName(spool: spoolID)
      cgroups = Cgroups(spool: spoolID, noted: WhoFile.notedCgroups(folders))
    } catch { throw RunnerFailure.system(error) }
  }

  /// Looks where the spool is now: everything of ours goes by descriptors, but a job is given paths, and somebody may have
  /// renamed the spool or a folder above it.
  func lookWhereSpoolIs() {
    guard let path = try? FileSystem.path(of: folders.root), path != realPath,  // no /proc: as it was
      let named = try? FileSystem.status(path: path), let own = try? folders.root.descriptor.status(),
      named.inode == own.inode, named.device == own.device
    else { return }
    realPath = path
    log.write(.info, "spool-moved", "the spool is \(path) now")
  }

  /// The machine's passing faults (no descriptors, EIO) are told and met again at the next scan.
  func keepGoing(_ body: () throws(SystemError) -> Void) {
    do throws(SystemError) { try body() } catch {
      log.write(.error, "scan-failed", "a folder cannot be looked at now: \(error)")
    }
  }

  /// The name of a drop, whose file's stem this is.
  func name(ofDrop stem: [UInt8]) throws(Refusal) -> JobID {
    try JobID(dropped: stem) { id in
      SpoolPlace.idHolders.contains { place in
        // `processing` too: of a retry that is under way there is no sidecar elsewhere.
        guard let sidecar = JobFile.sidecar(id.text, in: place) else { return false }
        // A name is refused once and for all: not for what cannot be looked for now.
        return (try? folders[place].has(sidecar)) ?? true
      }
    }
  }

  /// Ends a job that waits, as a person would: `mv` to `errors`, where it gets its result.
  func cancelWaiting(_ id: JobID) {
    do throws(SystemError) {
      for place in [SpoolPlace.inbox, .held, .deferred] {
        if try mover.move(JobFile.job(id.text), from: place, to: .errors) { return }
      }
    } catch { log.write(.error, "not-cancelled", job: id.text, "it cannot be moved to errors: \(error)") }
  }

  /// Notes that a run is to be ended, as `touch processing/NAME.cancel` does: who asked is answered before the run is over,
  /// and if this runner dies in between the next one must not run it again.
  func noteCancel(_ id: JobID) {
    keepGoing { () throws(SystemError) in
      do throws(SystemError) { _ = try disk.create(JobFile.cancel(id.text), in: folders[.processing]) } catch {
        if !error.isTaken { throw error }
      }
    }
  }

  /// `LOG_LEVEL`, else the settings'.
  static func logLevel(_ settings: Settings) -> LogLevel {
    Machine.environment("LOG_LEVEL").flatMap { LogLevel(name: $0) } ?? LogLevel(name: settings.logLevel.rawValue)
      ?? .info
  }

  /// logs/bobbin.log by descriptors.
  private static func logFile(_ folders: SpoolFolders) throws(SystemError) -> LogFile {
    let folder = try folders[.logs]
    let name = LogRotation().name
    return LogFile(
      append: { bytes in
        // A log that cannot be written is counted by the log itself.
        guard let file = try? folder.append(name) else { return false }
        return (try? file.write(bytes)) == bytes.count
      },
      size: { ((try? folder.status(name)) ?? nil).map { Int($0.size) } ?? 0 },
      rotate: { steps in
        for step in steps {
          switch step {
          case .remove(let name): try? folder.remove(name)  // none there is none to remove
          case .rename(let from, let to): try? folder.move(from, to: folder, as: to)  // likewise
          }
        }
        return (try? folder.has(name)) == false
      })
  }
}
