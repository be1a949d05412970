import Jobs
import Platform
import Spool

/// Says what the runner would say of a request, without doing anything.
struct RequestJudge {
  let group: GroupName
  let spool: Settings
  /// Those with good settings.
  let groups: [GroupName: GroupSettings]
  let zones: TaskZones

  /// Reads it once, as the runner does, and asks the gate.
  func judge(
    _ name: [UInt8], _ kind: Request.Kind, in folder: Folder, _ file: inout RequestTree.File
  ) throws(SystemError) {
    guard Request.isName(name.dropLast(5)) else {
      file.problem = Refusal(
        code: .badName, reason: "the name of the file is no id: expected 1 to 64 of A-Z a-z 0-9 . _ - and .json")
      return
    }
    let limits = groups[group]?.requests ?? RequestLimits()
    let reader = DropReader(maxBytes: Int(limits.bytes.bytes))
    let look = try reader.look(at: name, in: folder, isQuiet: false) { (bytes) throws(Refusal) in
      let request = try Request.read(bytes, kind: kind, zoneProblem: zones.problem)
      let gate = RequestGate(asker: group, spool: spool) { groups[$0] }
      _ = try gate.admit(request, id: request.id ?? String(decoding: name.dropLast(5), as: UTF8.self))
      return request
    }
    switch look.reading {
    case .ready, .gone: break
    case .refused(let refusal): file.problem = refusal
    case .beingWritten, .unsettled: file.isBeingWritten = true
    }
  }
}
