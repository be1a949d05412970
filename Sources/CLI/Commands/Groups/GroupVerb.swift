import Jobs
import Operations

/// What the commands that are about groups by name have in common.
enum GroupVerb {
  /// A group's name that was typed: its rules are checked before it is used as a name of a file.
  static func name(_ text: String, _ call: Invocation) -> Result<GroupName, Refusal> {
    var text = text
    // What the shell completes in groups/.
    for ending in ["/", ".json"] where text.hasSuffix(ending) { text.removeLast(ending.count) }
    do { return .success(try GroupName(validating: text)) } catch { return .failure(error) }
  }

  /// The operands that can be names of groups; of the others it is said that they cannot.
  static func names(_ access: SpoolAccess, _ call: Invocation, _ code: inout Int32) throws -> [GroupName] {
    var names: [GroupName] = []
    for text in call.arguments.operands {
      switch name(text, call) {
      case .success(let name): names.append(name)
      case .failure(let refusal):
        call.console.note("bobbin: \(refusal.reason)")
        code = ExitCode.no
      }
    }
    return names
  }

  /// The one that is asked for, if it is there; nil after it was said that it is not.
  static func existing(_ text: String, _ access: SpoolAccess, _ call: Invocation) throws -> GroupName? {
    switch name(text, call) {
    case .failure(let refusal): call.console.note("bobbin: \(refusal.reason)")
    case .success(let name) where try access.hasGroup(name): return name
    case .success(let name): try sayMissing(name, access, call)
    }
    return nil
  }

  static func sayMissing(_ name: GroupName, _ access: SpoolAccess, _ call: Invocation) throws {
    let hint = try access.nearGroup(name.text).map { "; there is '\($0)'" } ?? ""
    call.console.note("bobbin: no group '\(name)' in \(Visible.text(call.spoolPath))\(hint)")
  }
}
