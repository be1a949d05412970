/// What the format has and this version cannot carry out. It is refused rather than ignored, after its type is checked.
///
/// A change that builds one of these deletes its lines here and reads the key where the others are read.
enum NotInThisBuild {
  /// Keys of a job that are recognised here, for the spelling of unknown ones.
  static let jobKeys = ["prompt", "agent", "model"]

  /// Checks the type of a job's key that is not built; false when the key is not one of them.
  static func recognises(_ field: Field) throws(Refusal) -> Bool {
    switch field.name {
    case "prompt", "agent", "model": _ = try field.text()
    default: return false
    }
    return true
  }
}
