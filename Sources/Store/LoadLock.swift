// The lock that keeps loads apart from each other, from sealing and from changes; freed by the
// system if the process dies.

import Glibc
import Pages

/// A hold on the registry that no load runs beside.
final class LoadLock {
  /// What holds the lock.
  enum Holder {
    /// A load, beside which nothing else writes.
    case load
    /// A sealing, beside which changes go on.
    case sealing
  }

  private let descriptor: Int32

  /// How long a load waits for sealings that run.
  private static let sealingSecondsMax = 60

  /// Takes the lock; a load waits for sealings.
  ///
  /// Throws `loadInProgress` while a load holds it.
  init(_ path: String, for holder: Holder) throws(StoreError) {
    descriptor = try Self.locked(path, holder)
  }

  private static func locked(_ path: String, _ holder: Holder) throws(StoreError) -> Int32 {
    // A lock on a file of its own: closing a descriptor of the data file would give up LMDB's locks
    // on it.
    let descriptor = unsafe open(path + "-load", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw StoreError(PageError(.permissionDenied, in: path, systemError: errno))
    }
    let wanted = holder == .load ? LOCK_EX : LOCK_SH
    for _ in 0..<(100 * sealingSecondsMax) {
      if flock(descriptor, wanted | LOCK_NB) == 0 { return descriptor }
      // A sealing shares the lock, a load does not.
      guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { break }
      flock(descriptor, LOCK_UN)
      usleep(10_000)
    }
    close(descriptor)
    throw .loadInProgress(path: path)
  }

  /// Whether a load holds the lock, in this process or another.
  static func isHeldByLoad(_ path: String) -> Bool {
    let descriptor = unsafe open(path + "-load", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return true }
    flock(descriptor, LOCK_UN)
    return false
  }

  deinit {
    // Explicitly, since a child process that is about to start may hold a copy of the descriptor.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
