/// A promise that does not hold in a state.
public struct Finding: Hashable, Sendable {
  /// Stable, for counting.
  public enum Code: String, Sendable {
    /// A result that was seen is gone or is another.
    case resultLost = "result-lost"
    /// A job that was accepted is nowhere.
    case jobLost = "job-lost"
    /// A job is in two places.
    case twoHomes = "two-homes"
    /// A result, or a record that was on the disk, is not whole.
    case torn
    /// What had happened before is no longer told.
    case historyLost = "history-lost"
    /// A job that had ended was started.
    case ranAgain = "ran-again"
    /// What a job had left behind is gone.
    case filesLost = "files-lost"
    /// A message says delivered, and no channel was told of it.
    case notTold = "not-told"
    /// A message was told more often than what went wrong explains.
    case toldAgain = "told-again"
    /// Something was told that should not be, or in another order.
    case toldWrong = "told-wrong"
    /// A request has another answer than it must have, or none.
    case answerWrong = "answer-wrong"
    /// The next runner did not end, or left something that it should not.
    case notRecovered = "not-recovered"
    /// Too little came about for anything to be found.
    case tooLittle = "too-little"
  }

  public let code: Code
  public let what: String

  init(_ code: Code, _ what: String) {
    self.code = code
    self.what = what
  }
}
