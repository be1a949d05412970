import Jobs
import Operations
import Platform
import Runner
import Spool

/// The one place where errors become sentences, hints and exit codes.
enum Sentences {
  static func failure(for error: any Error) -> Failure {
    switch error {
    case let failure as Failure: failure
    case let error as OperationError: failure(for: error)
    case let error as SpoolError: failure(for: error)
    case let error as SystemError: failure(for: error)
    case let error as RunnerFailure: failure(for: error)
    case let refusal as Refusal: Failure(ExitCode.badData, refusal.reason)
    default: Failure(ExitCode.software, "this should not happen: \(error)", hint: "please report it")
    }
  }

  static func failure(for error: OperationError) -> Failure {
    switch error {
    case .spool(let error): failure(for: error)
    case .system(let error): failure(for: error)
    case .settings(let refusal, let file): Failure(ExitCode.settings, place(of: refusal, in: file))
    case .image(let problem): failure(for: problem)
    case .nameTaken(let id):
      Failure(
        ExitCode.cannotCreate, "the name \(Visible.text(id.text)) is taken",
        hint:
          "without --name it would become \(Visible.text(id.text))~n; 'bobbin show \(Visible.text(id.text))' tells who has it"
      )
    }
  }

  static func failure(for error: SpoolError) -> Failure {
    switch error {
    case .notASpool(let path):
      Failure(
        ExitCode.inputOutput, "there is no spool at \(Visible.text(path))",
        hint: "'bobbin init \(Visible.text(path))' makes one; --spool DIR or BOBBIN_SPOOL names another")
    case .busy(let who):
      Failure(
        ExitCode.busy, "another runner runs on this spool (\(Visible.text(who)))",
        hint: "one is enough: it takes all jobs of the spool; 'bobbin status' tells more")
    case .notOwnOrWritable(let path, let reason, let cure):
      Failure(
        ExitCode.notPermitted, "\(Visible.text(path)) is not safe to run from: \(Visible.text(reason))",
        hint: Visible.text(cure))
    case .networkFileSystem(let name, let path):
      Failure(
        ExitCode.settings, "\(Visible.text(path)) lies on a network file system (\(name))",
        hint: "\"networkFileSystem\": true in settings.json accepts that, without the promises about crashes")
    case .otherDevice(let place):
      Failure(
        ExitCode.settings, "\(Visible.text(place)) lies on another device than the rest of the spool",
        hint: "all folders of a spool must be on one file system: a job changes its state by rename")
    case .system(let error): failure(for: error)
    }
  }

  static func failure(for problem: ImageProblem) -> Failure {
    let message = "\(Visible.text(problem.reason)) [\(problem.code)]"
    switch problem.kind {
    case .missing:
      return Failure(
        ExitCode.no, message, hint: "'bobbin image ls' lists what there is; add, pull and build put images there")
    case .badName: return Failure(ExitCode.usage, message)
    case .programMissing(let package):
      return Failure(ExitCode.unavailable, message, hint: "apt install \(package)")
    case .badData:
      guard let refusal = problem.refusal, let file = problem.file else { return Failure(ExitCode.badData, message) }
      return Failure(ExitCode.badData, place(of: refusal, in: file))
    case .tooLarge: return Failure(ExitCode.badData, message, hint: "--max-size SIZE allows more")
    case .noRoom: return Failure(ExitCode.inputOutput, message, hint: "free some space and try again")
    case .timedOut: return Failure(ExitCode.timeOver, message, hint: "--timeout D allows more")
    case .notFetched:
      return Failure(
        ExitCode.inputOutput, message,
        hint: "without a network: 'bobbin image add FILE' takes what 'docker save' or 'skopeo copy' wrote elsewhere")
    case .system(let error): return failure(for: error)
    }
  }

  static func failure(for error: SystemError) -> Failure {
    let message = Visible.text(error.description)
    if error.isNotPermitted { return Failure(ExitCode.notPermitted, message) }
    if error.isFull { return Failure(ExitCode.inputOutput, message, hint: "free some space and try again") }
    return Failure(ExitCode.inputOutput, message)
  }

  static func failure(for error: RunnerFailure) -> Failure {
    switch error {
    case .spool(let error): failure(for: error)
    case .settings(let refusal, let file):
      Failure(ExitCode.settings, place(of: refusal, in: file), hint: "'bobbin config --effective' checks the settings")
    case .system(let error): failure(for: error)
    }
  }

  /// `FILE:LINE:COLUMN: reason`, as compilers say it.
  static func place(of refusal: Refusal, in file: String) -> String {
    var place = Visible.text(file)
    if let line = refusal.line {
      place += ":\(line)"
      if let column = refusal.column { place += ":\(column)" }
    }
    return "\(place): \(refusal.reason) [\(refusal.code.rawValue)]"
  }
}
