import CFuzzer
import Platform

/// `bobbin-fuzz [what libFuzzer takes]`: feeds the rule that BOBBIN_FUZZ_RULE names with bytes until it breaks; without a
/// name it prints all there are. Not an argument, for libFuzzer starts itself again with none but its own (`-merge`).
///
/// Built only with BOBBIN_FUZZ=1 in the environment; `Tests/fuzz` does it.
@main
struct FuzzProgram {
  /// The rule of this process; libFuzzer's callback carries no context.
  nonisolated(unsafe) private static var rule = FuzzRule.all[0]

  static func main() {
    guard let name = Machine.environment("BOBBIN_FUZZ_RULE") else {
      for rule in FuzzRule.all { print(rule.name) }
      return
    }
    guard let chosen = FuzzRule.all.first(where: { $0.name == name }) else { fatalError("there is no rule '\(name)'") }
    rule = chosen
    let words = CommandLine.arguments
    // Of settings that come twice the last counts.
    let all = [words[0], "-max_len=\(chosen.longest)"] + words.dropFirst()
    var arguments: [UnsafeMutablePointer<CChar>?] = all.map { word in
      let bytes = word.utf8CString
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
      bytes.withUnsafeBufferPointer { copy.initialize(from: $0.baseAddress ?? UnsafePointer(copy), count: bytes.count) }
      return copy
    }
    arguments.append(nil)
    var count = CInt(all.count)
    arguments.withUnsafeMutableBufferPointer { buffer in
      var start = buffer.baseAddress
      let status = LLVMFuzzerRunDriver(&count, &start) { bytes, count in
        do throws(Broken) { try FuzzProgram.rule.check(Array(UnsafeBufferPointer(start: bytes, count: count))) } catch {
          fatalError("\(FuzzProgram.rule.name): \(error.what)")
        }
        return 0
      }
      if status != 0 { fatalError("libFuzzer ended with \(status)") }
    }
  }
}
