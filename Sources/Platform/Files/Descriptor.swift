#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import Synchronization

/// An open file. Closed when the last owner lets go; every one is opened close-on-exec.
public final class Descriptor: Sendable {
  public let number: Int32
  private let doubtful = Atomic(false)
  private let kept = Locked<[UInt8]?>(nil)

  /// Takes over `number`.
  public init(owning number: Int32) { self.number = number }

  deinit { close(number) }

  /// A sync that was to bring its bytes to the disk failed. The kernel told its error once and took the pages for clean:
  /// another sync would answer that all is well, whatever became of them (fsync(2), errseq_t in linux/errseq.h).
  public var isDoubtful: Bool { doubtful.load(ordering: .acquiring) }

  /// Notes that a sync failed on which its bytes depended.
  public func doubt() { doubtful.store(true, ordering: .releasing) }

  /// What was read from it, where it must be possible to write it once more; default nil.
  public var contents: [UInt8]? { kept.withLock { $0 } }

  /// Holds on to what was read from it, as long as this is open.
  public func keep(_ bytes: [UInt8]) { kept.withLock { $0 = bytes } }

  /// Reads once, read(2). 0 at the end; nil when nothing is there yet (EAGAIN).
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int? {
    while true {
      let count = rawRead(number, buffer)
      if count >= 0 { return count }
      if errno == EINTR { continue }
      if errno == EAGAIN { return nil }
      throw SystemError(call: "read")
    }
  }

  /// Writes all of it, write(2); on a descriptor that is not blocking it stops at EAGAIN. Answers how much was written.
  @discardableResult
  public func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Int {
    var done = 0
    while done < bytes.count {
      let count = rawWrite(number, UnsafeRawBufferPointer(rebasing: bytes[done...]))
      if count >= 0 {
        done += count
      } else if errno == EAGAIN {
        return done
      } else if errno != EINTR {
        throw SystemError(call: "write")
      }
    }
    return done
  }

  @discardableResult
  public func write(_ bytes: [UInt8]) throws(SystemError) -> Int {
    // The closure form cannot carry typed throws through withUnsafeBytes on this toolchain.
    let result: Result<Int, SystemError> = bytes.withUnsafeBytes { buffer in
      do throws(SystemError) { return .success(try write(buffer)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  /// Writes all of it at a place, pwrite(2).
  public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      done += try check("pwrite") {
        pwrite(number, bytes.baseAddress.unsafelyUnwrapped + done, bytes.count - done, off_t(offset) + off_t(done))
      }
    }
  }

  /// Reads once from a place, pread(2); 0 at the end.
  public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(SystemError) -> Int {
    try check("pread") { pread(number, buffer.baseAddress, buffer.count, off_t(offset)) }
  }

  /// The same file, opened anew for reading and read from its start: two that read share no position.
  public func reopened() throws(SystemError) -> Descriptor {
    try FileSystem.openForReading(path: "/proc/self/fd/\(number)")
  }

  /// fstat(2).
  public func status() throws(SystemError) -> FileStatus {
    var raw = stat()
    try check("fstat") { fstat(number, &raw) }
    return FileStatus(raw)
  }

  /// fdatasync(2): the bytes and the size are on the disk. When it throws, `isDoubtful` is true from then on.
  public func syncData() throws(SystemError) {
    do throws(SystemError) {
      #if os(Linux)
        try check("fdatasync") { fdatasync(number) }
      #else
        try check("fcntl F_FULLFSYNC") { fcntl(number, F_FULLFSYNC) }
      #endif
    } catch {
      doubt()
      throw error
    }
  }

  /// fchown(2).
  public func setOwner(_ owner: UInt32, group: UInt32) throws(SystemError) {
    try check("fchown") { fchown(number, owner, group) }
  }

  /// fchmod(2).
  public func setMode(_ mode: UInt32) throws(SystemError) {
    try check("fchmod") { fchmod(number, mode_t(mode)) }
  }

  /// fsync(2): of a folder, its entries.
  public func sync() throws(SystemError) {
    #if os(Linux)
      try check("fsync") { fsync(number) }
    #else
      try check("fcntl F_FULLFSYNC") { fcntl(number, F_FULLFSYNC) }
    #endif
  }

  /// flock(2) without waiting; throws `isBusy` when another holds it.
  public func lockExclusively() throws(SystemError) {
    try check("flock") { flock(number, LOCK_EX | LOCK_NB) }
  }

  /// flock(2) shared, without waiting; throws `isBusy` when another holds it exclusively. Two that ask at the same time do
  /// not see each other, which is what asking whether somebody holds the lock needs.
  public func lockShared() throws(SystemError) {
    try check("flock") { flock(number, LOCK_SH | LOCK_NB) }
  }

  /// All of a regular file from its start, at most `limit` + 1 bytes (one more, so that the caller sees it was longer).
  ///
  /// - Parameter size: what a stat said, to save another; default: asked.
  public func readAll(limit: Int, size: Int64? = nil) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    let said: Int64
    if let size { said = size } else { said = try status().size }
    let guess = min(limit, Int(said)) + 1
    while bytes.count <= limit {
      // What the size asks for and no more, callers keep what they read: 64 KiB each were 4 KiB resident for a small file.
      let room = bytes.isEmpty && said > 0 ? guess : max(guess - bytes.count, min(65_536, limit + 1 - bytes.count))
      var failure: SystemError?
      let more = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        do throws(SystemError) {
          count = try read(into: UnsafeMutableRawBufferPointer(buffer)) ?? 0
        } catch { failure = error }
      }
      if let failure { throw failure }
      if more.isEmpty { break }
      if bytes.isEmpty { bytes = more } else { bytes += more }
      // A short answer of a regular file is its end; a longer file shows on the next turn.
      if more.count < room { break }
    }
    return bytes
  }
}

private func rawRead(_ number: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
  #if canImport(Glibc)
    Glibc.read(number, buffer.baseAddress, buffer.count)
  #elseif canImport(Musl)
    Musl.read(number, buffer.baseAddress, buffer.count)
  #else
    Darwin.read(number, buffer.baseAddress, buffer.count)
  #endif
}

func rawWrite(_ number: Int32, _ buffer: UnsafeRawBufferPointer) -> Int {
  #if canImport(Glibc)
    Glibc.write(number, buffer.baseAddress, buffer.count)
  #elseif canImport(Musl)
    Musl.write(number, buffer.baseAddress, buffer.count)
  #else
    Darwin.write(number, buffer.baseAddress, buffer.count)
  #endif
}
