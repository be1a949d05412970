import CBench
import Platform

/// A program that this one started, with posix_spawn(3) as the bare loop does it.
struct Child {
  /// How it ended.
  struct End {
    /// Wall time from the start to the end, ns.
    let wall: Int64
    /// User and system time of it and of what it waited for, ns.
    let processor: Int64
    let exitCode: Int32?
  }

  let pid: Int32
  /// Right before the start: wall clock and continuous clock, ns.
  let started: (wall: Int64, continuous: Int64)
  private let name: String

  /// - Parameters:
  ///   - arguments: the first is a path; - input, output: default /dev/null.
  init(_ arguments: [String], input: Descriptor? = nil, output: Descriptor? = nil) throws {
    let null = try FileSystem.openNull()
    name = arguments.joined(separator: " ")
    let words = CWords(arguments)
    started = (Clock.wall(), Clock.continuous())
    pid = bench_spawn(words.pointer, (input ?? null).number, (output ?? null).number, null.number)
    guard pid > 0 else { throw BenchError.program(name, reason: SystemError(call: "posix_spawn", code: -pid).reason) }
  }

  /// Waits for its end, whatever it is.
  func end() throws -> End {
    var usage = bench_usage()
    let code = bench_wait(pid, &usage)
    let ended = Clock.continuous()
    guard code == 0 else { throw SystemError(call: "wait4", code: code) }
    return End(
      wall: ended - started.continuous, processor: usage.cpu_ns,
      exitCode: usage.status & 0x7F == 0 ? (usage.status >> 8) & 0xFF : nil)
  }

  /// Waits for its end, which must be a success.
  @discardableResult
  func success() throws -> End {
    let end = try end()
    guard end.exitCode == 0 else {
      throw BenchError.program(name, reason: end.exitCode.map { "exit code \($0)" } ?? "ended by a signal")
    }
    return end
  }

  func signal(_ number: Int32) { ProcessTable.signalChild(pid, number) }
}

/// The bare loop: spawn and wait, nothing else.
enum BareLoop {
  /// - Parameter files: opened by each child for reading, under the numbers from `from` on.
  static func run(
    _ arguments: [String], times: Int, threads: Int, files: [String] = [], from: Int = 0
  ) throws -> (wall: Int64, processor: Int64) {
    var usage = bench_usage()
    let words = CWords(arguments)
    let paths = CWords(files)
    let code = bench_loop(Int32(threads), Int32(times), words.pointer, paths.pointer, Int32(from), &usage)
    guard code == 0 else { throw SystemError(call: "the bare loop", code: code) }
    return (usage.wall_ns, usage.cpu_ns)
  }
}

extension BareLoop {
  /// The loop with the files of a spool: what jobs cost that are dropped there already.
  ///
  /// - Parameter record: what is written for each.
  static func run(
    _ arguments: [String], times: Int, threads: Int, in spool: BenchSpool, record: [UInt8]
  ) throws -> (wall: Int64, processor: Int64) {
    var usage = bench_usage()
    let words = CWords(arguments)
    let folders = [spool.inbox, try spool.root.folder("processing"), spool.done]
    let code = withExtendedLifetime(folders) {
      // As many as Bobbin has in a batch when jobs come at this rate.
      bench_spool(
        folders.map(\.descriptor.number), Int32(threads), Int32(times), 12, words.pointer, record, record.count, &usage)
    }
    guard code == 0 else { throw SystemError(call: "the loop with files", code: code) }
    return (usage.wall_ns, usage.cpu_ns)
  }
}

/// Words as exec(3) takes them.
private struct CWords: ~Copyable {
  let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ words: [String]) {
    count = words.count
    pointer = .allocate(capacity: words.count + 1)
    for (index, word) in words.enumerated() {
      let bytes = word.utf8CString
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
      for (place, byte) in bytes.enumerated() { copy[place] = byte }
      pointer[index] = copy
    }
    pointer[count] = nil
  }

  deinit {
    for index in 0..<count { pointer[index]?.deallocate() }
    pointer.deallocate()
  }
}
