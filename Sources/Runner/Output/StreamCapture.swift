import Jobs
import Platform
import Spool

/// One output stream of a run: read from its pipe, written to its log file, and both ends kept for the result.
///
/// Of more than `limit` bytes the first half goes to the log at once; of the rest the last half is kept aside (in memory, or
/// where `limit` is large in an unnamed file) and written behind a line that counts what is missing. So a job that never
/// stops printing fills neither disk nor memory.
final class StreamCapture {
  let pipe: Descriptor
  /// Bytes the log file may have, but for the line between.
  private let limit: Int
  private let stem: String
  private let ending: String
  private let folder: Folder
  private var log: Descriptor?
  private var checksum = Checksum()
  private var logName = ""
  private var total: Int64 = 0
  private var inLog = 0
  private var head: [UInt8] = []
  private var tail = Ring(capacity: StreamText.half)
  private var logTail: LogTail
  /// Takes the job's secrets out before anything is counted, kept or written; nil: it has none.
  private var redaction: Redaction?
  /// Why the log is not whole; nil if it is.
  private(set) var logFailure: SystemError?
  private(set) var isOver = false
  /// The poller tells when there is something to read.
  var isWatched = false
  /// Reads once; nil: nothing is there yet.
  var read: (UnsafeMutableRawBufferPointer) throws(SystemError) -> Int?
  /// Reads in a row that failed.
  private var failures = 0
  private static let mostFailures = 8

  /// - Parameters:
  ///   - stem: of the log file, in `folder`; made when the first byte comes; - ending: `.out` or `.err`;
  ///   - redactor: of the job's secrets.
  init(
    pipe: Descriptor, limit: ByteCount, stem: String, ending: String, folder: Folder, redactor: Redactor? = nil
  ) {
    self.pipe = pipe
    read = { (buffer) throws(SystemError) in try pipe.read(into: buffer) }
    redaction = redactor.map { Redaction($0) }
    self.limit = Int(clamping: limit.bytes)
    self.stem = stem
    self.ending = ending
    self.folder = folder
    logTail = LogTail(capacity: self.limit - self.limit / 2, folder: folder)
  }

  /// Reads what is there, at most a megabyte at a time so that one loud job does not hold up the loop. A read that fails is no
  /// end: a job whose pipe nobody reads any more stands still with it, for ever if it has no timeout. True: something was there.
  @discardableResult
  func drain(using buffer: UnsafeMutableRawBufferPointer, atMost most: Int = 1 << 20) -> Bool {
    var taken = 0
    while !isOver, taken < most {
      do throws(SystemError) {
        guard let count = try read(buffer) else { break }
        failures = 0
        if count == 0 { isOver = true }
        take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        taken += count
      } catch {
        failures += 1
        isOver = failures == Self.mostFailures
      }
    }
    return taken > 0
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    if let clean = redaction?.take(bytes) {
      clean.withUnsafeBytes { keep($0) }
    } else {
      keep(bytes)
    }
  }

  private func keep(_ bytes: UnsafeRawBufferPointer) {
    guard !bytes.isEmpty else { return }
    total += Int64(bytes.count)
    let toHead = min(bytes.count, StreamText.half - head.count)
    if toHead > 0 { head.append(contentsOf: bytes.prefix(toHead)) }
    if toHead < bytes.count { tail.append(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(toHead))) }
    let toLog = min(bytes.count, limit / 2 - inLog)
    if toLog > 0 {
      write(UnsafeRawBufferPointer(rebasing: bytes.prefix(toLog)))
      inLog += toLog
    }
    if toLog < bytes.count {
      do throws(SystemError) {
        try logTail.append(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(max(0, toLog))))
      } catch { logFailure = logFailure ?? error }
    }
  }

  /// The end: completes the log file and answers what the result shows. Nil log: the stream wrote nothing.
  func finish() -> StreamText {
    redaction?.finish().withUnsafeBytes { keep($0) }
    if logTail.count > 0 {
      let missing = total - Int64(inLog) - Int64(logTail.count)
      if missing > 0 { write("\n[… \(missing) bytes are missing here …]\n") }
      do throws(SystemError) { try logTail.forEachPart { write($0) } } catch { logFailure = logFailure ?? error }
    }
    let path = log == nil ? nil : "logs/jobs/" + logName
    return StreamText(head: head, tail: tail.contents, total: total, log: path)
  }

  /// The log file, if its bytes are not all in the result and so must be on the disk before it.
  var longLog: LastingFile? {
    guard total > Int64(StreamText.limit), let log else { return nil }
    return LastingFile(log, name: logName, in: .jobLogs, checksum: checksum)
  }

  private func write(_ text: String) {
    var text = text
    text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
  }

  private func write(_ bytes: UnsafeRawBufferPointer) {
    guard logFailure == nil else { return }
    do throws(SystemError) {
      if log == nil { log = try create() }
      try log?.write(bytes)
      checksum.add(bytes)
    } catch { logFailure = error }
  }

  /// `x.2.out` is the second attempt of `x` and the first of a job `x.2`: no log is ever written over, the result names
  /// the one it means.
  private func create() throws(SystemError) -> Descriptor {
    var number = 1
    while true {
      logName = number == 1 ? stem + ending : "\(stem)~\(number)\(ending)"
      do throws(SystemError) { return try folder.create(logName) } catch {
        guard error.isTaken, number < 1000 else { throw error }
        number += 1
      }
    }
  }
}
