/// A file that was dropped, and what is to become of it if nobody does anything to it.
struct SoakDrop {
  let bytes: [UInt8]
  /// The status that it comes to by itself.
  var status = "succeeded"
  /// Of a refusal.
  var code: String?
  /// How often it is tried by its own rule.
  var attempts = 1
  /// `"rerun": false`.
  var isOnce = false
  /// It notes its end; not of a job that is ended.
  var notesEnd = true
  /// It runs in a sandbox or container.
  var isIsolated = false
  /// Nobody else had its name: what its id did before is told in its result.
  var hasOwnName = true

  /// A file that is no job.
  static func refused(_ bytes: [UInt8], _ code: String) -> SoakDrop {
    SoakDrop(bytes: bytes, status: "refused", code: code)
  }

  /// The folder in which a job of that status ends.
  static func place(of status: String) -> String { status == "succeeded" ? "done" : "errors" }

  /// What a job prints first, so that its result is known to be its own.
  static func word(_ number: Int) -> String { "ran-\(number)-" }
}
