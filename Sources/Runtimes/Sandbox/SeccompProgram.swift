/// A filter of system calls as the kernel takes it: a program of classic BPF over `struct seccomp_data` (seccomp(2)).
struct SeccompProgram: Equatable, Sendable {
  /// The processors whose tables we know.
  enum Processor: CaseIterable, Sendable {
    case x86, arm

    /// AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64.
    var audit: UInt32 { self == .x86 ? 0xC000_003E : 0xC000_00B7 }

    /// The one this runs on; nil: another.
    static var own: Processor? {
      #if arch(x86_64)
        .x86
      #elseif arch(arm64)
        .arm
      #else
        nil
      #endif
    }
  }

  /// `struct sock_filter`.
  struct Instruction: Equatable, Sendable {
    var code: UInt16
    /// How many instructions are passed over if the test holds, and if not.
    var ifTrue: UInt8 = 0
    var ifFalse: UInt8 = 0
    var value: UInt32
  }

  static let allow: UInt32 = 0x7FFF_0000
  static let kill: UInt32 = 0x8000_0000
  static func refuse(_ errno: FilteredCall.Errno) -> UInt32 { 0x0005_0000 | errno.rawValue }
  /// Every number of the x32 interface, a second table for the same calls.
  static let x32: UInt32 = 0x4000_0000

  private(set) var instructions: [Instruction] = []

  /// Refuses what the list says and lets everything else through. Another processor's calls (32-bit programs) are numbered
  /// otherwise, so that the list would not hold: they end the process.
  init(_ calls: [FilteredCall], for processor: Processor) {
    load(4)
    test(equal: processor.audit, orElse: Self.kill)
    load(0)
    if processor == .x86 {
      instructions.append(Instruction(code: 0x35, ifTrue: 0, ifFalse: 1, value: Self.x32))
      answer(Self.refuse(.noSuchCall))
    }
    // Linear: the kernel remembers for each number that is always allowed that it is (since 5.11), and asks no more.
    for call in calls {
      guard let number = processor == .x86 ? call.x86 : call.arm else { continue }
      let body = Self.body(call.rule)
      instructions.append(Instruction(code: 0x15, ifTrue: 0, ifFalse: UInt8(body.count), value: number))
      instructions += body
    }
    answer(Self.allow)
  }

  /// What follows when the number was met. Ends in an answer on every way.
  private static func body(_ rule: FilteredCall.Rule) -> [Instruction] {
    func load(_ argument: Int) -> Instruction { Instruction(code: 0x20, value: UInt32(16 + 8 * argument)) }
    func answer(_ value: UInt32) -> Instruction { Instruction(code: 0x06, value: value) }
    func among(_ values: [UInt32], _ found: UInt32, _ otherwise: UInt32) -> [Instruction] {
      values.enumerated().map { index, value in
        // Over the tests that follow and the answer of whoever passes them all.
        Instruction(code: 0x15, ifTrue: UInt8(values.count - index), ifFalse: 0, value: value)
      } + [answer(otherwise), answer(found)]
    }
    switch rule {
    case .always(let errno): return [answer(refuse(errno))]
    case .withBits(let bits, let argument, let errno):
      let test = Instruction(code: 0x45, ifTrue: 0, ifFalse: 1, value: bits)
      return [load(argument), test, answer(refuse(errno)), answer(allow)]
    case .with(let values, let argument, let errno):
      return [load(argument)] + among(values, refuse(errno), allow)
    case .exceptWith(let values, let argument, let errno):
      return [load(argument)] + among(values, allow, refuse(errno))
    case .exceptNull(let argument, let errno):
      let low = load(argument)
      return [
        low, Instruction(code: 0x15, ifTrue: 0, ifFalse: 2, value: 0),
        Instruction(code: 0x20, value: low.value + 4), Instruction(code: 0x15, ifTrue: 1, ifFalse: 0, value: 0),
        answer(refuse(errno)), answer(allow),
      ]
    }
  }

  private mutating func load(_ offset: UInt32) { instructions.append(Instruction(code: 0x20, value: offset)) }
  private mutating func answer(_ value: UInt32) { instructions.append(Instruction(code: 0x06, value: value)) }

  private mutating func test(equal value: UInt32, orElse otherwise: UInt32) {
    instructions.append(Instruction(code: 0x15, ifTrue: 1, ifFalse: 0, value: value))
    answer(otherwise)
  }

  /// As `bwrap --seccomp` reads it: the array alone, in the processor's order (both are little-endian).
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(instructions.count * 8)
    for instruction in instructions {
      withUnsafeBytes(of: instruction.code.littleEndian) { bytes += $0 }
      bytes += [instruction.ifTrue, instruction.ifFalse]
      withUnsafeBytes(of: instruction.value.littleEndian) { bytes += $0 }
    }
    return bytes
  }
}
