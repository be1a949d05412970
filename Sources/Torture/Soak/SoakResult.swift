import Jobs

/// What a record or result says, as far as the ledger asks.
struct SoakResult {
  private static let ends: Set = [
    "succeeded", "failed", "timed-out", "cancelled", "refused", "expired", "dependency-failed", "dependency-missing",
    "interrupted",
  ]

  var id: String?
  var status = ""
  var code: String?
  var files: String?
  /// What is shown of its standard output.
  var output = ""
  /// The statuses of its last 50 attempts.
  var attempts: [String] = []

  /// Nil: it is not whole.
  init?(_ bytes: [UInt8]) {
    guard let root = try? JSONReader.read(bytes), case .object = root.value else { return nil }  // torn
    func text(_ node: JSONNode?) -> String? { if case .string(let text)? = node?.value { text } else { nil } }
    guard let status = text(root.member("status")) else { return nil }
    (id, self.status, code, files) = (
      text(root.member("id")), status, text(root.member("code")), text(root.member("files"))
    )
    output = text(root.member("stdout")?.member("text")) ?? ""
    if case .array(let list)? = root.member("attempts")?.value {
      attempts = list.map { text($0.member("status")) ?? "" }
    }
  }

  var isFinal: Bool { Self.ends.contains(status) }
}
