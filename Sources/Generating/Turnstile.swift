// Lets threads through one at a time, in the order of the numbers they hold.

import Glibc

@safe
final class Turnstile: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let turned: UnsafeMutablePointer<pthread_cond_t>
  private var turn = 0

  init() {
    unsafe mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    unsafe turned = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    unsafe turned.initialize(to: pthread_cond_t())
    let mutexResult = unsafe pthread_mutex_init(mutex, nil)
    let conditionResult = unsafe pthread_cond_init(turned, nil)
    precondition(mutexResult == 0)
    precondition(conditionResult == 0)
  }

  deinit {
    unsafe pthread_cond_destroy(turned)
    unsafe pthread_mutex_destroy(mutex)
    unsafe turned.deallocate()
    unsafe mutex.deallocate()
  }

  /// Waits for `number`'s turn, runs `body` alone, and gives the turn to the next number.
  ///
  /// Every number must pass, whatever happens to its holder.
  func pass<Result>(_ number: Int, _ body: () -> Result) -> Result {
    unsafe pthread_mutex_lock(mutex)
    while turn != number { unsafe pthread_cond_wait(turned, mutex) }
    unsafe pthread_mutex_unlock(mutex)
    let result = body()
    unsafe pthread_mutex_lock(mutex)
    turn = number + 1
    unsafe pthread_cond_broadcast(turned)
    unsafe pthread_mutex_unlock(mutex)
    return result
  }
}
