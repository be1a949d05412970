import Jobs
import Observability
import Platform
import Runtimes
import Spool

/// The containers that earlier runners of the spool left in engines.
final class EarlierContainers {
  private let core: Core
  private let engineNote: EngineNote
  /// Engines that may have some. One that has let go of all is asked no more: what it has from then on is this runner's.
  private var engines: [RuntimeChoice]
  /// Engines that do not answer, or do not let go: the runner's loop waits for each question, 10 s for one that hangs, so they
  /// are asked again at growing intervals.
  private var silent: [RuntimeChoice: (until: Int64, wait: Int64)] = [:]

  /// Between two questions, ns: doubled each time.
  private static let shortestWait: Int64 = 1_000_000_000
  private static let longestWait: Int64 = 60_000_000_000

  /// - Throws: which engines earlier runners used cannot be told.
  init(_ core: Core) throws(SystemError) {
    self.core = core
    engineNote = EngineNote(core)
    engines = try engineNote.engines()
  }

  /// Ends the containers that an earlier runner left. Answers the jobs of which something may be alive all the same.
  func end(of jobs: [JobID], _ records: [JobID: JobRecord?]) -> Set<JobID> {
    var living: Set<JobID> = []
    for kind in engines {
      if let silence = silent[kind], core.now < silence.until {
        living.formUnion(jobs.filter { mayBe(in: kind, $0, records[$0] ?? nil) })
        continue
      }
      do throws(StartFailure) {
        // The note stays until this runner's end, which asks once more: what a client that was killed had asked for may
        // still come. It finds nobody to connect to and runs nothing.
        if try core.engines.runtime(kind).endEarlier(of: core.spoolID, besides: core.boxName) {
          silent[kind] = nil
          engines.removeAll { $0 == kind }
          continue
        }
      } catch {
        if case .runtimeMissing = error {
          // Nothing can be asked any more; its first processes ended with the runner (`Rendezvous`).
          core.log.write(
            .warn, "engine-gone", "\(kind.rawValue) made containers for this spool and is not here any more")
          engineNote.clear(kind)
          engines.removeAll { $0 == kind }
          continue
        }
      }
      // It does not answer, or does not let go of one: whose job runs in that is not known, for a kept one had several.
      let suspects = jobs.filter { mayBe(in: kind, $0, records[$0] ?? nil) }
      let wait = silent[kind]?.wait ?? Self.shortestWait
      if silent.updateValue((core.now + wait, min(wait * 2, Self.longestWait)), forKey: kind) == nil {
        core.log.write(
          .error, "engine-silent",
          "\(kind.rawValue) does not answer, or cannot end its containers: \(suspects.count) jobs wait until it is known what runs"
        )
      }
      living.formUnion(suspects)
    }
    return living
  }

  private func mayBe(in kind: RuntimeChoice, _ id: JobID, _ record: JobRecord?) -> Bool {
    if let runtime = record?.runtime, record?.status == "running" { return runtime == kind.rawValue }
    guard
      let (content, _, _) = try? DropReader(core.settings).readClaimed(
        JobFile.job(id.text), in: core.folders[.processing]),
      let job = try? content.get()
    else { return false }  // what cannot be read never ran
    return job.runtime == kind || (job.runtime == .auto && (job.image != nil || job.group != nil))
  }
}
