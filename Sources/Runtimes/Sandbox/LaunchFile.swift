import Platform

/// What the first process of a sandbox is told: numbers and strings in a file without a name (`Init.c` reads it).
///
/// In a file because arguments are for everybody to read, and because the environment that `bwrap` itself runs with is not
/// the job's: a job's LD_PRELOAD would act outside.
enum LaunchFile {
  /// How long what the job's first process leaves gets between SIGTERM and SIGKILL, ms (DESIGN §3).
  static let grace: Int64 = 2000

  static func bytes(
    status: Descriptor, input: Descriptor, output: Descriptor, error: Descriptor, limits: [ResourceLimit],
    paths: [String], arguments: [String], environment: [String]
  ) -> [UInt8] {
    var numbers: [Int64] = [status, input, output, error].map { Int64($0.number) }
    numbers += [grace] + [limits.count, paths.count, arguments.count, environment.count].map { Int64($0) }
    for limit in limits {
      numbers += [Int64(limit.number), Int64(bitPattern: limit.value), Int64(bitPattern: limit.hard)]
    }
    let strings = paths + arguments + environment
    var bytes: [UInt8] = []
    bytes.reserveCapacity(numbers.count * 8 + strings.reduce(0) { $0 + $1.utf8.count + 1 })
    for number in numbers { withUnsafeBytes(of: number) { bytes += $0 } }
    for string in strings {
      bytes += string.utf8
      bytes.append(0)
    }
    return bytes
  }
}
