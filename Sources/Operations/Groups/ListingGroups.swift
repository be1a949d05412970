import Jobs
import Platform
import Spool

extension SpoolAccess {
  /// All groups: those with settings, a folder, a pause, requests, or jobs that wait or run.
  public func groups() throws(SystemError) -> GroupListing {
    var listing = GroupListing()
    var names = try namesOfGroups(&listing.badNames)
    let jobs = try jobsByGroup(&listing.unread)
    names.formUnion(jobs.keys)
    for name in names.sorted() {
      var entry = try groupEntry(name)
      (entry.waiting, entry.running) = jobs[name] ?? (0, 0)
      listing.entries.append(entry)
    }
    return listing
  }

  /// One group, its jobs left out; of a name that nothing has it is a lane without anything.
  func groupEntry(_ name: GroupName) throws(SystemError) -> GroupEntry {
    var entry = GroupEntry(name: name)
    if let status = try readable(.groups)?.status("\(name).json"), status.kind != .file {
      entry.settings = .failure(Refusal(code: .notAFile, reason: "groups/\(name).json is not a regular file"))
    } else {
      entry.settings = try groupSettings(name)
    }
    entry.hasFolder = try has(name.text, in: .groups)
    entry.paused = try pauseText(name)
    entry.requestsDone = try countRequests(.doneRequests, of: name)
    entry.requestsRefused = try countRequests(.failedRequests, of: name)
    return entry
  }

  /// Whether anything but jobs says that there is such a group.
  public func hasGroup(_ name: GroupName) throws(SystemError) -> Bool {
    var bad: [String: Refusal] = [:]
    return try namesOfGroups(&bad).contains(name)
  }

  /// Whether anything says that there is such a group, a job that waits or runs among it.
  public func knowsGroup(_ name: GroupName) throws(SystemError) -> Bool {
    if try hasGroup(name) { return true }
    var unread = 0
    let jobs = try jobsByGroup(&unread)
    // Where many wait the last ones are not read, and one may be its.
    return jobs[name] != nil || unread > 0
  }

  /// The group that was probably meant by a name that none has.
  public func nearGroup(_ name: String) throws(SystemError) -> GroupName? {
    var bad: [String: Refusal] = [:]
    let known = try namesOfGroups(&bad)
    return Spelling.nearest(to: name, among: known.map(\.text).sorted()).flatMap { text in
      known.first { $0.text == text }
    }
  }

  private func namesOfGroups(_ bad: inout [String: Refusal]) throws(SystemError) -> Set<GroupName> {
    var names: Set<GroupName> = []
    for text in try readable(.groups)?.names() ?? [] where !text.hasPrefix(".") {
      let ending = [".json", ".paused", ".sessions"].first { text.hasSuffix($0) } ?? ""
      let stem = String(text.dropLast(ending.count))
      do throws(Refusal) { names.insert(try GroupName(validating: stem)) } catch {
        // Settings that were put aside, notes of a person: nobody looks at them.
        if ending == ".json" { bad[text] = error }
      }
    }
    for place in [SpoolPlace.ipc, .doneRequests, .failedRequests] {
      for text in try readable(place)?.names() ?? [] {
        if let name = try? GroupName(validating: text) { names.insert(name) }  // somebody's file
      }
    }
    return names
  }

  private func jobsByGroup(
    _ unread: inout Int
  ) throws(SystemError) -> [GroupName: (waiting: Int, running: Int)] {
    var jobs: [GroupName: (waiting: Int, running: Int)] = [:]
    var request = ListingRequest()
    request.places = [.inbox, .deferred, .processing]
    request.limit = Self.readForOrder
    var more = 0
    try list(request) { listing in
      more += listing.more
      for entry in listing.entries {
        guard let group = entry.group else { continue }
        if listing.place == .processing {
          jobs[group, default: (0, 0)].running += 1
        } else {
          jobs[group, default: (0, 0)].waiting += 1
        }
      }
    }
    unread = more
    return jobs
  }

  /// Requests of a group that lie in one of their ends; what is no folder there holds none.
  func countRequests(_ place: SpoolPlace, of group: GroupName) throws(SystemError) -> Int {
    try requestFolder(place, of: group).map(Self.countRequests) ?? 0
  }

  /// A group's folder in one of the places of requests, never through a link; nil: there is none.
  func requestFolder(_ place: SpoolPlace, of group: GroupName) throws(SystemError) -> Folder? {
    guard let parent = try readable(place) else { return nil }
    return try Self.inner(group.text, of: parent)
  }

  /// A folder in a folder, never through a link; nil: there is none, or something else stands there.
  static func inner(_ name: String, of folder: Folder) throws(SystemError) -> Folder? {
    do throws(SystemError) { return try folder.folder(name) } catch {
      if error.isMissing || error.isLink || error.isNoFolder { return nil }
      throw error
    }
  }
}
