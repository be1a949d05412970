import Platform
import TestSupport
import Testing

@testable import Torture

/// Whether the checks of `bobbin-torture steps` find what they look for: of a spool whose work was done well, one thing is
/// spoiled by hand.
@Suite(.timeLimit(.minutes(60))) struct StepCheckTests {
  /// A spool of the scenario after a runner without faults, and what is found when the line has run in it.
  private func found(
    _ name: String, after line: String, of fault: CallFault = .everyChange
  ) throws -> Set<Finding.Code> {
    let place = try TemporaryFolder()
    let scenario = try #require(StepScenario.all.first { $0.name == name })
    let one = StepCase(
      scenario: scenario, fault: fault, number: 0, bobbin: try StepOptions([]).program, library: "/none")
    let spool = place.path + "/spool"
    try one.make(spool, place.folder)
    Command.shell("'\(one.bobbin)' run --drain --spool '\(spool)'")
    let check = StepCheck(scenario: scenario, one.fault, spool: try Folder(path: spool))
    #expect(try check.midway().isEmpty)
    let before = try check.atEnd(in: place.folder)
    #expect(before.isEmpty, "\(before)")
    #expect(Command.shell("set -e; cd '\(spool)'; told=../told answers=ipc/g/answers; " + line).isSuccess)
    return Set(try check.atEnd(in: place.folder).map(\.code))
  }

  @Test(
    "of tasks: a file or state that is gone, doubled, torn, another or elsewhere, a job too many or too few",
    arguments: [
      ("rm done/tasks/due.json", Finding.Code.jobLost), ("echo >> done/tasks/due.json", .jobLost),
      ("cp done/tasks/due.json tasks/", .twoHomes), ("mv done/tasks/due.* tasks/", .notRecovered),
      ("cp done/tasks/due.state.json tasks/", .twoHomes), ("echo { > done/tasks/due.state.json", .torn),
      ("rm done/tasks/due.state.json", .notRecovered), ("rm tasks/paused/aside.json", .jobLost),
      ("echo {} > tasks/other.json", .twoHomes), ("cp tasks/bad.json done/tasks/.each.good.json", .notRecovered),
      ("sed -i 's/\"runs\": 1/\"runs\": 2/' done/tasks/due.state.json", .historyLost),
      ("sed -i 's/finished/scheduled/' done/tasks/due.state.json", .historyLost),
      ("sed -i '0,/\"status\": \"succeeded\"/s//\"status\": \"failed\"/' done/tasks/all.state.json", .historyLost),
      ("rm done/each@20220101T000000Z.*", .jobLost),
      ("cp done/all@20220101T000000Z.json done/all@20220101T000000Z~2.json", .twoHomes),
      ("cp done/all@20220101T000000Z.json done/all@20180101T000000Z.json", .twoHomes),
    ])
  func tasks(line: String, code: Finding.Code) throws { #expect(try found("tasks", after: line).contains(code)) }

  @Test(
    "of requests: one that is gone, doubled or another, an answer that is none, what was asked for missing or made twice",
    arguments: [
      ("rm done/ipc/g/m.json", Finding.Code.jobLost), ("echo >> done/ipc/g/m.json", .jobLost),
      ("cp done/ipc/g/m.json ipc/g/messages/", .twoHomes), ("mv done/ipc/g/m.json done/ipc/g/m~2.json", .twoHomes),
      ("mv done/ipc/g/m.json ipc/g/messages/", .notRecovered), ("rm $answers/m.json", .answerWrong),
      ("echo {} > errors/ipc/g/left-jobs.x.json", .notRecovered), ("echo { > $answers/t.json", .torn),
      ("sed -i s/true/false/ $answers/m.json", .answerWrong), ("sed -i s/g.m/g.n/ $answers/m.json", .answerWrong),
      ("sed -i s/not-permitted/no-such-job/ $answers/bad.json", .answerWrong),
      ("mv errors/ipc/g/bad.json done/ipc/g/", .answerWrong), ("rm errors/ipc/g/bad.result.json", .answerWrong),
      ("rm $answers/old.result.json", .answerWrong),
      ("sed -i s/expired/failed/ $answers/old.result.json", .answerWrong),
      ("echo '[]' > $answers/.wait.old", .notRecovered), ("rm inbox/g.late.json", .jobLost),
      ("cp inbox/g.late.json inbox/g.late~2.json", .twoHomes), ("sed -i s/ipc/cpi/ inbox/g.late.json", .torn),
      ("sed -i s/yearly/daily/ tasks/g.n.json", .torn), ("cp tasks/g.n.json done/tasks/", .twoHomes),
      ("rm tasks/g.n.json", .jobLost), ("rm done/outbox/g.m.json", .jobLost),
    ])
  func requests(line: String, code: Finding.Code) throws { #expect(try found("requests", after: line).contains(code)) }

  @Test("a request that cannot be read may be refused, and nothing may have become of it; any other is carried out")
  func refusedRequests() throws {
    let refuse = """
      refuse() { # its id, its kind
        mv done/ipc/g/$1.json errors/ipc/g/
        echo '{"id": "'$1'", "ok": false, "code": "unreadable", "reason": "Permission denied"}' > $answers/$1.json
        cp $answers/$1.json errors/ipc/g/$1.result.json
      }
      """
    // One that makes a job, one that cancels one, one that sends a message.
    let line = """
      refuse late; rm inbox/g.late.json; refuse end; rm errors/g.w.result.json; mv errors/g.w.json inbox/
      refuse m; rm done/outbox/g.m.*; rm $told/a.jsonl
      """
    #expect(try found("requests", after: refuse + "\n" + line, of: CallFault("open", "EACCES")).isEmpty)
    #expect(try found("requests", after: refuse + "\n" + line).isSuperset(of: [.jobLost, .answerWrong, .notTold]))
    let lost = try found("requests", after: "rm inbox/g.late.json", of: CallFault("open", "EACCES"))
    #expect(lost.contains(.jobLost))
  }

  @Test(
    "of deliveries: what was never told, told again, in another order, with another text, or to nobody's wish",
    arguments: [
      ("rm $told/a.jsonl", Finding.Code.notTold), ("sed -i /five/d $told/a.jsonl", .notTold),
      ("sed -i 2d $told/odd.jsonl", .notTold), ("sed -n 1p $told/a.jsonl >> $told/a.jsonl", .toldAgain),
      ("sed -n 1p $told/a.jsonl | sed 's/\"attempt\":1/\"attempt\":2/' >> $told/a.jsonl", .historyLost),
      ("tac $told/a.jsonl > $told/b; mv $told/b $told/a.jsonl", .toldWrong), ("printf '{' >> $told/a.jsonl", .torn),
      ("sed -i s/four/one/ $told/a.jsonl", .toldWrong),
      ("sed -n 1p $told/a.jsonl | sed 's/\"one\"/\"none\"/' >> $told/a.jsonl", .toldWrong),
      // Two attempts more, of a channel that makes one at a time.
      (
        "sed -i 's/\"attempts\": \\[/&{\"number\": 1, \"status\": \"failed\"},/' done/outbox/one.result.json done/outbox/zero.result.json",
        .toldAgain
      ),
      ("sed -i s/delivered/sending/ done/outbox/one.result.json", .notRecovered),
    ])
  func deliveries(line: String, code: Finding.Code) throws {
    #expect(try found("deliveries", after: line).contains(code))
  }
}
