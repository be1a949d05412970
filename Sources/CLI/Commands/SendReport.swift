import Jobs
import Operations
import Spool

/// What is said of a message to running jobs.
enum SendReport {
  static func say(
    _ outcome: SendOutcome, _ group: GroupName, _ recipients: Recipients, isClose: Bool, _ access: SpoolAccess,
    _ call: Invocation
  ) throws -> Int32 {
    switch outcome {
    case .sent(let name):
      if call.json {
        try call.console.put(
          JSONText.document { writer in
            writer.beginObject()
            writer.member("group", group.text)
            writer.member("file", "ipc/\(group)/input/\(name)")
            writer.member("running", texts: recipients.running.map(\.text))
            writer.endObject()
          })
      } else if !isClose {
        try call.console.line(String(name.dropLast(5)))
      }
      try call.console.flush()
    case .closedBefore: call.console.note("bobbin: the jobs of the group \(group) were asked to finish before")
    case .full(let count):
      throw Failure(
        ExitCode.busy, "\(count) messages to the group \(group) wait already, and its settings allow no more",
        hint: "'bobbin ipc \(group)' shows them; \"requests\": { \"waiting\" } in groups/\(group).json sets how many")
    case .noFolder(let path):
      throw Failure(
        ExitCode.notPermitted, "\(path) is a link or no folder: nothing is written there",
        hint: "take it away; the folder is made anew")
    case .noFolders(let kind):
      call.console.note("bobbin: " + why(group, kind))
      return ExitCode.no
    }
    if !isClose { sayWho(group, recipients, call) }
    try call.sayIfNoRunner(access)
    return ExitCode.success
  }

  private static func why(_ group: GroupName, _ kind: GroupEntry.Kind) -> String {
    switch kind {
    case .bad: "the settings of the group \(group) are bad: 'bobbin group ls' tells why"
    case .host: "\(group) is a group of processes, and they get no messages"
    case .lane, .isolated: "the group \(group) has no settings, so its jobs get no messages"
    }
  }

  private static func sayWho(_ group: GroupName, _ recipients: Recipients, _ call: Invocation) {
    let running = recipients.running
    if running.count > 1 {
      call.console.note("bobbin: whichever takes it first has it: \(Amounts.some(running))")
    }
    if running.isEmpty {
      call.console.note("bobbin: no job of the group \(group) runs: it waits for the next one")
    }
    if !recipients.hasAgent {
      call.console.note("bobbin: groups/\(group).json has no 'agent': what no job takes is not dealt with")
    }
  }
}
