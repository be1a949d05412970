#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The three standard streams.
public enum Terminal {
  public static var outputIsTerminal: Bool { isatty(1) == 1 }
  public static var errorIsTerminal: Bool { isatty(2) == 1 }

  /// Columns of the terminal behind standard error; 80 if it does not say.
  public static var width: Int {
    var size = winsize()
    return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  /// Writes all; false when nobody reads any more (EPIPE) or the disk behind a redirect is full.
  @discardableResult
  public static func write(_ bytes: [UInt8], to number: Int32) -> Bool { failure(writing: bytes, to: number) == nil }

  /// Writes all, and answers what stopped it; nil when nothing did.
  public static func failure(writing bytes: [UInt8], to number: Int32) -> SystemError? {
    bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let count = rawWrite(number, UnsafeRawBufferPointer(rebasing: buffer[done...]))
        if count > 0 {
          done += count
        } else if errno == EAGAIN {
          // A terminal or pipe somebody else set to not block: wait until it takes more.
          var waiting = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
          poll(&waiting, 1, -1)
        } else if errno != EINTR {
          return SystemError(call: "write")
        }
      }
      return nil
    }
  }

  @discardableResult
  public static func output(_ text: String) -> Bool { write(Array(text.utf8), to: 1) }
  @discardableResult
  public static func error(_ text: String) -> Bool { write(Array(text.utf8), to: 2) }

  /// All of standard input, at most `limit` + 1 bytes.
  public static func readInput(limit: Int) throws(SystemError) -> [UInt8] {
    let input = Descriptor(owning: try check("dup") { dup(0) })
    var bytes: [UInt8] = []
    while bytes.count <= limit {
      let more = try input.readChunk(65_536)
      if more.isEmpty { break }
      bytes += more
    }
    return bytes
  }

  public static func exit(_ code: Int32) -> Never {
    #if canImport(Glibc)
      Glibc.exit(code)
    #elseif canImport(Musl)
      Musl.exit(code)
    #else
      Darwin.exit(code)
    #endif
  }
}

extension Descriptor {
  /// What one read gives; empty at the end.
  public func readChunk(_ size: Int) throws(SystemError) -> [UInt8] {
    var failure: SystemError?
    let chunk = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      do throws(SystemError) {
        count = try read(into: UnsafeMutableRawBufferPointer(buffer)) ?? 0
      } catch { failure = error }
    }
    if let failure { throw failure }
    return chunk
  }
}
