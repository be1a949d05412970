#if os(Linux)
  #if canImport(Glibc)
    import Glibc
  #else
    import Musl
  #endif
  import CPlatform

  /// Waits for many descriptors at once, epoll(7). Used by one thread; `wake` may be called from any.
  public final class Poller {
    /// What the caller named a descriptor when it was added.
    public typealias Tag = UInt64

    private let poll: Descriptor
    private let wakeup: Descriptor
    private var events = [epoll_event](repeating: epoll_event(), count: 64)
    private static let wakeTag: Tag = .max

    public init() throws(SystemError) {
      poll = Descriptor(owning: try check("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
      wakeup = Descriptor(
        owning: try check("eventfd") { eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)) })
      try add(wakeup, tag: Self.wakeTag)
    }

    /// Tells of `descriptor` whenever it can be read or its other side is gone.
    public func add(_ descriptor: Descriptor, tag: Tag) throws(SystemError) {
      var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(u64: tag))
      try check("epoll_ctl") { epoll_ctl(poll.number, EPOLL_CTL_ADD, descriptor.number, &event) }
    }

    /// Tells no more of it. Closing a descriptor that nobody else holds does the same.
    public func remove(_ descriptor: Descriptor) {
      var event = epoll_event()
      epoll_ctl(poll.number, EPOLL_CTL_DEL, descriptor.number, &event)
    }

    /// Waits until something can be read, `wake` is called or the time is over (nil: no limit; 0: only look), and answers
    /// the tags that can be read.
    public func wait(nanoseconds: Int64?) throws(SystemError) -> [Tag] {
      // Rounded up, or a wait for the last half millisecond would spin.
      let timeout = nanoseconds.map { Int32(clamping: ($0 + 999_999) / 1_000_000) } ?? -1
      let count = epoll_wait(poll.number, &events, Int32(events.count), timeout)
      if count < 0 {
        if errno == EINTR { return [] }
        throw SystemError(call: "epoll_wait")
      }
      var tags: [Tag] = []
      tags.reserveCapacity(Int(count))
      for event in events[..<Int(count)] {
        if event.data.u64 == Self.wakeTag {
          var value: UInt64 = 0
          _ = Glibc.read(wakeup.number, &value, 8)
        } else {
          tags.append(event.data.u64)
        }
      }
      return tags
    }

    /// What other threads use to end a wait.
    public var waker: Waker { Waker(descriptor: wakeup) }
  }

  /// Ends a `Poller`'s wait from another thread.
  public struct Waker: Sendable {
    let descriptor: Descriptor

    public func wake() {
      var one: UInt64 = 1
      _ = Glibc.write(descriptor.number, &one, 8)
    }
  }
#endif
