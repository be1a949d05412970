#if os(Linux)
  #if canImport(Glibc)
    import Glibc
  #else
    import Musl
  #endif
  import CPlatform

  /// Tells that something happened in folders, inotify(7). Hints only: events can be lost (queue overflow), and the scan
  /// on an interval finds what they missed.
  public final class FolderWatch {
    /// Which folder, as `watch` answered. After a lost queue `overflow` stands for all of them.
    public struct Hint: Equatable, Sendable {
      public let watch: Int32
      /// The name within the folder; empty for the folder itself.
      public let name: [UInt8]
      /// The folder itself was removed or moved away: it must be opened and watched anew.
      public let isGone: Bool
      public let isOverflow: Bool
    }

    /// What of a folder is told.
    public enum Interest: Sendable {
      /// Names that come or are touched: `cp`, `mv`, `ln`, `touch`.
      case arrivals
      /// Times and rights that change: `touch`. Not the names that a program itself moves through the folder, each of
      /// which would wake it.
      case touches
      /// All that comes, goes or is touched.
      case changes
    }

    public let descriptor: Descriptor
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    public init() throws(SystemError) {
      descriptor = Descriptor(
        owning: try check("inotify_init1") { inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK)) })
    }

    /// Watches a folder, and in any case whether the folder itself goes.
    public func watch(_ folder: Folder, for interest: Interest = .changes) throws(SystemError) -> Int32 {
      let own = IN_DELETE_SELF | IN_MOVE_SELF
      let events =
        switch interest {
        case .arrivals: own | IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ATTRIB
        case .touches: own | IN_ATTRIB
        case .changes: own | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB
        }
      // By the open descriptor: the path may be longer than PATH_MAX or have moved since.
      let path = "/proc/self/fd/\(folder.descriptor.number)"
      return try check("inotify_add_watch", folder.path) {
        inotify_add_watch(descriptor.number, path, UInt32(events) | UInt32(IN_ONLYDIR))
      }
    }

    public func forget(_ watch: Int32) { inotify_rm_watch(descriptor.number, watch) }

    /// The most reads in one go, of some 1000 names each: who makes files quicker than they are read here must not keep the
    /// reader from all else. `descriptor` stays readable while there is more.
    private static let mostReads = 8

    /// What is waiting to be read, or the first thousands of it.
    public func hints() throws(SystemError) -> [Hint] {
      var hints: [Hint] = []
      for _ in 0..<Self.mostReads {
        var failure: SystemError?
        let count = buffer.withUnsafeMutableBytes { raw in
          do throws(SystemError) { return try descriptor.read(into: raw) ?? 0 } catch {
            failure = error
            return 0
          }
        }
        if let failure { throw failure }
        if count == 0 { return hints }
        buffer.withUnsafeBytes { raw in
          var offset = 0
          // struct inotify_event: watch 4, mask 4, cookie 4, length 4, name padded with zeros.
          while offset + 16 <= count {
            let watch = raw.loadUnaligned(fromByteOffset: offset, as: Int32.self)
            let mask = raw.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
            let length = Int(raw.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
            let name = raw[(offset + 16)..<(offset + 16 + length)].prefix { $0 != 0 }
            let gone = UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT)
            hints.append(
              Hint(
                watch: watch, name: Array(name), isGone: mask & gone != 0, isOverflow: mask & UInt32(IN_Q_OVERFLOW) != 0
              ))
            offset += 16 + length
          }
        }
      }
      return hints
    }
  }
#endif
