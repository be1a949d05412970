import Jobs
import Operations
import Spool

/// A job that a command is about without moving it: an id in the spool, or a file anywhere.
enum JobArgument {
  /// - Returns: nil if there is none, which has been said then.
  /// - Throws: `Failure` with 65 for one that is not good.
  static func read(_ name: String, _ access: SpoolAccess, _ call: Invocation) throws -> Job? {
    if case .success(let id) = try access.id(SelectedJob(name)), let detail = try access.detail(of: id) {
      switch detail.content {
      case .success(let job): return job
      case .failure(let refusal):
        throw Failure(
          ExitCode.badData, Sentences.place(of: refusal, in: "\(detail.sighting.place.rawValue)/\(id).json"))
      }
    }
    guard name.contains("/") || name.hasSuffix(".json") else {
      try call.sayMissing(SelectedJob(name), in: access)
      return nil
    }
    let bytes = try JobFileReader.read(path: name, limit: try Submission(access).limit)
    do { return try Job.read(bytes) } catch {
      throw Failure(ExitCode.badData, Sentences.place(of: error, in: name))
    }
  }
}
