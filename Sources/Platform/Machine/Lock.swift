#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A lock for what takes tens of microseconds, pthread_mutex_lock(3): a thread that finds it taken sleeps. `Mutex` of
/// Synchronization spins first, and the kernel then gives it to who waited longest (FUTEX_LOCK_PI), who is not running.
///
/// Whoever lets go of it and wants it again at once comes after one that waits: a mutex alone would be taken by the thread
/// that runs, and one that does nothing but take it would keep all others away for as long as it likes.
public final class Lock: @unchecked Sendable {
  private let mutex = Lock.makeMutex()
  /// Held by the one that is next.
  private let next = Lock.makeMutex()

  public init() {}

  deinit {
    Lock.destroy(mutex)
    Lock.destroy(next)
  }

  public func withLock<Answer, Failure: Error>(_ body: () throws(Failure) -> Answer) throws(Failure) -> Answer {
    pthread_mutex_lock(next)
    pthread_mutex_lock(mutex)
    pthread_mutex_unlock(next)
    defer { pthread_mutex_unlock(mutex) }
    return try body()
  }

  static func makeMutex() -> UnsafeMutablePointer<pthread_mutex_t> {
    let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    return mutex
  }

  static func destroy(_ mutex: UnsafeMutablePointer<pthread_mutex_t>) {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }
}
