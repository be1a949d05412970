import Jobs
import Platform

/// What an engine is asked for a job's container, for whoever asks it bare: to measure what the engine alone takes. All that
/// stands in the command line for a job that wants nothing of its own, without its folders, its labels and our first process.
public struct BareContainer {
  /// Of the client: `run` and options; the image and a command come after them.
  public let options: [String]

  /// - Parameter folder: an empty one, with its path.
  /// - Throws: `SystemError` where no box can be made.
  public init(_ kind: RuntimeChoice, folder: (Folder, path: String)) throws(SystemError) {
    let plan = BoxPlan(
      rendezvous: try Rendezvous(folder.0, path: folder.path), workPath: "", resultPath: "", name: "", labels: [],
      isKept: false)
    var request = EngineArguments.Request(user: Settings.nobody)
    request.limits = kind.defaultLimits
    request.ceilings.openFiles = ResourceLimit.ceiling(.openFiles)
    request.ceilings.processes = min(request.ceilings.processes, ResourceLimit.ceiling(.processes))
    var words = EngineArguments(kind, request, plan, binds: [], spool: "").words
    // A name and a label are a job's own.
    for option in ["--name", "--label", "--workdir"] {
      if let index = words.firstIndex(of: option) { words.removeSubrange(index...index + 1) }
    }
    options = words
  }
}
