#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A value that one thread at a time has, pthread_mutex_lock(3).
///
/// `Mutex` of Synchronization is the same to those who use it, and not to ThreadSanitizer: its futex(2) is in a library that is
/// compiled without it, so what it keeps apart is told as a race, once in a while.
///
/// `@unchecked Sendable`: the value is reached with the mutex only.
public struct Locked<Value>: ~Copyable, @unchecked Sendable {
  private let mutex = Lock.makeMutex()
  private let value: UnsafeMutablePointer<Value>

  public init(_ initial: sending Value) {
    value = .allocate(capacity: 1)
    value.initialize(to: initial)
  }

  deinit {
    Lock.destroy(mutex)
    value.deinitialize(count: 1)
    value.deallocate()
  }

  /// Waits until it is nobody else's. Not from within: it waits for itself for ever.
  public func withLock<Answer, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Answer
  ) throws(Failure) -> sending Answer {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value.pointee)
  }
}
