import Testing

@testable import Runtimes

/// Runs a filter as the kernel does, for calls that no test can make: those of another processor.
private func verdict(
  _ program: SeccompProgram, call number: UInt32, _ arguments: [UInt64] = [], audit: UInt32
) throws -> UInt32 {
  var data: [UInt32] = [number, audit, 0, 0]
  for argument in arguments + Array(repeating: 0, count: 6 - arguments.count) {
    data += [UInt32(truncatingIfNeeded: argument), UInt32(argument >> 32)]
  }
  var (at, value, steps) = (0, UInt32(0), 0)
  while true {
    steps += 1
    try #require(steps < 1000 && at < program.instructions.count, "it ends in an answer")
    let instruction = program.instructions[at]
    let holds: Bool
    switch instruction.code {
    case 0x20:
      value = data[Int(instruction.value) / 4]
      at += 1
      continue
    case 0x06: return instruction.value
    case 0x15: holds = value == instruction.value
    case 0x35: holds = value >= instruction.value
    case 0x45: holds = value & instruction.value != 0
    default:
      Issue.record("an instruction \(instruction.code) that the kernel does not take")
      return 0
    }
    at += 1 + Int(holds ? instruction.ifTrue : instruction.ifFalse)
  }
}

@Suite struct SeccompProgramTests {
  private static let allow = SeccompProgram.allow
  private static let notPermitted = SeccompProgram.refuse(.notPermitted)

  @Test("what the list refuses is refused under its own number, its neighbours are not", arguments: [0, 1])
  func always(which: Int) throws {
    let processor = SeccompProgram.Processor.allCases[which]
    let program = SeccompProgram(FilteredCall.all, for: processor)
    let numbers = Set(FilteredCall.all.compactMap { processor == .x86 ? $0.x86 : $0.arm })
    for call in FilteredCall.all {
      guard case .always(let errno) = call.rule, let number = processor == .x86 ? call.x86 : call.arm else { continue }
      #expect(
        try verdict(program, call: number, audit: processor.audit) == SeccompProgram.refuse(errno), "\(call.name)")
      if !numbers.contains(number + 1) {
        #expect(try verdict(program, call: number + 1, audit: processor.audit) == Self.allow, "\(call.name)")
      }
    }
    #expect(try verdict(program, call: 5000, audit: processor.audit) == Self.allow)
  }

  @Test(
    "arguments decide where the call itself is needed, by their low 32 bits as in the kernel",
    arguments: [
      ("clone", [0x11], true), ("clone", [0x3D0F00], true), ("clone", [0x1000_0011], false),
      ("clone", [0x2_0000], false),
      ("unshare", [0x200], true), ("unshare", [0x1000_0000], false), ("unshare", [0x80], false),
      ("ioctl", [0, 0x5401], true), ("ioctl", [0, 0x5412], false), ("ioctl", [0, 0x1_0000_5412], false),
      ("ioctl", [0, 0x541C], false), ("ioctl", [0, 0x5423], false), ("ioctl", [0x5412, 0x5413], true),
      ("personality", [0], true), ("personality", [0xFFFF_FFFF], true), ("personality", [0x40000], false),
      ("prctl", [4], true), ("prctl", [35, 14], false), ("prctl", [0x1_0000_0023], false),
      ("prlimit64", [0], true), ("prlimit64", [7], true), ("prlimit64", [1], false), ("setpriority", [0, 1], false),
      ("setpriority", [1, 0], true), ("rt_sigqueueinfo", [1, 15], false), ("rt_sigqueueinfo", [2, 1], true),
      ("pidfd_send_signal", [3, 15, 0], true), ("pidfd_send_signal", [3, 15, 0x1000], false),
      ("pidfd_send_signal", [3, 15, 0x1_0000_0000], false),
      ("socket", [1], true), ("socket", [2], true), ("socket", [10], true), ("socket", [16], true),
      ("socket", [40], false), ("socket", [38], false), ("socket", [17], false),
    ] as [(String, [UInt64], Bool)])
  func byArgument(name: String, arguments: [UInt64], isAllowed: Bool) throws {
    let call = try #require(FilteredCall.all.first { $0.name == name })
    for processor in SeccompProgram.Processor.allCases {
      let number = try #require(processor == .x86 ? call.x86 : call.arm)
      let program = SeccompProgram(FilteredCall.all, for: processor)
      let answer = try verdict(program, call: number, arguments, audit: processor.audit)
      #expect((answer == Self.allow) == isAllowed)
      if !isAllowed { #expect(answer & 0xFFFF_0000 == 0x0005_0000) }
    }
  }

  @Test("another processor's calls end the process, and the second table of x86 is closed")
  func otherTables() throws {
    let program = SeccompProgram(FilteredCall.all, for: .x86)
    #expect(try verdict(program, call: 1, audit: 0x4000_0003) == SeccompProgram.kill)
    #expect(try verdict(program, call: 0x4000_0001, audit: 0xC000_003E) == SeccompProgram.refuse(.noSuchCall))
  }

  @Test("each call stands there once, with a reason, and the kernel's limit of 4096 instructions is far")
  func list() {
    #expect(Set(FilteredCall.all.map(\.name)).count == FilteredCall.all.count)
    #expect(Set(FilteredCall.all.compactMap(\.x86)).count == FilteredCall.all.compactMap(\.x86).count)
    #expect(Set(FilteredCall.all.compactMap(\.arm)).count == FilteredCall.all.compactMap(\.arm).count)
    #expect(FilteredCall.all.allSatisfy { !$0.why.isEmpty })
    #expect(SeccompProgram(FilteredCall.all, for: .x86).bytes.count < 4096 * 8)
  }
}
