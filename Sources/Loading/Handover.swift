// What several threads make for one that takes it in order.

import Bytes

/// Items by number on their way from the threads that make them to the one that takes them, from 0
/// on without gaps; only so many wait.
final class Handover<Item: Sendable>: @unchecked Sendable {
  private let countMax: Int
  private let monitor = Monitor()
  // Guarded by the monitor.
  private var items: [Int: Item] = [:]
  private var takenCount = 0
  private var isClosed = false
  private var failure: (any Error)?

  /// `countMax` items may be given and not taken.
  init(countMax: Int) {
    precondition(countMax > 0)
    self.countMax = countMax
  }

  /// Gives an item, once there is room for it; throws what either side failed of.
  func give(_ item: Item, number: Int) throws {
    monitor.lock()
    defer { monitor.unlock() }
    while failure == nil, number >= takenCount + countMax { monitor.wait() }
    if let failure { throw failure }
    items[number] = item
    monitor.signalAll()
  }

  /// Takes the next item, or nil behind the last one; throws what either side failed of.
  func take() throws -> Item? {
    monitor.lock()
    defer { monitor.unlock() }
    while true {
      if let failure { throw failure }
      if let item = items.removeValue(forKey: takenCount) {
        takenCount += 1
        monitor.signalAll()
        return item
      }
      if isClosed { return nil }
      monitor.wait()
    }
  }

  /// Says that all items were given.
  func close() {
    monitor.withLock {
      isClosed = true
      monitor.signalAll()
    }
  }

  /// Ends both sides.
  func fail(_ error: any Error) {
    monitor.withLock {
      if failure == nil { failure = error }
      monitor.signalAll()
    }
  }
}
