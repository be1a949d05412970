import Platform

/// What the first process of a sandbox or container is told: numbers and strings in a file without a name (`Init.c` reads
/// it).
///
/// In a file because arguments are for everybody to read, and because the environment that `bwrap` or an engine itself runs
/// with is not the job's: a job's LD_PRELOAD would act outside.
struct LaunchFile {
  /// How long what the job's first process leaves gets between SIGTERM and SIGKILL, ms (DESIGN §3).
  static let leftoverGrace: Int64 = 2000

  let paths: [String]
  let arguments: [String]
  let environment: [String]
  let limits: [ResourceLimit]
  /// How long its processes may take after a SIGTERM of the runner, ms: whatever its first process does, so long the others
  /// have.
  var grace = leftoverGrace
  /// Of a box: where something was mounted, to be compared before anything runs.
  var mounted: [String] = []
  /// Of a box: folders that are emptied after the job.
  var cleared: [String] = []
  /// Of a box: lists of proc(5) that must be empty after the job.
  var empty: [String] = []

  /// What a box's first process empties after a job, and looks whether it is empty: what a job can leave that is not in its
  /// own folders. Shared memory, semaphores and queues of System V are nobody's files.
  mutating func setCleared(tmpfs: [String]) {
    cleared = ["/tmp", "/dev/shm", "/dev/mqueue"] + tmpfs
    empty = ["shm", "sem", "msg"].map { "/proc/sysvipc/" + $0 }
  }

  /// - Parameters:
  ///   - status: where the first process reports; - streams: of the job. All are numbers within that process; a box uses
  ///     those that come with the file.
  func bytes(status: Int32 = -1, streams: [Int32] = [-1, -1, -1]) -> [UInt8] {
    let lists = [paths, arguments, environment, mounted, cleared, empty]
    var numbers = ([status] + streams).map { Int64($0) }
    numbers += [Self.leftoverGrace, grace, Int64(limits.count)] + lists.map { Int64($0.count) }
    for limit in limits {
      numbers += [Int64(limit.number), Int64(bitPattern: limit.value), Int64(bitPattern: limit.hard)]
    }
    let strings = lists.joined()
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
