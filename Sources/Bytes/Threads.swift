// Plain threads: run one piece of work on several, and wait under a lock for a change.

package import Glibc

/// Runs `body` on `count` threads at once, with each thread's position, and waits for all.
///
/// The calling thread is the first of them.
package func runOnThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  var handles: [pthread_t] = []
  for position in 1..<max(count, 1) { handles.append(startThread { body(position) }) }
  body(0)
  for handle in handles { joinThread(handle) }
}

/// Starts a thread; `joinThread` waits for its end.
package func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t {
  var handle = pthread_t()
  let box = unsafe Unmanaged.passRetained(ThreadBody(body))
  let status = unsafe pthread_create(
    &handle, nil,
    { argument in
      guard let argument = unsafe argument else { return nil }
      unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
      return nil
    }, box.toOpaque())
  precondition(status == 0, "the system has no thread left")
  return handle
}

/// Waits until a thread has ended.
package func joinThread(_ handle: pthread_t) { pthread_join(handle, nil) }

/// Processors that this process may use.
package func processorCount() -> Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// A lock with a condition: threads wait in it for a change of what it guards.
@safe package final class Monitor: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  package init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe condition = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(condition, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  package func lock() { unsafe pthread_mutex_lock(mutex) }

  package func unlock() { unsafe pthread_mutex_unlock(mutex) }

  /// Waits for `signalAll`; the lock is held before and after.
  package func wait() { unsafe pthread_cond_wait(condition, mutex) }

  /// Wakes every thread that waits.
  package func signalAll() { unsafe pthread_cond_broadcast(condition) }

  package func withLock<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock()
    defer { unlock() }
    return try body()
  }
}

/// Seconds of the system's clock since 1970-01-01, without leap seconds.
package func secondsSince1970() -> Int64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return Int64(time.tv_sec)
}
