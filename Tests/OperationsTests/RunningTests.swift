import Jobs
import Platform
import Spool
import TestSupport
import Testing

@testable import Operations

@Suite("What runs, and in which container") struct RunningTests {
  private let made: HandMadeSpool
  private let place: TemporaryFolder

  init() throws {
    made = try HandMadeSpool()
    place = try TemporaryFolder()
    // A client in docker's place: nobody needs an engine to see how its answers are joined.
    let script = """
      #!/bin/sh
      case "$*" in *"label=bobbin.spool=$(stat -c '%D-%i' '\(made.path)' | { IFS=- read d i; printf '%s-%x' $d $i; })"*) ;; *) exit 3 ;; esac
      printf 'aaaaaaaaaaaaaaaa\\tbobbin-1\\trunning\\t\\tone\\n'
      printf 'bbbbbbbbbbbbbbbb\\tbobbin-2\\trunning\\tg\\t\\n'
      printf 'cccccccccccccccc\\tbobbin-3\\tcreated\\t\\tgone\\n'
      """
    try place.write("script", script)
    // And one in podman's, which has none.
    Command.shell(
      "cd '\(place.path)' && cp script docker && printf '#!/bin/sh\\n' > podman && chmod 755 docker podman")
  }

  private func report() throws -> RunningReport {
    try made.access.running { $0 == "PATH" ? place.path : nil }
  }

  @Test("each job in processing is told with its container; others stay for a group, or are strays")
  func joined() throws {
    try made.put("one.json", #"{"run": "true", "image": "i", "runtime": "docker"}"#, in: .processing)
    try made.put("two.json", #"{"run": "true", "group": "g"}"#, in: .processing)
    let report = try report()
    #expect(report.runs.map(\.id.text) == ["one", "two"])
    #expect(report.runs[0].container?.name == "bobbin-1" && report.runs[0].container?.id == "aaaaaaaaaaaa")
    #expect(report.runs[0].runtime == "docker" && report.runs[0].image == "i" && report.runs[0].attempt == 1)
    #expect(report.runs[1].container == nil && report.runs[1].group?.text == "g")
    #expect(report.kept.map(\.name) == ["bobbin-2"] && report.strays.map(\.state) == ["created"])
  }

  @Test("an engine that does not answer is named, and the jobs are told all the same")
  func silent() throws {
    Command.shell("cd '\(place.path)' && printf '#!/bin/sh\\nexit 1\\n' > script && cp script docker")
    try made.put("one.json", in: .processing)
    let report = try report()
    #expect(report.silent == [.docker] && report.runs.count == 1)
  }
}
