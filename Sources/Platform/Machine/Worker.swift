#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import CPlatform

/// One permanent thread that does work handed to it in order: where calls that block (fsync) go.
///
/// `@unchecked Sendable`: every field but the lock and its conditions is touched under `mutex` only.
public final class Worker: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let allDone = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var waiting: [@Sendable () -> Void] = []
  private var isEnding = false
  /// How much was handed over, and is done.
  private var (handedOver, done) = (0, 0)
  private var thread = pthread_t()

  /// - Parameter blocksChildSignal: false for a thread that waits for children of its own: no SIGCHLD is made when one of them
  ///   ends, but it takes those of other threads' children. All other signals are always blocked.
  /// - Throws: `pthread_create` when the machine has no room for a thread.
  public init(name: String, blocksChildSignal: Bool = true) throws(SystemError) {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
    pthread_cond_init(allDone, nil)
    let context = Unmanaged.passRetained(self)
    // A signal to the process goes to any thread that does not block it: never to this one, whoever makes it when. The one
    // of a child's end is not even made while the thread that started the child lets it through and nobody handles it.
    var (all, before) = (sigset_t(), sigset_t())
    sigfillset(&all)
    if !blocksChildSignal { sigdelset(&all, SIGCHLD) }
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let code = pthread_create(
      &thread, nil,
      { raw in
        // Retained above; the thread owns that reference for its life.
        let worker = Unmanaged<Worker>.fromOpaque(raw.unsafelyUnwrapped).takeRetainedValue()
        worker.run()
        return nil
      }, context.toOpaque())
    guard code == 0 else {
      context.release()
      throw SystemError(call: "pthread_create", code: code)
    }
    #if os(Linux)
      bobbin_name_thread(thread, name)
    #endif
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_cond_destroy(allDone)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    allDone.deallocate()
    mutex.deallocate()
  }

  /// Hands over work; it is done after everything handed over before.
  public func submit(_ work: @escaping @Sendable () -> Void) {
    pthread_mutex_lock(mutex)
    waiting.append(work)
    handedOver += 1
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  /// Waits until what was handed over so far is done.
  public func wait() {
    pthread_mutex_lock(mutex)
    let last = handedOver
    while done < last { pthread_cond_wait(allDone, mutex) }
    pthread_mutex_unlock(mutex)
  }

  /// Lets the thread end when it has done what was handed over, and waits for that.
  public func finish() {
    pthread_mutex_lock(mutex)
    isEnding = true
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
    pthread_join(thread, nil)
  }

  private func run() {
    pthread_mutex_lock(mutex)
    while true {
      while waiting.isEmpty && !isEnding { pthread_cond_wait(condition, mutex) }
      if waiting.isEmpty { break }
      let batch = waiting
      waiting = []
      pthread_mutex_unlock(mutex)
      for work in batch { work() }
      pthread_mutex_lock(mutex)
      done += batch.count
      pthread_cond_broadcast(allDone)
    }
    pthread_mutex_unlock(mutex)
  }
}
