#if os(Linux)
  #if canImport(Glibc)
    import Glibc
  #else
    import Musl
  #endif
  import CPlatform

  /// Local sockets, unix(7): the one that a first process of ours reports to, and those of daemons. None of them blocks.
  public enum LocalSocket {
    /// Waits for connections under a new name in a folder; messages stay apart (SOCK_SEQPACKET).
    ///
    /// - Parameter mode: of the name; who may write to it may connect.
    public static func listen(in folder: Folder, name: String, mode: UInt32) throws(SystemError) -> Descriptor {
      Descriptor(
        owning: try check("bind", name) { bobbin_listen(folder.descriptor.number, name, Int32(mode)) })
    }

    /// The next that connects; nil when nobody has.
    public static func accept(_ listener: Descriptor) throws(SystemError) -> Descriptor? {
      do throws(SystemError) {
        return Descriptor(owning: try check("accept4") { bobbin_accept(listener.number) })
      } catch {
        if error.isBusy { return nil }
        throw error
      }
    }

    /// Connects to a daemon's socket (SOCK_STREAM).
    ///
    /// - Throws: ENOENT, ECONNREFUSED where nobody listens; EAGAIN where too many wait.
    public static func connect(path: String) throws(SystemError) -> Descriptor {
      Descriptor(owning: try check("connect", path) { bobbin_connect(path) })
    }
  }

  extension Descriptor {
    /// Sends one message with files, sendmsg(2).
    ///
    /// - Throws: EPIPE where nobody is at the other end any more, EAGAIN where it does not read.
    public func send(_ numbers: [Int64], files: [Descriptor] = []) throws(SystemError) {
      let count = files.count
      let raw = files.map(\.number)
      try check("sendmsg") {
        numbers.withUnsafeBytes { bobbin_send(number, $0.baseAddress, $0.count, raw, Int32(count)) }
      }
    }

    /// Receives one message of this many numbers at most. Nil: none is there yet; empty: the other end is gone.
    public func receive(atMost count: Int) throws(SystemError) -> [Int64]? {
      var numbers = [Int64](repeating: 0, count: count)
      let size: Int
      do throws(SystemError) {
        size = try check("recv") {
          numbers.withUnsafeMutableBytes { recv(number, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT)) }
        }
      } catch {
        if error.isBusy { return nil }
        if error.code == ECONNRESET { return [] }
        throw error
      }
      return Array(numbers.prefix(size / 8))
    }

    /// The process at the other end when it connected; nil where it is not to be seen from here.
    public var peer: Int32? {
      let pid = bobbin_peer(number)
      return pid > 0 ? pid : nil
    }
  }
#else
  /// Elsewhere a local socket does not keep messages apart, and a container is in a machine of its own that none reaches.
  public enum LocalSocket {
    public static func listen(in folder: Folder, name: String, mode: UInt32) throws(SystemError) -> Descriptor {
      throw SystemError(call: "bind", code: SystemError.invalid, path: name)
    }

    public static func accept(_ listener: Descriptor) throws(SystemError) -> Descriptor? { nil }
  }

  extension Descriptor {
    public func send(_ numbers: [Int64], files: [Descriptor] = []) throws(SystemError) {
      throw SystemError(call: "sendmsg", code: SystemError.invalid)
    }

    public func receive(atMost count: Int) throws(SystemError) -> [Int64]? { [] }
    public var peer: Int32? { nil }
  }
#endif
