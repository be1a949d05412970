import Platform
import TestSupport
import Testing

/// The durable steps of a scenario, gone through one by one: a fault in place of the first, of the second, until a runner
/// comes to its end without having met one.
struct FaultSteps {
  /// What goes wrong: `kill`, `EIO`, `ENOSPC:write` …
  let what: String
  /// How many such steps the scenario has at the least: so many faults have to come to pass.
  let least: Int

  /// Calls `run` with the plan of each fault.
  ///
  /// - Parameter run: plays the scenario anew; false if its runner never came to the step.
  func each(_ run: (_ fault: String) throws -> Bool) rethrows {
    var (step, met, unmet) = (0, 0, 0)
    // Two in a row: how many steps there are differs by one or two with the turns that slots and syncs take.
    while unmet < 2 {
      step += 1
      guard step <= 1000 else {
        Issue.record("\(what): a scenario without an end")
        return
      }
      let wasMet = try run("\(what)@\(step)")
      if wasMet { met += 1 }
      unmet = wasMet ? 0 : unmet + 1
    }
    #expect(met >= least, "\(what): \(met) faults came to pass; is this a debug build?")
  }
}

extension TestSpool {
  /// Works the spool off with a fault on the way; true if it came to pass.
  ///
  /// - Parameters:
  ///   - fault: a plan, as `BOBBIN_FAULT` has it.
  ///   - end: how a runner ends that meets none. Nothing else is an end without a fault.
  func drain(fault: String, end normal: ProcessEnd.Cause, _ location: SourceLocation = #_sourceLocation) throws -> Bool
  {
    let before = faultsMet
    let runner = try start(drain: true, environment: ["BOBBIN_FAULT=\(fault)", "BOBBIN_FAULT_NOTES=\(place.path)"])
    let end = runner.end(within: 60)
    let wasMet = faultsMet > before
    let isExpected =
      switch end {
      case .exited(let code)?:
        // One that met a fault may give up at its start, or have a job that did not succeed.
        wasMet && !fault.hasPrefix("kill") ? Self.givenUp.contains(code) || end == normal : !wasMet && end == normal
      case .signalled(let number)?: wasMet && fault.hasPrefix("kill") && number == SignalNumber.kill
      case nil: false
      }
    if !isExpected {
      Issue.record(
        """
        \(fault) \(wasMet ? "came to pass" : "was not met"), the runner's end: \(end.map { "\($0)" } ?? "it hangs")
        \(runner.text)\(tree)\n\(log)
        """, sourceLocation: location)
    }
    return wasMet
  }

  /// Exits of a runner that says why it goes no further: not all jobs succeeded, it cannot create or write.
  private static let givenUp: Set<Int32> = [1, 73, 74]

  /// Faults of all its runners that noted them in the test's folder.
  var faultsMet: Int {
    ((try? place.text("faults")) ?? "").utf8.count { $0 == UInt8(ascii: "\n") }
  }
}
