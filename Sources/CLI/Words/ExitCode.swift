/// What the program answers to its caller: sysexits.h, as DESIGN §4 uses it.
enum ExitCode {
  static let success: Int32 = 0
  /// The answer is no: a job that did not succeed, an id that is not there.
  static let no: Int32 = 1
  static let usage: Int32 = 64
  static let badData: Int32 = 65
  /// A program that is needed is missing.
  static let unavailable: Int32 = 69
  /// A bug of ours.
  static let software: Int32 = 70
  static let cannotCreate: Int32 = 73
  /// Input or output failed; also: there is no spool there.
  static let inputOutput: Int32 = 74
  static let busy: Int32 = 75
  static let notPermitted: Int32 = 77
  static let settings: Int32 = 78
  /// As timeout(1) does.
  static let timeOver: Int32 = 124
  /// 128 + SIGPIPE: what a shell shows of any program whose reader went away.
  static let closedPipe: Int32 = 141

  static let help = """
    Exit codes: 0 yes, 1 the answer is no, 64 usage, 65 bad data, 69 a needed program is missing, 70 a bug in bobbin,
    73 cannot create, 74 input/output (also: no spool there), 75 busy, 77 not permitted, 78 bad settings, 124 time over.
    """
}

/// A command that could not do its work: what is said, what may help, and the exit code.
struct Failure: Error, Equatable {
  var code: Int32
  /// One sentence, without a full stop.
  var message: String
  var hint: String?

  init(_ code: Int32, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }
}
