import Platform
import TestSupport
import Testing

@testable import Runtimes

/// A program of conmon's name in its place: to have podman forget a container its client has to be killed in the right moment.
@Suite("Monitors of containers that are gone", .timeLimit(.minutes(60))) struct ContainerMonitorTests {
  private let place: TemporaryFolder

  init() throws {
    place = try TemporaryFolder()
    try place.write("script", "#!/bin/sh\nwhile :; do sleep 0.01; done\n")
    Command.shell("cd '\(place.path)' && cp script conmon && chmod 755 conmon")
  }

  private func start(_ arguments: [String]) throws -> Int32 {
    let null = try FileSystem.openNull()
    let program = Program(
      paths: [place.path + "/conmon"], arguments: ["conmon"] + arguments, environment: ["PATH=/usr/bin:/bin"])
    return try program.start(input: null, output: null, error: null)
  }

  @Test("those whose container is meant are ended, by its name or its id, and no others")
  func meant() throws {
    let spool = "bobbin-\(UInt64.random(in: 0 ... .max))-"
    let mine = try start(["-c", "abc1", "-n", spool + "1-x"])
    let other = try start(["-c", "abc2", "-n", "other-" + spool])
    let bare = try start([])
    for child in [mine, other, bare] {
      #expect(eventually { ProcessTable.name(of: child) == "conmon" })
    }
    ContainerMonitors.end { name, _ in name.hasPrefix(spool) }
    #expect(Children.wait(for: mine) == .signalled(9))
    #expect(ProcessTable.facts(other)?.isZombie == false && ProcessTable.facts(bare)?.isZombie == false)
    ContainerMonitors.end { name, id in name.hasSuffix(spool) && id == "abc2" }
    #expect(Children.wait(for: other) == .signalled(9))
    #expect(ProcessTable.facts(bare)?.isZombie == false)
    ProcessTable.signalChild(bare, SignalNumber.kill)
    _ = Children.wait(for: bare)
  }
}
