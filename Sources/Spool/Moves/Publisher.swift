import Jobs
import Platform

/// Puts jobs into the inbox for good: what `submit` does (DESIGN §1.6). On the disk when it returns, never overwriting,
/// never seen half-written.
///
/// The bytes of a batch come to the disk first, then the files get their names one after the other, then the folder is
/// synced: two syncs for a batch, however many are in it, and of several batches one each, which is for the names of one and
/// the bytes of the next. Few files are synced one by one, more with one syncfs(2), as `GroupCommit` does and for its
/// reason; where that took longer than a second, because it also waits for what others wrote, all that follow are synced
/// one by one.
public struct Publisher {
  /// A job that is to be published.
  public struct Draft: Sendable {
    let bytes: [UInt8]
    let stem: JobID
    let isExact: Bool

    /// - Parameter exactly: fail instead of taking a number.
    public init(_ bytes: [UInt8], stem: JobID, exactly: Bool) {
      (self.bytes, self.stem, isExact) = (bytes, stem, exactly)
    }
  }

  /// How far a batch came: always its first ones, whatever went wrong with a later one.
  public struct Published {
    /// Those that are on the disk now and were not told before, in order.
    public var ids: [JobID] = []
    /// Why the next one is not; nil: all are.
    public var failure: Failure?
  }

  public enum Failure: Error, Equatable {
    /// The name that it was to have exactly.
    case nameTaken(JobID)
    case system(SystemError)
  }

  private static let slow: Int64 = 1_000_000_000

  private let folders: SpoolFolders
  private let disk: any Disk
  private var chooser = PublishNames()
  private var isSlow = false
  /// Those that have their names and were not told yet: the names are on the disk with the next sync.
  private var shown: [JobID] = []
  private let mark = "\(Machine.processID).\(UInt32.random(in: 0 ... .max))"
  /// Files that were begun, so that each has a name of its own.
  private var made = 0

  public init(folders: SpoolFolders, disk: any Disk) {
    self.folders = folders
    self.disk = disk
  }

  /// Publishes each under an id that is free in every folder: the stem, else `STEM~n`.
  ///
  /// - Parameter moreToCome: another batch follows at once, and its sync is the one that names those of this.
  public mutating func publish(_ drafts: [Draft], moreToCome: Bool = false) -> Published {
    var published = Published()
    chooser.lookAnew()
    do throws(SystemError) {
      let inbox = try folders[.inbox]
      var hidden: ArraySlice<String> = []
      // Whoever gave them hears that they were not accepted.
      defer { for name in hidden { try? disk.remove(name, in: inbox) } }
      published.failure = try write(drafts, in: inbox, &hidden, &published.ids).map { .system($0) }
      for (name, draft) in zip(hidden, drafts) {
        do throws(Failure) { shown.append(try show(name, draft, in: inbox)) } catch {
          published.failure = error
          break
        }
        hidden.removeFirst()
      }
      if !shown.isEmpty, !moreToCome || isSlow || published.failure != nil {
        try disk.syncEntries(of: inbox)
        published.ids += shown
        shown = []
      }
    } catch {
      published.failure = .system(error)
      shown = []
    }
    return published
  }

  /// Brings their bytes to the disk under names that nobody takes for a job's, as far as it goes. Answers why not further.
  /// - Throws: when none of them is known to be on the disk.
  private mutating func write(
    _ drafts: [Draft], in inbox: Folder, _ hidden: inout ArraySlice<String>, _ ids: inout [JobID]
  ) throws(SystemError) -> SystemError? {
    let syncsEach = isSlow || drafts.count <= GroupCommit.fewest
    var failure: SystemError?
    for draft in drafts {
      made += 1
      let name = ".\(draft.stem.text.prefix(100)).\(mark).\(made).new"
      do throws(SystemError) {
        let file = try disk.create(name, in: inbox)
        do throws(SystemError) {
          try disk.write(draft.bytes, to: file)
          if syncsEach { try disk.sync(file) }
        } catch {
          try? disk.remove(name, in: inbox)
          throw error
        }
      } catch {
        failure = error
        break
      }
      hidden.append(name)
    }
    if !syncsEach, !hidden.isEmpty {
      let start = Clock.continuous()
      try disk.syncAll(folders.root)
      isSlow = Clock.continuous() - start > Self.slow
      ids = shown
      shown = []
    }
    return failure
  }

  /// Gives one its name.
  private mutating func show(_ name: String, _ draft: Draft, in inbox: Folder) throws(Failure) -> JobID {
    do throws(SystemError) {
      while let id = try chooser.free(draft.stem, exactly: draft.isExact, in: folders) {
        do throws(SystemError) {
          try disk.move(name, from: inbox, to: inbox, as: JobFile.job(id.text))
          return id
        } catch {
          // It waits in the inbox already.
          guard error.isTaken else { throw error }
          if draft.isExact { break }
          chooser.wasTaken(draft.stem)
        }
      }
    } catch { throw .system(error) }
    throw .nameTaken(draft.stem)
  }
}

/// Free names over all folders, with the next number remembered. Those in the inbox the rename tells.
private struct PublishNames {
  private var next: [JobID: Int] = [:]
  /// Within a batch, five looks a job are a tenth of what it costs; and whatever comes to a folder within 5 ms may as well come
  /// right after a look: the one of the two that is claimed later is given a number.
  private var chooser = IDChooser(
    holders: [.held] + SpoolPlace.idHolders, oftenEmpty: [.held] + SpoolPlace.idHolders, emptyFor: 5_000_000)

  mutating func free(_ stem: JobID, exactly: Bool, in folders: SpoolFolders) throws(SystemError) -> JobID? {
    var number = next[stem] ?? 1
    while true {
      let id = stem.numbered(number)
      if try chooser.isFree(id, in: folders, wall: Clock.wall()) {
        if number > 1 { next[stem] = number }
        return id
      }
      if exactly { return nil }
      number += 1
    }
  }

  mutating func lookAnew() { chooser.lookAnew() }

  mutating func wasTaken(_ stem: JobID) { next[stem] = (next[stem] ?? 1) + 1 }
}
