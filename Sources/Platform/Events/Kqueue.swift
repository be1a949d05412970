#if canImport(Darwin)
  import Darwin

  // macOS is kept possible, not tested: the same three types on kqueue(2).

  /// Waits for many descriptors at once, kqueue(2).
  public final class Poller {
    public typealias Tag = UInt64
    private let queue: Descriptor

    public init() throws(SystemError) {
      queue = Descriptor(owning: try check("kqueue") { kqueue() })
      var wake = kevent(
        ident: 1, filter: Int16(EVFILT_USER), flags: UInt16(EV_ADD | EV_CLEAR), fflags: 0, data: 0, udata: nil)
      kevent(queue.number, &wake, 1, nil, 0, nil)
    }

    public func add(_ descriptor: Descriptor, tag: Tag) throws(SystemError) {
      var event = kevent(
        ident: UInt(descriptor.number), filter: Int16(EVFILT_READ), flags: UInt16(EV_ADD), fflags: 0, data: 0,
        udata: UnsafeMutableRawPointer(bitPattern: UInt(tag) + 1))
      try check("kevent") { kevent(queue.number, &event, 1, nil, 0, nil) }
    }

    public func remove(_ descriptor: Descriptor) {
      var event = kevent(
        ident: UInt(descriptor.number), filter: Int16(EVFILT_READ), flags: UInt16(EV_DELETE), fflags: 0, data: 0,
        udata: nil)
      kevent(queue.number, &event, 1, nil, 0, nil)
    }

    public func wait(nanoseconds: Int64?) throws(SystemError) -> [Tag] {
      var events = [kevent](repeating: kevent(), count: 64)
      var limit = timespec(
        tv_sec: Int((nanoseconds ?? 0) / 1_000_000_000), tv_nsec: Int((nanoseconds ?? 0) % 1_000_000_000))
      let count =
        nanoseconds == nil
        ? kevent(queue.number, nil, 0, &events, 64, nil) : kevent(queue.number, nil, 0, &events, 64, &limit)
      if count < 0 {
        if errno == EINTR { return [] }
        throw SystemError(call: "kevent")
      }
      return events[..<Int(count)].compactMap { event in event.udata.map { UInt64(UInt(bitPattern: $0)) - 1 } }
    }

    public var waker: Waker { Waker(queue: queue) }
  }

  /// Ends a `Poller`'s wait from another thread.
  public struct Waker: Sendable {
    let queue: Descriptor

    public func wake() {
      var event = kevent(
        ident: 1, filter: Int16(EVFILT_USER), flags: 0, fflags: UInt32(NOTE_TRIGGER), data: 0, udata: nil)
      kevent(queue.number, &event, 1, nil, 0, nil)
    }
  }

  /// Tells that something happened in folders, EVFILT_VNODE: which folder, not which name.
  public final class FolderWatch {
    public struct Hint: Equatable, Sendable {
      public let watch: Int32
      public let name: [UInt8]
      public let isGone: Bool
      public let isOverflow: Bool
    }

    public enum Interest: Sendable { case arrivals, touches, changes }

    public let descriptor: Descriptor
    private var folders: [Int32: Folder] = [:]

    public init() throws(SystemError) { descriptor = Descriptor(owning: try check("kqueue") { kqueue() }) }

    public func watch(_ folder: Folder, for interest: Interest = .changes) throws(SystemError) -> Int32 {
      var event = kevent(
        ident: UInt(folder.descriptor.number), filter: Int16(EVFILT_VNODE), flags: UInt16(EV_ADD | EV_CLEAR),
        fflags: UInt32(NOTE_WRITE | NOTE_DELETE | NOTE_RENAME | NOTE_ATTRIB), data: 0, udata: nil)
      try check("kevent") { kevent(descriptor.number, &event, 1, nil, 0, nil) }
      folders[folder.descriptor.number] = folder
      return folder.descriptor.number
    }

    public func forget(_ watch: Int32) { folders[watch] = nil }

    public func hints() throws(SystemError) -> [Hint] {
      var events = [kevent](repeating: kevent(), count: 64)
      var now = timespec()
      let count = kevent(descriptor.number, nil, 0, &events, 64, &now)
      return events[..<max(0, Int(count))].map { event in
        Hint(
          watch: Int32(event.ident), name: [], isGone: event.fflags & UInt32(NOTE_DELETE | NOTE_RENAME) != 0,
          isOverflow: false)
      }
    }
  }
#endif
